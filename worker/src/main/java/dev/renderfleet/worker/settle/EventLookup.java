package dev.renderfleet.worker.settle;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.worker.ledger.PublishedOutcomes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Looks for outcomes among the committed events of {@code render.events}. Makes its consumer when it is first needed. Safe for use by
 * many threads; one looks at a time.
 */
public final class EventLookup implements PublishedOutcomes, AutoCloseable {

    private static final Logger LOG = Logger.getLogger(EventLookup.class);

    /** Between the store's clock, by which an outcome is dated, and those of the workers, by which events are. */
    private static final Duration CLOCK_SKEW_MAX = Duration.ofMinutes(1);
    /** To read events, and for each request before that. */
    private static final Duration LOOKUP_MAX = Duration.ofSeconds(2);

    private static final Duration POLL_TIMEOUT = Duration.ofMillis(100);
    /** After a failure, such as a missing right. */
    private static final Duration RETRY = Duration.ofSeconds(30);
    /** About 200 bytes each, and one poll more: after a reset of offsets, one look-up reads the events of many jobs. */
    private static final int IDS_MAX = 10_000;

    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    /** Timestamps in milliseconds of first events that were read, by id. */
    private final Map<String, Long> events = new HashMap<>();

    private @Nullable Consumer<byte[], byte[]> consumer;
    private Instant retryAt = Instant.MIN;

    /** @param consumers makes a {@code read_committed} consumer without a group */
    public EventLookup(Supplier<Consumer<byte[], byte[]>> consumers, InstantSource clock) {
        this.consumers = consumers;
        this.clock = clock;
    }

    @Override
    public boolean has(RenderEvent outcome, String record, Instant since) {
        String id = CloudEvents.eventId(outcome, record);
        long from = Math.max(0, since.minus(CLOCK_SKEW_MAX).toEpochMilli());
        lock.lock();
        try {
            return isRead(id, from) || (!clock.instant().isBefore(retryAt) && isFound(id, from));
        } catch (KafkaException e) {
            retryAt = clock.instant().plus(RETRY);
            LOG.warnf(
                    "published events not read, after a reset of offsets events come again without replay, topic=%s cause=%s",
                    Topics.EVENTS, e.toString());
            return false;
        } finally {
            lock.unlock();
        }
    }

    private boolean isRead(String id, long from) {
        return events.getOrDefault(id, Long.MIN_VALUE) >= from;
    }

    /** Reads all partitions, since the number of them may have changed. */
    private boolean isFound(String id, long from) {
        Consumer<byte[], byte[]> reader = consumer == null ? consumers.get() : consumer;
        consumer = reader;
        Map<TopicPartition, Long> times = reader.partitionsFor(Topics.EVENTS, LOOKUP_MAX).stream()
                .collect(Collectors.toMap(each -> new TopicPartition(each.topic(), each.partition()), _ -> from));
        Map<TopicPartition, OffsetAndTimestamp> begins = new HashMap<>(reader.offsetsForTimes(times, LOOKUP_MAX));
        begins.values().removeIf(Objects::isNull);
        reader.assign(begins.keySet());
        begins.forEach((partition, begin) -> reader.seek(partition, begin.offset()));
        Map<TopicPartition, Long> ends = reader.endOffsets(begins.keySet(), LOOKUP_MAX);
        Instant latest = clock.instant().plus(LOOKUP_MAX);
        while (!isRead(id, from)
                && clock.instant().isBefore(latest)
                && ends.entrySet().stream()
                        .anyMatch(end -> reader.position(end.getKey(), LOOKUP_MAX) < end.getValue())) {
            ConsumerRecords<byte[], byte[]> polled = reader.poll(POLL_TIMEOUT);
            if (events.size() > IDS_MAX) {
                events.clear();
            }
            polled.forEach(this::remember);
        }
        return isRead(id, from);
    }

    /** A replay is left out: it may have been published for another record, while the first event was not published yet. */
    private void remember(ConsumerRecord<byte[], byte[]> event) {
        Header id = event.headers().lastHeader(CloudEvents.ID);
        if (id != null && id.value() != null && event.headers().lastHeader(CloudEvents.REPLAY) == null) {
            events.merge(new String(id.value(), UTF_8), event.timestamp(), Math::max);
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (consumer != null) {
                consumer.close(CloseOptions.timeout(LOOKUP_MAX));
            }
        } finally {
            lock.unlock();
        }
    }
}
