package dev.renderfleet.worker.providers.gemini;

import dev.renderfleet.worker.providers.FailureKind;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;

/** Writes to the spool and tells a fault of the disk from one of the network: the picture is paid for, but gone. */
final class SpoolOutput extends OutputStream {

    private static final int BUFFER_BYTES = 16 * 1024;

    private final OutputStream file;

    SpoolOutput(Path path) throws AnswerFault {
        try {
            // Not a channel: an interrupt must end the call in one way only, at the network.
            file = new BufferedOutputStream(new FileOutputStream(path.toFile()), BUFFER_BYTES);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    static AnswerFault failed(Exception cause) {
        return new AnswerFault(
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
