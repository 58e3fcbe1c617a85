package dev.renderfleet.worker.egress;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.function.Predicate;
import javax.net.SocketFactory;

/**
 * Creates sockets that check the address they connect to. This catches DNS rebinding and unusual spellings of IP addresses, for which
 * the HTTP client does not call its resolver.
 */
final class GuardedSocketFactory extends SocketFactory {

    private final Predicate<InetAddress> reachable;

    GuardedSocketFactory(Predicate<InetAddress> reachable) {
        this.reachable = reachable;
    }

    @Override
    public Socket createSocket() {
        return new GuardedSocket(reachable);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return connected(new InetSocketAddress(host, port));
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return connected(new InetSocketAddress(host, port));
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return connected(new InetSocketAddress(host, port));
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
            throws IOException {
        return connected(new InetSocketAddress(address, port));
    }

    private Socket connected(InetSocketAddress address) throws IOException {
        var socket = createSocket();
        socket.connect(address);
        return socket;
    }

    private static final class GuardedSocket extends Socket {
        private final Predicate<InetAddress> reachable;

        GuardedSocket(Predicate<InetAddress> reachable) {
            this.reachable = reachable;
        }

        @Override
        public void connect(SocketAddress endpoint) throws IOException {
            connect(endpoint, 0);
        }

        @Override
        public void connect(SocketAddress endpoint, int timeoutMillis) throws IOException {
            if (!(endpoint instanceof InetSocketAddress internet)
                    || internet.getAddress() == null
                    || !reachable.test(internet.getAddress())) {
                throw new ForbiddenAddressException();
            }
            super.connect(endpoint, timeoutMillis);
        }
    }
}
