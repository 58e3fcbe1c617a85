package dev.renderfleet.sandbox.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** What to answer. Bodies are written, not held, so that a picture needs no second copy. */
public record HttpResponse(int status, Map<String, String> headers, Body body) {
    /** A body that can be written any number of times. */
    public interface Body {
        /** Sent without a length, in chunks. */
        long UNKNOWN_LENGTH = -1;

        long length();

        void writeTo(OutputStream out) throws IOException;
    }

    public HttpResponse {
        headers = Map.copyOf(headers);
    }

    public static HttpResponse of(int status, String contentType, Body body) {
        return new HttpResponse(status, Map.of("Content-Type", contentType), body);
    }

    public static HttpResponse text(int status, String contentType, String text) {
        return of(status, contentType, bytes(text.getBytes(StandardCharsets.UTF_8)));
    }

    public HttpResponse withHeader(String name, String value) {
        var more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new HttpResponse(status, more, body);
    }

    public HttpResponse withBody(Body other) {
        return new HttpResponse(status, headers, other);
    }

    public static Body bytes(byte[] bytes) {
        return new Body() {
            @Override
            public long length() {
                return bytes.length;
            }

            @Override
            public void writeTo(OutputStream out) throws IOException {
                out.write(bytes);
            }
        };
    }
}
