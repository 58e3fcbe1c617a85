package dev.renderfleet.worker.providers.wire;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import okio.ByteString;
import org.jspecify.annotations.Nullable;

/** An HTTP server on loopback with scripted responses, which counts its requests. */
public final class ScriptedServer implements AutoCloseable {

    public record Request(String line, Map<String, String> headers, ByteString bytes) {
        public String body() {
            return bytes.utf8();
        }
    }

    /** Answers one request. The connection is closed afterwards; closing it earlier is part of the script. */
    @FunctionalInterface
    public interface Script {
        void answer(Request request, Socket connection) throws Exception;
    }

    /** Sends nothing more until the client closes the connection. */
    public static void fallSilent(Socket connection) throws IOException {
        var _ = connection.getInputStream().read();
    }

    private final ServerSocket socket;
    private final Script script;
    private final AtomicInteger requests = new AtomicInteger();
    private volatile @Nullable Request last;

    public ScriptedServer(Script script) {
        this.script = script;
        try {
            socket = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().name("scripted-server").start(this::accept);
    }

    public static Script says(int status, String contentType, byte[] body, String... headers) {
        return (_, connection) -> {
            var head = new StringBuilder("HTTP/1.1 " + status + " Scripted\r\nContent-Type: " + contentType
                    + "\r\nContent-Length: " + body.length + "\r\nConnection: close\r\n");
            for (String header : headers) {
                head.append(header).append("\r\n");
            }
            OutputStream out = connection.getOutputStream();
            out.write(head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
            out.write(body);
            out.flush();
        };
    }

    /** Keeps the connection, as far as the client can know, and then breaks it. */
    public static Script saysThenBreaks(String json, CountDownLatch broken, boolean reset) {
        return (_, connection) -> {
            byte[] body = json.getBytes(StandardCharsets.UTF_8);
            OutputStream out = connection.getOutputStream();
            out.write(("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nKeep-Alive: timeout=5\r\nContent-Length: "
                            + body.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.write(body);
            out.flush();
            if (reset) {
                // A reset overtakes what the client has not read.
                connection.setSoTimeout(200);
                try {
                    fallSilent(connection);
                } catch (SocketTimeoutException e) {
                    // The client keeps the connection.
                }
                connection.setSoLinger(true, 0);
            }
            connection.close();
            broken.countDown();
        };
    }

    public static Script says(int status, String json, String... headers) {
        return says(status, "application/json; charset=UTF-8", json.getBytes(StandardCharsets.UTF_8), headers);
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }

    public int requests() {
        return requests.get();
    }

    public Request last() {
        Request request = last;
        if (request == null) {
            throw new AssertionError("no request came");
        }
        return request;
    }

    private void accept() {
        try {
            while (true) {
                Socket connection = socket.accept();
                Thread.ofVirtual().start(() -> serve(connection));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            Request request = read(new BufferedInputStream(connection.getInputStream()));
            last = request;
            requests.incrementAndGet();
            script.answer(request, connection);
        } catch (Exception e) {
            // the client went away, or the script closed the connection
        }
    }

    private static Request read(InputStream in) throws IOException {
        String line = line(in);
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            headers.put(
                    header.substring(0, header.indexOf(':')),
                    header.substring(header.indexOf(':') + 1).strip());
        }
        int length = Integer.parseInt(headers.getOrDefault("Content-Length", "0"));
        return new Request(line, headers, ByteString.of(in.readNBytes(length)));
    }

    private static String line(InputStream in) throws IOException {
        var line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new IOException("no request");
            }
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.US_ASCII);
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
