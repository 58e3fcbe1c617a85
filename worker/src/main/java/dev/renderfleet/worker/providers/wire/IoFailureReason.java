package dev.renderfleet.worker.providers.wire;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Names the cause of an I/O failure, for events and statistics only. */
public final class IoFailureReason {

    private IoFailureReason() {}

    /** The reason of an exception; null if an SDK dropped it. */
    public static String of(@Nullable IOException fault, boolean sent) {
        if (Thread.currentThread().isInterrupted()) {
            return "INTERRUPTED";
        }
        return switch (fault) {
            case UnknownHostException _ -> "HOST_UNKNOWN";
            // call, connect and read time-outs alike
            case InterruptedIOException _ -> sent ? "TIMEOUT" : "CONNECT_TIMEOUT";
            case SSLException _ when !sent -> "TLS_FAILED";
            case null, default -> sent ? "CONNECTION_LOST" : "CONNECT_FAILED";
        };
    }
}
