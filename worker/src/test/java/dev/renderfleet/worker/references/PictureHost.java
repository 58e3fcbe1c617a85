package dev.renderfleet.worker.references;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/**
 * A web server on 127.0.0.1 that speaks TLS for every host below {@code .example}, and the client settings that trust it.
 * Remembers the requests it was sent.
 */
final class PictureHost implements AutoCloseable {

    private static final char[] PASSWORD = "changeit".toCharArray();

    private final HttpsServer server;
    private final OkHttpClient trust;
    private final Map<String, HttpHandler> pages = new ConcurrentHashMap<>();
    private final List<Map<String, List<String>>> requests = new CopyOnWriteArrayList<>();

    private PictureHost(HttpsServer server, OkHttpClient trust) {
        this.server = server;
        this.trust = trust;
    }

    /** @param folder for the server's key, which the JDK's keytool makes */
    static PictureHost start(Path folder) throws Exception {
        var file = folder.resolve("host.p12");
        var keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "host",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=test",
                        "-ext",
                        "san=dns:*.example,dns:example,ip:127.0.0.1",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        new String(PASSWORD))
                .redirectErrorStream(true)
                .start();
        var said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (keytool.waitFor() != 0) {
            throw new IllegalStateException("keytool failed: " + said);
        }
        var keys = KeyStore.getInstance("PKCS12");
        try (var in = Files.newInputStream(file)) {
            keys.load(in, PASSWORD);
        }
        var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keyManagers.init(keys, PASSWORD);
        var trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, PASSWORD);
        trusted.setCertificateEntry("host", keys.getCertificate("host"));
        var trustManagers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trustManagers.init(trusted);
        var tls = SSLContext.getInstance("TLS");
        tls.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
        var server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls));
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        var trustManager = (X509TrustManager) Arrays.stream(trustManagers.getTrustManagers())
                .filter(X509TrustManager.class::isInstance)
                .findFirst()
                .orElseThrow();
        var host = new PictureHost(
                server,
                new OkHttpClient.Builder()
                        .sslSocketFactory(tls.getSocketFactory(), trustManager)
                        .build());
        server.createContext("/", host::answer);
        server.start();
        return host;
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** For a client that trusts this host. */
    OkHttpClient trust() {
        return trust;
    }

    String address(String path) {
        return "https://pictures.example:" + port() + path;
    }

    void serve(String path, byte[] content) {
        serve(path, exchange -> {
            exchange.getResponseHeaders().add("Set-Cookie", "tracked=yes");
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content);
        });
    }

    void redirect(String path, String location) {
        serve(path, exchange -> {
            exchange.getResponseHeaders().add("Location", location);
            exchange.sendResponseHeaders(302, -1);
        });
    }

    void status(String path, int... statuses) {
        var next = new AtomicInteger();
        serve(
                path,
                exchange -> exchange.sendResponseHeaders(
                        statuses[Math.min(next.getAndIncrement(), statuses.length - 1)], -1));
    }

    void serve(String path, HttpHandler page) {
        pages.put(path, page);
    }

    List<Map<String, List<String>>> requests() {
        return requests;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            requests.add(Map.copyOf(exchange.getRequestHeaders()));
            @Nullable HttpHandler page = pages.get(exchange.getRequestURI().getPath());
            if (page == null) {
                exchange.sendResponseHeaders(404, -1);
            } else {
                page.handle(exchange);
            }
        }
    }

    /** 127.0.0.1, with the name that was asked for. */
    static List<InetAddress> loopback(String name) throws UnknownHostException {
        return address(name, 127, 0, 0, 1);
    }

    static List<InetAddress> address(String name, int... octets) throws UnknownHostException {
        return List.of(InetAddress.getByAddress(
                name, new byte[] {(byte) octets[0], (byte) octets[1], (byte) octets[2], (byte) octets[3]}));
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
