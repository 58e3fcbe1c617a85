package dev.renderfleet.worker.providers.gemini;

import dev.renderfleet.worker.providers.FailureKind;
import java.io.IOException;
import java.io.OutputStream;

/** Refuses an answer that has more than a number of bytes for one place. Closing it closes nothing. */
final class BoundedOutput extends OutputStream {

    private final OutputStream out;
    private final long bytesMax;
    private final String reason;
    private long bytes;

    /** @param reason of the refusal */
    BoundedOutput(OutputStream out, long bytesMax, String reason) {
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
            throw new AnswerFault(FailureKind.RESULT_INVALID, reason, "more than " + bytesMax + " bytes");
        }
        out.write(source, offset, length);
    }
}
