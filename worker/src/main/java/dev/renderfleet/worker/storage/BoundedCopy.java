package dev.renderfleet.worker.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Copies what somebody else sends into a file, and stops when it is more than was agreed, whatever the sender said before. */
public final class BoundedCopy {

    private static final int CHUNK_BYTES = 16 * 1024;

    private BoundedCopy() {}

    /**
     * Overwrites {@code file} with the stream's content, reading little more than {@code bytesMax}.
     *
     * @return the bytes written; more than {@code bytesMax} if the stream is longer than that
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
