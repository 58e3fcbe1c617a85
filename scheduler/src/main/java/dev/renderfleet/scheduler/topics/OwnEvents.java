package dev.renderfleet.scheduler.topics;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.scheduler.leader.Duty;
import dev.renderfleet.scheduler.leader.Term;
import dev.renderfleet.scheduler.store.OffsetStore;
import dev.renderfleet.scheduler.store.OutboxRow;
import dev.renderfleet.scheduler.store.OutboxStore;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the scheduler's own outcomes, each once. A producer that begins fences the former one, which ends its transaction; then it
 * waits until the outcomes loop has read the topic up to there. What is in the outbox after that was not published for certain. Dead
 * letters without event may be published twice after a crash.
 */
public final class OwnEvents implements Duty {

    /** The source of these events. */
    public static final String SOURCE = "/renderfleet/scheduler";

    private static final String TRANSACTIONAL_ID = "renderfleet/scheduler";
    private static final int ROWS_PER_TRANSACTION_MAX = 500;
    private static final Duration IDLE_WAIT = Duration.ofMillis(100);

    private final KafkaParts kafka;
    private final OutboxStore outbox;
    private final OffsetStore offsets;

    public OwnEvents(KafkaParts kafka, OutboxStore outbox, OffsetStore offsets) {
        this.kafka = kafka;
        this.outbox = outbox;
        this.offsets = offsets;
    }

    @Override
    public String name() {
        return "own-events";
    }

    @Override
    public Run begin(Term term) {
        Producer<byte[], byte[]> producer = kafka.transactional(TRANSACTIONAL_ID);
        try {
            producer.initTransactions();
            return new Publishing(term, producer, ends());
        } catch (RuntimeException e) {
            producer.close(Duration.ZERO);
            throw e;
        }
    }

    /** Where events end now, also those of a former leader that an open transaction of a worker hides. */
    private Map<Integer, Long> ends() {
        try (Consumer<byte[], byte[]> consumer = kafka.uncommittedReader()) {
            List<TopicPartition> all = consumer.partitionsFor(Topics.EVENTS).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            Map<Integer, Long> ends = new HashMap<>();
            consumer.endOffsets(all).forEach((partition, end) -> ends.put(partition.partition(), end));
            return ends;
        }
    }

    private final class Publishing implements Run {

        private final Term term;
        private final Producer<byte[], byte[]> producer;
        private final Map<Integer, Long> unread;
        private final Set<String> published = new HashSet<>();

        Publishing(Term term, Producer<byte[], byte[]> producer, Map<Integer, Long> unread) {
            this.term = term;
            this.producer = producer;
            this.unread = unread;
        }

        @Override
        public void step() {
            if (!unread.isEmpty()) {
                Map<Integer, Long> read = offsets.offsets(Topics.EVENTS);
                unread.entrySet().removeIf(end -> read.getOrDefault(end.getKey(), 0L) >= end.getValue());
            }
            List<OutboxRow> rows = unread.isEmpty() ? outbox.next(published, ROWS_PER_TRANSACTION_MAX) : List.of();
            if (rows.isEmpty()) {
                LockSupport.parkNanos(IDLE_WAIT.toNanos());
                return;
            }
            producer.beginTransaction();
            rows.forEach(this::send);
            producer.commitTransaction();
            rows.forEach(row -> published.add(row.id()));
            outbox.published(
                    term.epoch(),
                    rows.stream()
                            .filter(row -> row.event() == null)
                            .map(OutboxRow::id)
                            .toList());
            if (published.size() > 2 * ROWS_PER_TRANSACTION_MAX) {
                published.retainAll(outbox.ids());
            }
        }

        private void send(OutboxRow row) {
            OutboxRow.OwnEvent event = row.event();
            if (event != null) {
                send(Topics.EVENTS, event.jobId().getBytes(UTF_8), event.headers(), event.value());
            }
            OutboxRow.DeadLetter letter = row.letter();
            if (letter != null) {
                send(Topics.JOBS_DLQ, letter.key(), letter.headers(), letter.value());
            }
        }

        private void send(String topic, byte @Nullable [] key, Map<String, String> headers, byte @Nullable [] value) {
            var record = new ProducerRecord<>(topic, key, value);
            headers.forEach((name, text) -> record.headers().add(name, text.getBytes(UTF_8)));
            // A failed one fails the commit.
            var _ = producer.send(record);
        }

        @Override
        public void close() {
            // An open transaction is left to the next producer, which aborts it.
            producer.close(Duration.ZERO);
        }
    }
}
