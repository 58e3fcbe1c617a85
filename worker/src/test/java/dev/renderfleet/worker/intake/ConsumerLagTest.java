package dev.renderfleet.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.worker.SettableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConsumerLagTest {

    private static final TopicPartition FIRST = new TopicPartition("render.jobs", 0);
    private static final TopicPartition SECOND = new TopicPartition("render.jobs", 1);
    private static final TopicPartition REVOKED = new TopicPartition("render.jobs", 2);

    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-23T12:00:00Z"));
    private final ConsumerLag lag = new ConsumerLag(clock);
    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest");

    @BeforeEach
    void assigned() {
        consumer.assign(List.of(FIRST, SECOND));
        consumer.seek(FIRST, 10);
        consumer.seek(SECOND, 5);
        consumer.updateEndOffsets(Map.of(FIRST, 17L, SECOND, 5L));
    }

    @Test
    void itIsWhatWasNotPolledAndWhatWasPolledAndNotTaken() {
        consumer.pause(List.of(FIRST));

        lag.measure(consumer, Set.of(FIRST, SECOND, REVOKED), 3);

        assertThat(lag.records()).isEqualTo(7 + 3);
    }

    @Test
    void itIsMeasuredFourTimesAMinute() {
        lag.measure(consumer, Set.of(FIRST), 0);
        consumer.updateEndOffsets(Map.of(FIRST, 20L));

        clock.advance(Duration.ofSeconds(14));
        lag.measure(consumer, Set.of(FIRST), 0);
        assertThat(lag.records()).isEqualTo(7);

        clock.advance(Duration.ofSeconds(1));
        lag.measure(consumer, Set.of(FIRST), 0);
        assertThat(lag.records()).isEqualTo(10);
    }

    @Test
    void whereKafkaDoesNotAnswerItStaysAsItWas() {
        lag.measure(consumer, Set.of(FIRST), 0);
        clock.advance(Duration.ofSeconds(15));
        consumer.setOffsetsException(new KafkaException("Kafka does not answer"));

        lag.measure(consumer, Set.of(FIRST), 0);

        assertThat(lag.records()).isEqualTo(7);
    }
}
