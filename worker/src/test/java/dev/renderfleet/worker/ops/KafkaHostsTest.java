package dev.renderfleet.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KafkaHostsTest {

    private final Set<String> known = new HashSet<>();
    private final List<String> asked = new ArrayList<>();

    @Test
    void theStartWaitsUntilAHostIsKnown() {
        List<Integer> waits = new ArrayList<>();

        KafkaHosts.await("kafka-0.internal:9092, SASL_SSL://[::1]:9093", this::isKnown, _ -> {
            waits.add(waits.size());
            if (waits.size() == 2) {
                known.add("::1");
            }
            return true;
        });

        assertThat(waits).hasSize(2);
        assertThat(asked).startsWith("kafka-0.internal", "::1", "kafka-0.internal");
    }

    @Test
    void aKnownHostIsNotWaitedFor() {
        known.add("kafka");

        KafkaHosts.await("kafka", this::isKnown, _ -> {
            throw new AssertionError("waits");
        });
    }

    @Test
    void aShutdownEndsTheWait() {
        KafkaHosts.await("kafka:9092", this::isKnown, _ -> false);

        assertThat(asked).hasSize(1);
    }

    private boolean isKnown(String host) {
        asked.add(host);
        return known.contains(host);
    }
}
