package dev.renderfleet.worker.job;

import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.worker.pictures.PictureCheck.Sound;
import dev.renderfleet.worker.storage.ObjectKeys;
import dev.renderfleet.worker.storage.ObjectStore;
import java.nio.file.Path;
import java.util.List;

/**
 * Where pictures are kept: {@code assets/<tenant>/<jobId>/<sha256>.<extension>}. A tenant's prefix is its own, and the digest in
 * the key makes each write of the same picture the same write.
 */
public final class ImageStore {

    private final ObjectStore store;

    public ImageStore(ObjectStore store) {
        this.store = store;
    }

    /** How and where the job's picture will be kept. */
    Image place(AcceptedJob job, Sound sound) {
        String key = ObjectKeys.image(job.job().tenant(), job.id().value(), sound.sha256(), extension(sound.mime()));
        return new Image(
                store.bucket(),
                key,
                sound.sha256(),
                sound.bytes(),
                sound.mime(),
                sound.width(),
                sound.height(),
                List.of());
    }

    /** Stores the provider's bytes untouched. Throws {@link dev.renderfleet.worker.storage.StorageException}. */
    void put(Image image, Path picture) {
        store.putFile(image.key(), picture, image.mime());
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
