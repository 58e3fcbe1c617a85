package dev.renderfleet.sandbox.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/**
 * Finds and checks TCP ports on the loopback address, which is the only address the sandbox listens on unless it is told another.
 * Random ports come from below the range from which Linux takes the local ends of outgoing connections, so that no
 * client steals one between this check and the server's own bind.
 */
public final class Ports {
    private static final int RANDOM_FIRST = 20_000;
    private static final int RANDOM_END = 32_000;
    private static final int TRIES_MAX = 200;
    /** Ports are chosen before any of them is bound, so a free one may be another part's already. */
    private static final Set<Integer> CHOSEN = ConcurrentHashMap.newKeySet();

    private Ports() {}

    /** The asked port if it is free, or a free one if 0 was asked, each once in a process. The option is named when it is taken. */
    public static int choose(String option, int asked) {
        if (asked != 0) {
            if (!isFree(asked)) {
                throw new PortTakenException(option, asked);
            }
            return asked;
        }
        var random = RandomGenerator.getDefault();
        for (int tries = 0; tries < TRIES_MAX; tries++) {
            int port = random.nextInt(RANDOM_FIRST, RANDOM_END);
            if (CHOSEN.add(port) && isFree(port)) {
                return port;
            }
        }
        throw new IllegalStateException(
                "no free port between %d and %d in %d tries".formatted(RANDOM_FIRST, RANDOM_END, TRIES_MAX));
    }

    /** The port written in the file if it is free, else a free one, which is written into the file for the next start. */
    public static int remembered(Path file) {
        try {
            String before = Files.exists(file) ? Files.readString(file) : "";
            // Anything else was left by a process that was killed while it wrote.
            if (before.matches("\\d{1,5}") && isFree(Integer.parseInt(before))) {
                return Integer.parseInt(before);
            }
            int port = choose("", 0);
            Files.writeString(file, Integer.toString(port));
            return port;
        } catch (IOException e) {
            throw new UncheckedIOException("the file of a port cannot be read or written", e);
        }
    }

    /** An address on the loopback interface, always by number: "localhost" may mean ::1. */
    public static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
    }

    private static boolean isFree(int port) {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(loopback(port));
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    /** A port that was asked for is in use. The message is meant for the person at the terminal. */
    public static final class PortTakenException extends RuntimeException {
        public PortTakenException(String option, int port) {
            super("port %d (%s) is already in use on 127.0.0.1; choose another or 0 for any free one"
                    .formatted(port, option));
        }
    }
}
