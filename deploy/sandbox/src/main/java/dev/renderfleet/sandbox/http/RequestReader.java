package dev.renderfleet.sandbox.http;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads HTTP/1.1 requests from one connection: with a known length or chunked, within fixed limits. */
final class RequestReader {
    private static final int LINE_BYTES_MAX = 64 * 1024;
    private static final int HEADER_COUNT_MAX = 200;
    /** Gemini takes requests of up to 100 MB. */
    private static final int BODY_BYTES_MAX = 128 * 1024 * 1024;

    private final InputStream in;

    RequestReader(InputStream in) {
        this.in = in;
    }

    /** The next request, or nothing if the client closed the connection between two requests. */
    Optional<HttpRequest> next(Runnable expectContinue) throws IOException {
        String start = line();
        if (start.isEmpty()) {
            return Optional.empty();
        }
        String[] words = start.split(" ", -1);
        if (words.length != 3) {
            throw new ProtocolException(400, "malformed request line");
        }
        Map<String, String> headers = headers();
        if ("100-continue".equalsIgnoreCase(headers.getOrDefault("expect", ""))) {
            expectContinue.run();
        }
        String target = words[1];
        int mark = target.indexOf('?');
        String path = mark < 0 ? target : target.substring(0, mark);
        return Optional.of(new HttpRequest(
                words[0],
                decoded(path),
                mark < 0 ? Map.of() : query(target.substring(mark + 1)),
                headers,
                body(headers)));
    }

    private Map<String, String> headers() throws IOException {
        var headers = new HashMap<String, String>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            if (colon <= 0 || headers.size() >= HEADER_COUNT_MAX) {
                throw new ProtocolException(431, "malformed or too many headers");
            }
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return headers;
    }

    private byte[] body(Map<String, String> headers) throws IOException {
        if (headers.getOrDefault("transfer-encoding", "")
                .toLowerCase(Locale.ROOT)
                .contains("chunked")) {
            return chunks();
        }
        long length = Long.parseLong(headers.getOrDefault("content-length", "0"));
        if (length > BODY_BYTES_MAX) {
            throw new ProtocolException(413, "request body over %d bytes".formatted(BODY_BYTES_MAX));
        }
        return exactly((int) length);
    }

    private byte[] chunks() throws IOException {
        var body = new ByteArrayOutputStream();
        while (true) {
            int size = Integer.parseInt(line().split(";", -1)[0].strip(), 16);
            if (body.size() + (long) size > BODY_BYTES_MAX) {
                throw new ProtocolException(413, "request body over %d bytes".formatted(BODY_BYTES_MAX));
            }
            if (size == 0) {
                headers();
                return body.toByteArray();
            }
            body.write(exactly(size));
            line();
        }
    }

    private byte[] exactly(int size) throws IOException {
        byte[] bytes = in.readNBytes(size);
        if (bytes.length < size) {
            throw new EOFException("the client closed the connection in the middle of its request");
        }
        return bytes;
    }

    private String line() throws IOException {
        var line = new ByteArrayOutputStream(128);
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            if (line.size() >= LINE_BYTES_MAX) {
                throw new ProtocolException(431, "header line over %d bytes".formatted(LINE_BYTES_MAX));
            }
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    private static Map<String, String> query(String text) {
        var query = new HashMap<String, String>();
        for (String pair : text.split("&", -1)) {
            int equals = pair.indexOf('=');
            String name = equals < 0 ? pair : pair.substring(0, equals);
            query.put(decoded(name), equals < 0 ? "" : decoded(pair.substring(equals + 1)));
        }
        return query;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** The request breaks the protocol or a limit: answer with this status and close. */
    static final class ProtocolException extends IOException {
        final int status;

        ProtocolException(int status, String message) {
            super(message);
            this.status = status;
        }
    }
}
