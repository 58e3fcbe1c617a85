package dev.renderfleet.sandbox.simulators;

import dev.renderfleet.sandbox.http.HttpExchange;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.http.HttpResponse.Body;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Set;
import java.util.zip.GZIPOutputStream;

/** Sends an answer to the client, or fails to in one of the ways networks and servers do. */
public final class ResponseDelivery {
    private static final int DRIP_BYTES = 1024;
    private static final Duration DRIP_PAUSE = Duration.ofSeconds(1);
    private static final int MISSING_BYTES = 100;
    private static final int LARGE_HEADER_BYTES = 7_000;
    private static final int LARGE_HEADER_COUNT = 8;

    private ResponseDelivery() {}

    /** Sends it; returns how it went as a status of the ledger. */
    public static String deliver(HttpResponse response, Set<WireFault> faults, HttpExchange exchange)
            throws IOException, InterruptedException {
        HttpResponse shaped = shaped(response, faults);
        if (faults.contains(WireFault.HANG)) {
            exchange.hang();
            return "hung";
        }
        if (faults.contains(WireFault.RESET)) {
            exchange.reset();
            return "reset";
        }
        if (faults.contains(WireFault.RESET_MID_BODY) || faults.contains(WireFault.CLOSE_MID_BODY)) {
            return cut(shaped, shaped.body().length() / 2, faults.contains(WireFault.RESET_MID_BODY), exchange);
        }
        if (faults.contains(WireFault.CLOSE_NEAR_END)) {
            return cut(shaped, Math.max(0, shaped.body().length() - MISSING_BYTES), false, exchange);
        }
        exchange.respond(shaped);
        return "delivered";
    }

    private static HttpResponse shaped(HttpResponse response, Set<WireFault> faults) throws IOException {
        HttpResponse shaped = response;
        if (faults.contains(WireFault.HTML)) {
            shaped = HttpResponse.text(
                    200, "text/html; charset=utf-8", "<!doctype html><html><body>Service is busy</body></html>");
        }
        if (faults.contains(WireFault.GATEWAY_524)) {
            shaped = HttpResponse.text(524, "text/html; charset=utf-8", "<title>524: A timeout occurred</title>");
        }
        if (faults.contains(WireFault.PLAIN_TEXT)) {
            shaped = shaped.withHeader("Content-Type", "text/plain; charset=utf-8");
        }
        if (faults.contains(WireFault.OCTET_STREAM)) {
            shaped = shaped.withHeader("Content-Type", "application/octet-stream");
        }
        if (faults.contains(WireFault.EMPTY)) {
            shaped = shaped.withBody(HttpResponse.bytes(new byte[0]));
        }
        if (faults.contains(WireFault.LARGE_HEADERS)) {
            for (int number = 0; number < LARGE_HEADER_COUNT; number++) {
                shaped = shaped.withHeader("X-Large-" + number, "x".repeat(LARGE_HEADER_BYTES));
            }
        }
        if (faults.contains(WireFault.GZIP)) {
            var packed = new ByteArrayOutputStream();
            try (var gzip = new GZIPOutputStream(packed)) {
                shaped.body().writeTo(gzip);
            }
            shaped = shaped.withHeader("Content-Encoding", "gzip").withBody(HttpResponse.bytes(packed.toByteArray()));
        }
        if (faults.contains(WireFault.DRIP)) {
            shaped = shaped.withBody(through(shaped.body(), shaped.body().length(), Drip::new));
        }
        if (faults.contains(WireFault.CHUNKED)) {
            shaped = shaped.withBody(through(shaped.body(), Body.UNKNOWN_LENGTH, out -> out));
        }
        return shaped;
    }

    /** Promises the whole length, sends a part, and breaks off. */
    private static String cut(HttpResponse response, long bytes, boolean reset, HttpExchange exchange)
            throws IOException, InterruptedException {
        try {
            exchange.respond(
                    response.withBody(through(response.body(), response.body().length(), out -> new Cut(out, bytes))));
        } catch (CutException _) {
            exchange.flush();
        }
        if (!reset) {
            exchange.close();
            return "closed mid body";
        }
        // A reset overtakes what is still in the client's receive buffer; let the part arrive first.
        exchange.pause(Duration.ofMillis(50));
        exchange.reset();
        return "reset mid body";
    }

    private interface Wrapping {
        OutputStream around(OutputStream out);
    }

    private static Body through(Body body, long length, Wrapping wrapping) {
        return new Body() {
            @Override
            public long length() {
                return length;
            }

            @Override
            public void writeTo(OutputStream out) throws IOException {
                body.writeTo(wrapping.around(out));
            }
        };
    }

    /** One KiB a second. */
    private static final class Drip extends OutputStream {
        private final OutputStream out;

        Drip(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int b) throws IOException {
            out.write(b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            for (int done = 0; done < length; done += DRIP_BYTES) {
                out.write(bytes, offset + done, Math.min(DRIP_BYTES, length - done));
                out.flush();
                try {
                    Thread.sleep(DRIP_PAUSE);
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                    throw new InterruptedIOException("interrupted while dripping");
                }
            }
        }
    }

    private static final class CutException extends IOException {}

    private static final class Cut extends OutputStream {
        private final OutputStream out;
        private long left;

        Cut(OutputStream out, long left) {
            this.out = out;
            this.left = left;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            int allowed = (int) Math.min(left, length);
            out.write(bytes, offset, allowed);
            left -= allowed;
            if (allowed < length) {
                throw new CutException();
            }
        }
    }
}
