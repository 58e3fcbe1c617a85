package dev.renderfleet.worker.chaos;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** What planted bugs do to pictures. */
public final class Mishaps {

    private Mishaps() {}

    /** Damages the picture on its way to the store, if that is planted. True if it shall not get there at all. */
    public static boolean befall(Chaos chaos, String jobId, Path picture) {
        if (chaos.has(PlantedBug.DAMAGE_PICTURE, jobId)) {
            try (var file = new RandomAccessFile(picture.toFile(), "rw")) {
                file.seek(file.length() / 2);
                int old = file.read();
                file.seek(file.length() / 2);
                file.write(~old);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return chaos.has(PlantedBug.SKIP_STORE, jobId);
    }
}
