package dev.renderfleet.worker.settle;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Finds out why no broker answers: Kafka's clients only say that they timed out. */
final class BrokerProbe {

    private static final int CONNECT_MILLIS_MAX = 1_000;

    private BrokerProbe() {}

    /** What a plain connection to each address yields. Takes a second for each at most. */
    static String diagnose(String bootstrapServers) {
        return Arrays.stream(bootstrapServers.split(","))
                .map(String::strip)
                .map(server -> server + " " + connect(server))
                .collect(Collectors.joining(", "));
    }

    private static String connect(String server) {
        int colon = server.lastIndexOf(':');
        try (var socket = new Socket()) {
            var address = new InetSocketAddress(
                    server.substring(0, colon).replaceAll("[\\[\\]]", ""),
                    Integer.parseInt(server.substring(colon + 1)));
            if (address.isUnresolved()) {
                return "is an unknown host";
            }
            socket.connect(address, CONNECT_MILLIS_MAX);
            return "accepts connections, but not as a Kafka broker with this kafka.security.protocol";
        } catch (IOException e) {
            return "cannot be reached (" + e.getMessage() + ")";
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            return "is no host:port";
        }
    }
}
