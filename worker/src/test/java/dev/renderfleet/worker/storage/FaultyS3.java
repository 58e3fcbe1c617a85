package dev.renderfleet.worker.storage;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.renderfleet.worker.storage.ObjectStore.PutResult;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;

/**
 * The part of S3 that the adapter uses, over HTTP, with the bucket in path or host, and with injected faults. Checks no signatures.
 */
final class FaultyS3 implements AutoCloseable {

    static final String BUCKET = "renderfleet";

    /** What happens to one request. */
    sealed interface Fault {
        /** Executed. */
        record None() implements Fault {}

        /** Answered with this status without being executed. */
        record Status(int status, String code) implements Fault {}

        /** Executed, but answered with this status. */
        record Lied(int status) implements Fault {}

        /** Executed and never answered. */
        record Silence() implements Fault {}
    }

    private final HttpServer server;
    private final String scheme;
    private final InMemoryObjectStore store;
    private final Deque<Fault> faults = new ArrayDeque<>();
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private final List<String> hosts = Collections.synchronizedList(new ArrayList<>());
    private volatile boolean closed;

    FaultyS3() throws IOException {
        this(HttpServer.create(), "http");
    }

    private FaultyS3(HttpServer server, String scheme) throws IOException {
        this.server = server;
        this.scheme = scheme;
        store = new InMemoryObjectStore(BUCKET, () -> Instant.parse("2026-11-23T10:00:00Z"));
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::answer);
        server.start();
    }

    /** The same by TLS. */
    static FaultyS3 withTls(SSLContext server) throws IOException {
        var https = HttpsServer.create();
        https.setHttpsConfigurator(new HttpsConfigurator(server));
        return new FaultyS3(https, "https");
    }

    InMemoryObjectStore store() {
        return store;
    }

    /** Faults of the next requests, in order; later requests succeed. */
    void plan(Fault... next) {
        synchronized (faults) {
            faults.addAll(List.of(next));
        }
    }

    /** Such as {@code PUT ledger/1 7}: method, key, bytes. */
    List<String> requests() {
        return requests;
    }

    /** The hosts by which it was called, without ports. */
    List<String> hosts() {
        return hosts;
    }

    S3Access access() {
        return access(S3Endpoint.of(address("127.0.0.1"), "us-east-1"));
    }

    static S3Access access(S3Endpoint endpoint) {
        return new S3Access(endpoint, BUCKET, "key-id", "hunter2");
    }

    URI address(String host) {
        return URI.create(scheme + "://" + host + ":" + server.getAddress().getPort());
    }

    private Fault nextFault() {
        synchronized (faults) {
            return faults.isEmpty() ? new Fault.None() : faults.removeFirst();
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var content = exchange.getRequestBody().readAllBytes();
            String host = exchange.getRequestHeaders().getFirst("Host").replaceFirst(":.*", "");
            hosts.add(host);
            boolean inHost = host.startsWith(BUCKET + ".");
            var key = exchange.getRequestURI().getPath().substring(inHost ? 1 : ("/" + BUCKET + "/").length());
            requests.add(exchange.getRequestMethod() + " " + key + " " + content.length);
            switch (nextFault()) {
                case Fault.None() -> carryOut(exchange, key, content);
                case Fault.Status(int status, String code) -> refuse(exchange, status, code);
                case Fault.Lied(int status) -> {
                    carryOutUnseen(exchange, key, content);
                    refuse(exchange, status, "InternalError");
                }
                case Fault.Silence() -> {
                    carryOutUnseen(exchange, key, content);
                    while (!closed) {
                        LockSupport.parkNanos(10_000_000);
                    }
                }
            }
        }
    }

    private void carryOutUnseen(HttpExchange exchange, String key, byte[] content) {
        if (exchange.getRequestMethod().equals("PUT")) {
            put(exchange, key, content);
        }
    }

    private PutResult put(HttpExchange exchange, String key, byte[] content) {
        var json = new String(content, StandardCharsets.UTF_8);
        var etag = exchange.getRequestHeaders().getFirst("If-Match");
        if (etag != null) {
            return store.putIfMatch(key, etag.replace("\"", ""), json);
        }
        if (exchange.getRequestHeaders().containsKey("If-None-Match")) {
            return store.putIfAbsent(key, json);
        }
        store.putBytes(key, content);
        return new PutResult.Written("file");
    }

    private void carryOut(HttpExchange exchange, String key, byte[] content) throws IOException {
        switch (exchange.getRequestMethod()) {
            case "PUT" -> {
                switch (put(exchange, key, content)) {
                    case PutResult.Written(String etag) -> send(exchange, etag, new byte[0]);
                    case PutResult.Refused() -> refuse(exchange, 412, "PreconditionFailed");
                }
            }
            case "GET" -> {
                var stored = store.get(key, Integer.MAX_VALUE);
                if (stored == null) {
                    refuse(exchange, 404, "NoSuchKey");
                } else {
                    exchange.getResponseHeaders().set("Last-Modified", "Mon, 23 Nov 2026 09:59:00 GMT");
                    send(exchange, stored.etag(), stored.json().getBytes(StandardCharsets.UTF_8));
                }
            }
            default -> {
                store.delete(key);
                exchange.sendResponseHeaders(204, -1);
            }
        }
    }

    private static void send(HttpExchange exchange, String etag, byte[] content) throws IOException {
        exchange.getResponseHeaders().set("ETag", "\"" + etag + "\"");
        exchange.sendResponseHeaders(200, content.length == 0 ? -1 : content.length);
        exchange.getResponseBody().write(content);
    }

    private static void refuse(HttpExchange exchange, int status, String code) throws IOException {
        boolean plain = code.isEmpty();
        var body = (plain ? "upstream is away" : "<Error><Code>" + code + "</Code><Message>m</Message></Error>")
                .getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", plain ? "text/plain" : "application/xml");
        exchange.getResponseHeaders().set("Retry-After", "0");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        closed = true;
        server.stop(0);
    }
}
