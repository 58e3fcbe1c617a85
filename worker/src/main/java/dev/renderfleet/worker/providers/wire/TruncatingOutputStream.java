package dev.renderfleet.worker.providers.wire;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** Keeps what is written in memory, and nothing of it once it is more than its bound. */
final class TruncatingOutputStream extends OutputStream {

    private final int bytesMax;
    private @Nullable ByteArrayOutputStream content = new ByteArrayOutputStream();

    TruncatingOutputStream(int bytesMax) {
        this.bytesMax = bytesMax;
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        if (content != null && content.size() + length > bytesMax) {
            content = null;
        }
        if (content != null) {
            content.write(bytes, offset, length);
        }
    }

    /** Null if more was written than the bound. */
    byte @Nullable [] content() {
        return content == null ? null : content.toByteArray();
    }
}
