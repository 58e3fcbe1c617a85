package dev.renderfleet.worker.job;

import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.worker.pictures.PictureCheck.Sound;
import dev.renderfleet.worker.storage.ObjectKeys;
import dev.renderfleet.worker.storage.ObjectStore;
import java.nio.file.Path;
import java.util.List;

/**
 * Stores rendered pictures in the bucket, under {@link ObjectKeys#image}. Throws
 * {@link dev.renderfleet.worker.storage.StorageException} if the store is unavailable. Safe for use by many threads.
 */
public final class ImageStore {

    private final ObjectStore store;

    public ImageStore(ObjectStore store) {
        this.store = store;
    }

    /** The picture as the event names it, with its future key. */
    Image describe(AcceptedJob job, Sound sound) {
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

    /** Stores the provider's bytes unchanged. */
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
