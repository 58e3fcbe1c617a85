package dev.renderfleet.worker.intake;

import dev.renderfleet.worker.settle.WatchedThread;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Reads deferred records again and emits them, on a thread of its own with a consumer of its own, which is no group member. Begins to read
 * when a lane with deferred records has room. A record that cannot be read now is read later.
 */
final class DeferredReader implements AutoCloseable {

    /** Between looks at lanes when nothing has left the window. */
    private static final Duration IDLE = Duration.ofMillis(100);

    /** The same while nothing is deferred. A record that is deferred then has room after a release only. */
    private static final Duration IDLE_WITHOUT_RECORDS = Duration.ofSeconds(1);

    private static final Duration POLL_TIMEOUT = Duration.ofMillis(100);
    /** Time for one batch: a partition that cannot be read delays others by this at most, then it is left out for a while. */
    private static final Duration BATCH_TIMEOUT = Duration.ofSeconds(5);
    /** A longer gap between wanted records is skipped instead of read. */
    private static final int GAP_RECORDS_MAX = 1_000;

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final Lanes lanes;
    private final Window window;
    private final InstantSource clock;
    private final WatchedThread thread;
    private volatile boolean stopped;
    private volatile boolean closed;

    DeferredReader(Lanes lanes, InstantSource clock) {
        this.lanes = lanes;
        this.window = lanes.channel().window();
        this.clock = clock;
        this.thread = new WatchedThread("deferred-jobs", clock);
    }

    /** Starts the thread. Called once. {@code consumers} is asked for a consumer when the first record is to be read. */
    void start(Supplier<Consumer<byte[], byte[]>> consumers) {
        thread.start(() -> run(consumers));
    }

    WatchedThread thread() {
        return thread;
    }

    /** Emits nothing more. The thread runs on until {@link #close}: one that has ended shows a fault. */
    void stop() {
        stopped = true;
    }

    /** Stops, and ends the thread within seconds. */
    @Override
    public void close() {
        stop();
        closed = true;
        try {
            var _ = thread.join(CLOSE_TIMEOUT.multipliedBy(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run(Supplier<Consumer<byte[], byte[]>> consumers) {
        Consumer<byte[], byte[]> consumer = null;
        try {
            while (!closed) {
                thread.beat();
                long seen = window.releases();
                List<DeferredRecord> batch = stopped ? List.of() : lanes.next();
                if (batch.isEmpty()) {
                    var _ = window.awaitRelease(seen, lanes.deferred() == 0 ? IDLE_WITHOUT_RECORDS : IDLE);
                } else {
                    consumer = consumer == null ? consumers.get() : consumer;
                    read(consumer, batch);
                }
            }
        } catch (Throwable fault) {
            lanes.channel().fail("the reader of deferred jobs failed", fault);
        } finally {
            if (consumer != null) {
                consumer.close(CloseOptions.timeout(CLOSE_TIMEOUT));
            }
        }
    }

    /** Emits each record of the batch, or puts it back. */
    private void read(Consumer<byte[], byte[]> consumer, List<DeferredRecord> batch) {
        Map<TopicPartition, Deque<DeferredRecord>> wanted = new HashMap<>();
        batch.forEach(record -> wanted.computeIfAbsent(record.partition(), _ -> new ArrayDeque<>())
                .add(record));
        consumer.assign(wanted.keySet());
        wanted.forEach((partition, records) ->
                consumer.seek(partition, records.getFirst().offset()));
        Set<TopicPartition> silent = new HashSet<>(wanted.keySet());
        Instant latest = clock.instant().plus(BATCH_TIMEOUT);
        while (!stopped && !wanted.isEmpty() && clock.instant().isBefore(latest)) {
            for (ConsumerRecord<byte[], byte[]> read : consumer.poll(POLL_TIMEOUT)) {
                var partition = new TopicPartition(read.topic(), read.partition());
                silent.remove(partition);
                Deque<DeferredRecord> records = wanted.get(partition);
                if (records != null) {
                    emit(records, read);
                }
            }
            wanted.entrySet().removeIf(each -> !goOn(consumer, each.getKey(), each.getValue()));
        }
        silent.retainAll(wanted.keySet());
        if (!stopped && !silent.isEmpty()) {
            lanes.unreadable(silent);
        }
        List<DeferredRecord> unread = new ArrayList<>();
        wanted.values().forEach(unread::addAll);
        lanes.putBack(unread);
    }

    private void emit(Deque<DeferredRecord> wanted, ConsumerRecord<byte[], byte[]> read) {
        dropDeleted(wanted, read.offset());
        DeferredRecord first = wanted.peekFirst();
        if (first != null && first.offset() == read.offset()) {
            lanes.emit(wanted.removeFirst(), read);
        }
    }

    private void dropDeleted(Deque<DeferredRecord> wanted, long before) {
        while (!wanted.isEmpty() && wanted.getFirst().offset() < before) {
            lanes.deleted(wanted.removeFirst());
        }
    }

    /** Goes on to the next wanted record of that partition; false if there is none. */
    private boolean goOn(Consumer<byte[], byte[]> consumer, TopicPartition partition, Deque<DeferredRecord> wanted) {
        Long position = position(consumer, partition);
        if (position != null) {
            dropDeleted(wanted, position);
        }
        DeferredRecord next = wanted.peekFirst();
        if (next != null && position != null && next.offset() - position > GAP_RECORDS_MAX) {
            consumer.seek(partition, next.offset());
        }
        return next != null;
    }

    /** Null while it is looked up, after the offset asked for was deleted. */
    private static @Nullable Long position(Consumer<byte[], byte[]> consumer, TopicPartition partition) {
        try {
            return consumer.position(partition, Duration.ZERO);
        } catch (TimeoutException e) {
            return null;
        }
    }
}
