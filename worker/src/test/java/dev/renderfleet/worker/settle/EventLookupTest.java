package dev.renderfleet.worker.settle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.worker.CapturedLog;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.ledger.FinalOutcomes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a worker knows of earlier events: where it is not certain, an outcome counts as not published. */
class EventLookupTest {

    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final RenderEvent OUTCOME = FinalOutcomes.completed(NOW);
    private static final String RECORD = "render.jobs/0/7";

    private final SettableClock clock = new SettableClock(NOW.plus(Duration.ofDays(1)));
    private final EventLog kafka = new EventLog();
    private final EventLookup lookup = new EventLookup(() -> kafka, clock);

    @AfterEach
    void close() {
        lookup.close();
        assertThat(kafka.closed()).isTrue();
    }

    @Test
    void anOutcomeIsFoundInAnyPartitionByItsId() {
        for (int partition = 0; partition < 3; partition++) {
            kafka.publish(partition, "render.jobs/0/1" + partition, NOW, false);
        }
        kafka.publish(2, RECORD, NOW, false);

        assertThat(lookup.has(OUTCOME, RECORD, NOW)).isTrue();
        assertThat(lookup.has(OUTCOME, "render.jobs/0/8", NOW)).isFalse();
    }

    /** It was published for another record, perhaps before the crash that left the first event unpublished. */
    @Test
    void aReplayIsNoProofOfTheFirstEvent() {
        kafka.publish(0, RECORD, NOW, true);

        assertThat(lookup.has(OUTCOME, RECORD, NOW)).isFalse();
    }

    /** Another outcome had its id: in a topic that was created anew, or before the ledger entry was deleted. */
    @Test
    void anEventOfLongBeforeTheOutcomeIsNotItsOwn() {
        kafka.publish(0, RECORD, NOW.minusSeconds(61), false);

        assertThat(lookup.has(OUTCOME, RECORD, NOW)).isFalse();
        assertThat(lookup.has(OUTCOME, RECORD, NOW.minusSeconds(1)))
                .as("clocks differ by a minute at most")
                .isTrue();
        assertThat(lookup.has(OUTCOME, RECORD, NOW))
                .as("although it was read meanwhile")
                .isFalse();
    }

    @Test
    void theEventsOfManyJobsAreReadOnce() {
        IntStream.range(0, 400)
                .forEach(job -> kafka.publish(job % 3, "render.jobs/0/" + job, NOW.plusSeconds(job), false));

        assertThat(IntStream.range(0, 400))
                .allMatch(job -> lookup.has(OUTCOME, "render.jobs/0/" + job, NOW.plusSeconds(job)));

        // Each look-up that reads begins a minute before: 60 events again, 60 new ones.
        assertThat(kafka.polls).isLessThanOrEqualTo(2 * 400 / EventLog.RECORDS_PER_POLL + 3);
    }

    @Test
    void foreignRecordsAreSkipped() {
        kafka.publish(0, null, NOW, false);
        kafka.publish(0, RECORD, NOW, false);

        assertThat(lookup.has(OUTCOME, RECORD, NOW)).isTrue();
    }

    @Test
    void withoutTheRightToReadNothingIsFoundAndKafkaIsAskedEveryHalfMinute() {
        kafka.publish(0, RECORD, NOW, false);
        kafka.mayRead = false;
        try (var log = new CapturedLog(EventLookup.class)) {
            IntStream.range(0, 5)
                    .forEach(_ -> assertThat(lookup.has(OUTCOME, RECORD, NOW)).isFalse());

            assertThat(log.lines()).singleElement().asString().contains("render.events", "not authorized");
        }
        assertThat(kafka.polls).isEqualTo(1);
        kafka.mayRead = true;
        clock.advance(Duration.ofSeconds(30));

        assertThat(lookup.has(OUTCOME, RECORD, NOW)).isTrue();
    }

    @Test
    void aLongTopicIsReadForTwoSecondsAtMost() {
        IntStream.range(0, 1_000).forEach(job -> kafka.publish(0, "render.jobs/1/" + job, NOW, false));
        kafka.publish(0, RECORD, NOW, false);
        kafka.pollTime = Duration.ofMillis(500);

        assertThat(lookup.has(OUTCOME, RECORD, NOW)).isFalse();
        assertThat(kafka.polls).isEqualTo(4);
    }

    /** Three partitions in memory, read a few records at a time. */
    private final class EventLog extends MockConsumer<byte[], byte[]> {
        private static final int RECORDS_PER_POLL = 60;

        private final List<List<ConsumerRecord<byte[], byte[]>>> logs =
                List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        private boolean mayRead = true;
        private Duration pollTime = Duration.ZERO;
        private int polls;

        EventLog() {
            super("earliest");
        }

        /** @param cause the record that led to the event; null: it is no event */
        private void publish(int partition, @Nullable String cause, Instant at, boolean replay) {
            List<ConsumerRecord<byte[], byte[]>> log = logs.get(partition);
            var record = new ConsumerRecord<byte[], byte[]>(
                    Topics.EVENTS,
                    partition,
                    log.size(),
                    at.toEpochMilli(),
                    TimestampType.CREATE_TIME,
                    0,
                    0,
                    new byte[0],
                    new byte[0],
                    new RecordHeaders(),
                    Optional.empty());
            record.headers()
                    .add(
                            CloudEvents.ID,
                            cause == null
                                    ? null
                                    : CloudEvents.eventId(OUTCOME, cause).getBytes(UTF_8));
            if (replay) {
                record.headers().add(CloudEvents.REPLAY, "true".getBytes(UTF_8));
            }
            log.add(record);
        }

        @Override
        public synchronized List<PartitionInfo> partitionsFor(String topic, Duration timeout) {
            return IntStream.range(0, logs.size())
                    .mapToObj(partition -> new PartitionInfo(topic, partition, null, null, null))
                    .toList();
        }

        @Override
        public synchronized Map<TopicPartition, OffsetAndTimestamp> offsetsForTimes(
                Map<TopicPartition, Long> times, Duration timeout) {
            Map<TopicPartition, OffsetAndTimestamp> found = new HashMap<>();
            times.forEach((partition, time) -> found.put(
                    partition,
                    logs.get(partition.partition()).stream()
                            .filter(record -> record.timestamp() >= time)
                            .findFirst()
                            .map(record -> new OffsetAndTimestamp(record.offset(), record.timestamp()))
                            .orElse(null)));
            return found;
        }

        @Override
        public synchronized Map<TopicPartition, Long> endOffsets(
                Collection<TopicPartition> partitions, Duration timeout) {
            return partitions.stream().collect(Collectors.toMap(Function.identity(), each ->
                    (long) logs.get(each.partition()).size()));
        }

        @Override
        public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
            polls++;
            clock.advance(pollTime);
            if (!mayRead) {
                throw new TopicAuthorizationException("not authorized");
            }
            Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> read = new HashMap<>();
            for (TopicPartition partition : assignment()) {
                List<ConsumerRecord<byte[], byte[]>> records = logs.get(partition.partition()).stream()
                        .skip(position(partition))
                        .limit(RECORDS_PER_POLL / logs.size())
                        .toList();
                read.put(partition, records);
                seek(partition, position(partition) + records.size());
            }
            return new ConsumerRecords<>(read, Map.of());
        }
    }
}
