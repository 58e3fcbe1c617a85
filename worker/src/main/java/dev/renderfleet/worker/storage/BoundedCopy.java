package dev.renderfleet.worker.storage;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** Copies a stream into a file, up to a limit that does not depend on the Content-Length. */
public final class BoundedCopy {

    private static final int CHUNK_BYTES = 16 * 1024;

    private BoundedCopy() {}

    /**
     * Overwrites {@code file}, reading at most one chunk beyond {@code bytesMax}.
     *
     * @return the bytes written; more than {@code bytesMax} if the stream is longer
     * @throws IOException if the stream cannot be read
     * @throws UncheckedIOException if the file cannot be written: the disk's fault, not the sender's
     */
    public static long copy(InputStream from, Path file, long bytesMax) throws IOException {
        long bytes = 0;
        var chunk = new byte[CHUNK_BYTES];
        try (var to = new LocalFile(file)) {
            while (bytes <= bytesMax) {
                int read = from.read(chunk);
                if (read < 0) {
                    break;
                }
                to.write(chunk, read);
                bytes += read;
            }
        }
        return bytes;
    }

    private static final class LocalFile implements AutoCloseable {
        private final Path path;
        private final OutputStream out;

        LocalFile(Path path) {
            this.path = path;
            try {
                // Not a channel, since an interrupt would close it and look like a fault of the disk.
                out = new FileOutputStream(path.toFile());
            } catch (IOException e) {
                throw fault(e);
            }
        }

        void write(byte[] chunk, int length) {
            try {
                out.write(chunk, 0, length);
            } catch (IOException e) {
                throw fault(e);
            }
        }

        @Override
        public void close() {
            try {
                out.close();
            } catch (IOException e) {
                throw fault(e);
            }
        }

        private UncheckedIOException fault(IOException e) {
            return new UncheckedIOException("cannot write " + path, e);
        }
    }
}
