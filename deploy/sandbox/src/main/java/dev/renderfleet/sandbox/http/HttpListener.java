package dev.renderfleet.sandbox.http;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.PushbackInputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts connections and gives each a virtual thread, which reads requests one after the other (keep-alive) and hands
 * them to the handler. Closing it breaks every open connection.
 */
public final class HttpListener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpListener.class);
    private static final int BACKLOG = 4096;
    private static final int BUFFER_BYTES = 64 * 1024;

    /** Answers one request, on the connection's own virtual thread. */
    @FunctionalInterface
    public interface Handler {
        void handle(HttpRequest request, HttpExchange exchange) throws IOException, InterruptedException;
    }

    private final ServerSocket server;
    private final Handler handler;
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

    private HttpListener(ServerSocket server, Handler handler) {
        this.server = server;
        this.handler = handler;
    }

    public static HttpListener start(InetSocketAddress address, Handler handler) {
        try {
            var server = new ServerSocket();
            server.setReuseAddress(true);
            server.bind(address, BACKLOG);
            var listener = new HttpListener(server, handler);
            Thread.ofVirtual().name("http-accept").start(listener::accept);
            return listener;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot listen on " + address, e);
        }
    }

    public int port() {
        return server.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket connection : connections) {
            connection.close();
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket connection = server.accept();
                connections.add(connection);
                Thread.ofVirtual().name("http-connection").start(() -> serve(connection));
            } catch (IOException e) {
                if (!server.isClosed()) {
                    LOG.warn("cannot accept a connection", e);
                }
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            connection.setTcpNoDelay(true);
            var in = new PushbackInputStream(new BufferedInputStream(connection.getInputStream(), BUFFER_BYTES));
            var reader = new RequestReader(in);
            var exchange = new HttpExchange(connection, in);
            while (exchange.isOpen() && exchange.awaitRequest() && answerNext(reader, exchange)) {
                // Keep-alive: the next request on the same connection.
            }
        } catch (IOException e) {
            LOG.debug("a connection broke", e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            connections.remove(connection);
        }
    }

    private boolean answerNext(RequestReader reader, HttpExchange exchange) throws IOException, InterruptedException {
        try {
            Optional<HttpRequest> request = reader.next(() -> continueRequest(exchange));
            if (request.isEmpty()) {
                return false;
            }
            handler.handle(request.get(), exchange);
            return !"close".equalsIgnoreCase(request.get().header("connection").orElse(""));
        } catch (RequestReader.ProtocolException e) {
            exchange.respond(HttpResponse.text(e.status, "text/plain", String.valueOf(e.getMessage())));
            return false;
        } catch (RuntimeException e) {
            // A bug in the simulator must be seen: as a 500 of a kind that no rule produces, and in the log.
            LOG.error("the simulator failed", e);
            exchange.respond(HttpResponse.text(500, "text/plain", "simulator bug: " + e));
            return false;
        }
    }

    private static void continueRequest(HttpExchange exchange) {
        try {
            exchange.continueRequest();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
