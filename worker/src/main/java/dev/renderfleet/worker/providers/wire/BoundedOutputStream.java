package dev.renderfleet.worker.providers.wire;

import dev.renderfleet.worker.providers.FailureKind;
import java.io.IOException;
import java.io.OutputStream;

/** Throws {@link CallException} after a maximum of bytes. Closing it does not close the target. */
public final class BoundedOutputStream extends OutputStream {

    private final OutputStream out;
    private final long bytesMax;
    private final String reason;
    private long bytes;

    /** @param reason of the exception */
    public BoundedOutputStream(OutputStream out, long bytesMax, String reason) {
        this.out = out;
        this.bytesMax = bytesMax;
        this.reason = reason;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        bytes += length;
        if (bytes > bytesMax) {
            throw new CallException(FailureKind.RESULT_INVALID, reason, "more than " + bytesMax + " bytes");
        }
        out.write(source, offset, length);
    }
}
