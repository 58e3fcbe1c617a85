package dev.renderfleet.sandbox.http;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A request that has been read whole. Header names are in lower case; the body must not be changed. */
public final class HttpRequest {
    private final String method;
    private final String path;
    private final Map<String, String> query;
    private final Map<String, String> headers;
    private final byte[] body;

    public HttpRequest(
            String method, String path, Map<String, String> query, Map<String, String> headers, byte[] body) {
        this.method = method;
        this.path = path;
        this.query = Map.copyOf(query);
        this.headers = Map.copyOf(headers);
        this.body = body;
    }

    public String method() {
        return method;
    }

    public String path() {
        return path;
    }

    /** The path's first segment, empty for {@code /}. */
    public String firstSegment() {
        return path.substring(1).replaceFirst("/.*", "");
    }

    /** The same request with a path that begins behind that first segment. */
    public HttpRequest below(String segment) {
        return new HttpRequest(method, path.substring(1 + segment.length()), query, headers, body);
    }

    public Map<String, String> headers() {
        return headers;
    }

    public byte[] body() {
        return body;
    }

    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }

    public Optional<String> query(String name) {
        return Optional.ofNullable(query.get(name));
    }
}
