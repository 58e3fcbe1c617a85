package dev.renderfleet.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A TCP proxy on loopback that can be stopped and started again at its port; stopping it resets every connection. */
final class RestartingGateway implements AutoCloseable {

    private final InetSocketAddress target;
    private final int port;
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final List<Instant> stops = new CopyOnWriteArrayList<>();
    private volatile @Nullable ServerSocket listener;

    RestartingGateway(URI target) {
        this.target = new InetSocketAddress(target.getHost(), target.getPort());
        this.port = listen(0);
    }

    int port() {
        return port;
    }

    /** When it was stopped. */
    List<Instant> stops() {
        return stops;
    }

    void start() {
        listen(port);
    }

    /** New connections are refused until {@link #start}. */
    void stop() {
        stops.add(Instant.now());
        close();
    }

    private int listen(int at) {
        try {
            var socket = new ServerSocket();
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), at));
            listener = socket;
            Thread.ofVirtual().name("gateway").start(() -> accept(socket));
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept(ServerSocket socket) {
        try {
            while (true) {
                Socket client = socket.accept();
                Thread.ofVirtual().name("gateway-connection").start(() -> join(client));
            }
        } catch (IOException e) {
            // stopped
        }
    }

    private void join(Socket client) {
        var server = new Socket();
        connections.add(client);
        connections.add(server);
        try (client;
                server) {
            server.connect(target);
            Thread.ofVirtual().name("gateway-answers").start(() -> copy(server, client));
            client.getInputStream().transferTo(server.getOutputStream());
        } catch (IOException e) {
            // One side has closed the connection.
        } finally {
            connections.remove(client);
            connections.remove(server);
        }
    }

    private static void copy(Socket from, Socket to) {
        try (to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // One side has closed the connection.
        }
    }

    @Override
    public void close() {
        try {
            ServerSocket socket = listener;
            if (socket != null) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        connections.forEach(RestartingGateway::reset);
    }

    private static void reset(Socket connection) {
        try (connection) {
            connection.setSoLinger(true, 0);
        } catch (IOException e) {
            // It has been closed meanwhile.
        }
    }
}
