package dev.renderfleet.worker.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Copies a stream into a file, up to a limit that does not depend on the announced length. */
public final class BoundedCopy {

    private static final int CHUNK_BYTES = 16 * 1024;

    private BoundedCopy() {}

    /**
     * Overwrites {@code file}, reading at most one chunk beyond {@code bytesMax}.
     *
     * @return the bytes written; more than {@code bytesMax} if the stream is longer
     */
    public static long copy(InputStream from, Path file, long bytesMax) throws IOException {
        long bytes = 0;
        var chunk = new byte[CHUNK_BYTES];
        try (var to = Files.newOutputStream(file)) {
            while (bytes <= bytesMax) {
                int read = from.read(chunk);
                if (read < 0) {
                    break;
                }
                to.write(chunk, 0, read);
                bytes += read;
            }
        }
        return bytes;
    }
}
