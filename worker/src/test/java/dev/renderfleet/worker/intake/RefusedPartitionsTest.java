package dev.renderfleet.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.settle.QuietSettler;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;

/** When partitions whose offsets could not be read are processed again, and from where. */
class RefusedPartitionsTest {

    private static final TopicPartition P0 = new TopicPartition(Topics.JOBS, 0);
    private static final TopicPartition P1 = new TopicPartition(Topics.JOBS, 1);

    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-23T12:00:00Z"));
    private final Map<TopicPartition, OffsetAndMetadata> commits = new HashMap<>(Map.of(
            P0, new OffsetAndMetadata(7, "of another client"), P1, new OffsetAndMetadata(8, "of another client")));
    private final RefusedPartitions refused = new RefusedPartitions(QuietSettler.make(commits), clock);

    /** The coordinator may be busy: a second request for the same offsets would end the worker if it timed out. */
    @Test
    void readsOnFromTheOffsetsThatItHasJustRead() {
        var consumer = new MockConsumer<byte[], byte[]>("earliest") {
            @Override
            public synchronized Map<TopicPartition, OffsetAndMetadata> committed(Set<TopicPartition> partitions) {
                throw new TimeoutException("the coordinator does not answer");
            }
        };
        consumer.assign(List.of(P0, P1));
        refused.begin(List.of(P0, P1));
        assertThat(refused.partitions()).containsExactlyInAnyOrder(P0, P1);
        assertThat(refused.retry(consumer)).as("too soon").isEmpty();

        commits.put(P0, new OffsetAndMetadata(5));
        clock.advance(Duration.ofSeconds(30));

        assertThat(refused.retry(consumer)).containsExactly(P0);
        assertThat(consumer.position(P0)).isEqualTo(5);
        assertThat(refused.partitions()).containsExactly(P1);

        commits.remove(P1);
        clock.advance(Duration.ofSeconds(30));
        assertThat(refused.retry(consumer)).containsExactly(P1);
        assertThat(consumer.position(P1)).as("nothing is committed").isZero();
    }
}
