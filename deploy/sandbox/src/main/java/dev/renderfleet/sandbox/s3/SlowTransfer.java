package dev.renderfleet.sandbox.s3;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import org.gaul.shaded.org.eclipse.jetty.io.Content;
import org.gaul.shaded.org.eclipse.jetty.server.Request;
import org.gaul.shaded.org.eclipse.jetty.server.Response;
import org.gaul.shaded.org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** Requests and answers that take their time; each waits on the server's thread. */
final class SlowTransfer {
    /** So that a large buffer does not go out in one piece. */
    private static final int PORTIONS_PER_SECOND = 10;

    private static final int MILLIS_PER_SECOND = 1000;

    private SlowTransfer() {}

    /** The whole answer comes so much later; the store has done its work before. */
    static final class DelayedAnswer extends Response.Wrapper {
        private final long millis;
        private boolean waited;

        DelayedAnswer(Request request, Response response, long millis) {
            super(request, response);
            this.millis = millis;
        }

        @Override
        public void write(boolean last, @Nullable ByteBuffer bytes, Callback callback) {
            try {
                if (!waited) {
                    waited = true;
                    pause(millis);
                }
                super.write(last, bytes, callback);
            } catch (InterruptedIOException e) {
                callback.failed(e);
            }
        }
    }

    /** An answer in small portions. */
    static final class Download extends Response.Wrapper {
        private final int bytesPerSecond;

        Download(Request request, Response response, int bytesPerSecond) {
            super(request, response);
            this.bytesPerSecond = bytesPerSecond;
        }

        @Override
        public void write(boolean last, @Nullable ByteBuffer bytes, Callback callback) {
            if (bytes == null) {
                super.write(last, null, callback);
                return;
            }
            int portion = Math.max(1, bytesPerSecond / PORTIONS_PER_SECOND);
            try {
                while (bytes.remaining() > portion) {
                    ByteBuffer next = bytes.slice(bytes.position(), portion);
                    bytes.position(bytes.position() + portion);
                    pause(millisFor(portion, bytesPerSecond));
                    Content.Sink.write(getWrapped(), false, next);
                }
                pause(millisFor(bytes.remaining(), bytesPerSecond));
                super.write(last, bytes, callback);
            } catch (IOException e) {
                callback.failed(e);
            }
        }
    }

    /** A request whose body comes in slowly; what has not been read yet holds the sender back. */
    static final class Upload extends Request.Wrapper {
        private final int bytesPerSecond;

        Upload(Request request, int bytesPerSecond) {
            super(request);
            this.bytesPerSecond = bytesPerSecond;
        }

        @Override
        public Content.@Nullable Chunk read() {
            Content.Chunk chunk = super.read();
            if (chunk == null || chunk.remaining() == 0) {
                return chunk;
            }
            try {
                pause(millisFor(chunk.remaining(), bytesPerSecond));
                return chunk;
            } catch (InterruptedIOException e) {
                chunk.release();
                return Content.Chunk.from(e);
            }
        }
    }

    private static long millisFor(int bytes, int bytesPerSecond) {
        return (long) bytes * MILLIS_PER_SECOND / bytesPerSecond;
    }

    private static void pause(long millis) throws InterruptedIOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while an S3 fault waits");
        }
    }
}
