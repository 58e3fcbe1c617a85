package dev.renderfleet.worker.providers.gemini;

import dev.renderfleet.worker.providers.FailureKind;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;

/** Writes to the spool. Throws {@link GeminiCallException} on a disk failure, to distinguish it from a network failure. */
final class SpoolOutputStream extends OutputStream {

    private static final int BUFFER_BYTES = 16 * 1024;

    private final OutputStream file;

    SpoolOutputStream(Path path) throws GeminiCallException {
        try {
            // Not a channel, since an interrupt would close it.
            file = new BufferedOutputStream(new FileOutputStream(path.toFile()), BUFFER_BYTES);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    static GeminiCallException failed(Exception cause) {
        return new GeminiCallException(
                FailureKind.UNKNOWN_OUTCOME, "SPOOL_FAILED", "the picture could not be written to the spool", cause);
    }

    @Override
    public void write(int b) throws IOException {
        try {
            file.write(b);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        try {
            file.write(source, offset, length);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            file.close();
        } catch (IOException e) {
            throw failed(e);
        }
    }
}
