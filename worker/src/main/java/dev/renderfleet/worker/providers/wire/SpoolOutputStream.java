package dev.renderfleet.worker.providers.wire;

import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.FailureKind;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;

/** Writes to the spool. Throws {@link CallException} on a disk failure, to distinguish it from a network failure. */
public final class SpoolOutputStream extends OutputStream {

    private static final int BUFFER_BYTES = 16 * 1024;

    private final Spool spool;
    private final OutputStream file;

    public SpoolOutputStream(Spool spool, Path path) throws CallException {
        this.spool = spool;
        try {
            // Not a channel, since an interrupt would close it.
            file = new BufferedOutputStream(new FileOutputStream(path.toFile()), BUFFER_BYTES);
        } catch (IOException e) {
            throw failed(spool, e);
        }
    }

    /** The worker calls no model until the spool has been checked: the next answer would be lost too. */
    public static CallException failed(Spool spool, Exception cause) {
        spool.failed();
        return new CallException(
                FailureKind.UNKNOWN_OUTCOME, "SPOOL_FAILED", "the image could not be written to the spool", cause);
    }

    @Override
    public void write(int b) throws IOException {
        try {
            file.write(b);
        } catch (IOException e) {
            throw failed(spool, e);
        }
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        try {
            file.write(source, offset, length);
        } catch (IOException e) {
            throw failed(spool, e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            file.close();
        } catch (IOException e) {
            throw failed(spool, e);
        }
    }
}
