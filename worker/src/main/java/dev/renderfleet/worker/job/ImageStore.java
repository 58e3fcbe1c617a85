package dev.renderfleet.worker.job;

import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.identity.Sha256;
import dev.renderfleet.worker.pictures.PictureCheck.ValidPicture;
import dev.renderfleet.worker.pictures.PictureHeader;
import dev.renderfleet.worker.pictures.ProcessorPool;
import dev.renderfleet.worker.storage.ObjectKeys;
import dev.renderfleet.worker.storage.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Stores rendered pictures in the bucket, under {@link ObjectKeys#image}, and refused ones in quarantine. Throws
 * {@link dev.renderfleet.worker.storage.StorageException} if the store is unavailable. Safe for use by many threads.
 */
public final class ImageStore {

    private final ObjectStore store;

    public ImageStore(ObjectStore store) {
        this.store = store;
    }

    /** The picture as the event names it, with its future key. */
    Image describe(AcceptedJob job, ValidPicture valid) {
        String key = ObjectKeys.image(job.job().tenant(), job.id().value(), valid.sha256(), extension(valid.mime()));
        return new Image(
                store.bucket(),
                key,
                valid.sha256(),
                valid.bytes(),
                valid.mime(),
                valid.width(),
                valid.height(),
                List.of());
    }

    /** Stores the provider's bytes unchanged. */
    void put(Image image, Path picture) {
        store.putFile(image.key(), picture, image.mime());
    }

    /** A refused picture and its future key in quarantine. */
    record Refused(Path picture, String key, String mime) {}

    /** Where a refused picture is to be stored. */
    Refused describeRefused(AcceptedJob job, Path picture) {
        String mime = PictureHeader.read(picture) instanceof PictureHeader.Known known
                ? known.mime()
                : "application/octet-stream";
        String key = ObjectKeys.quarantined(job.job().tenant(), job.id().value(), sha256(picture), extension(mime));
        return new Refused(picture, key, mime);
    }

    /** Stores the bytes of a refused picture unchanged. */
    void quarantine(Refused refused) {
        store.putFile(refused.key(), refused.picture(), refused.mime());
    }

    private static String sha256(Path picture) {
        try {
            return ProcessorPool.run(() -> Sha256.hex(picture));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + picture, e);
        }
    }

    private static String extension(String mime) {
        return switch (mime) {
            case "image/png" -> ".png";
            case "image/jpeg" -> ".jpg";
            case "image/webp" -> ".webp";
            default -> "";
        };
    }
}
