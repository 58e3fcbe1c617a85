package dev.renderfleet.worker.ops;

import dev.renderfleet.worker.storage.Pause;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Predicate;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/** Delays the start until the host of a broker is known. Kafka's clients cannot be made before, and their exception would end the process. */
@Singleton
class KafkaHosts {

    private static final Logger LOG = Logger.getLogger(KafkaHosts.class);
    private static final Duration RETRY = Duration.ofSeconds(5);

    /** Runs before anything makes a Kafka client. */
    void await(
            @Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) StartupEvent event,
            @ConfigProperty(name = "kafka.bootstrap.servers", defaultValue = "localhost:9092") String servers) {
        Thread starting = Thread.currentThread();
        // A shutdown waits for the end of the start.
        var shutdown = new Thread(starting::interrupt, "kafka-hosts-shutdown");
        Runtime.getRuntime().addShutdownHook(shutdown);
        await(servers, KafkaHosts::isKnown, WorkerProcess::sleep);
        try {
            Runtime.getRuntime().removeShutdownHook(shutdown);
        } catch (IllegalStateException e) {
            LOG.info("shut down before the host of a Kafka broker was known");
        }
    }

    /** Blocks until one of the hosts is known, or the thread is interrupted. */
    static void await(String servers, Predicate<String> known, Pause pause) {
        while (Arrays.stream(servers.split(",")).map(KafkaHosts::host).noneMatch(known)) {
            LOG.warnf("the host of no Kafka broker is known, the start waits, kafka.bootstrap.servers=%s", servers);
            if (!pause.pause(RETRY)) {
                return;
            }
        }
    }

    /** Without protocol, port and brackets. */
    private static String host(String server) {
        String address = server.strip().replaceFirst("^.*://", "");
        int colon = address.lastIndexOf(':');
        return (colon < 0 ? address : address.substring(0, colon)).replaceAll("[\\[\\]]", "");
    }

    private static boolean isKnown(String host) {
        try {
            return InetAddress.getByName(host) != null;
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
