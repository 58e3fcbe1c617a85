package dev.renderfleet.worker.settle;

import dev.renderfleet.worker.failpoint.Failpoint;
import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.settle.Delivery.Assignment;
import dev.renderfleet.worker.settle.OutcomePublisher.Result;
import dev.renderfleet.worker.settle.StableOffsets.Commits;
import dev.renderfleet.worker.storage.Pause;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Commits outcomes and offsets, batched over a few milliseconds, on one thread. Settles records of owned partitions only: outcomes of
 * a revoked partition are settled before it goes, or discarded, since the next owner publishes them from the ledger. Safe for use by
 * many threads; assignments change on the consumer's thread.
 */
public final class Settler implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(Settler.class);
    private static final Duration BATCH_DELAY = Duration.ofMillis(2);
    private static final Duration RETRY = Duration.ofMillis(200);
    private static final Duration IDLE = Duration.ofMillis(100);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(20);
    /** A batch that also a slow Kafka commits within the transaction's time-out. */
    private static final int BATCH_OUTCOMES_MAX = 500;

    private static final long BATCH_BYTES_MAX = 4 << 20;

    private final OutcomePublisher publisher;
    private final StableOffsets committed;
    private final Failpoints failpoints;
    private final Pause pause;
    private final Runnable giveUp;
    private final InstantSource clock;
    private final WatchedThread thread;
    private final Ownership owned = new Ownership();
    /** Bounded by the window: each outcome belongs to a record in flight. */
    private final Queue<Finished> finished = new ConcurrentLinkedQueue<>();

    private final Semaphore finishedSignal = new Semaphore(0);
    /** Held during a transaction and during a revocation. Guards the fields below. */
    private final ReentrantLock settling = new ReentrantLock();

    private final List<Finished> pending = new ArrayList<>();

    private volatile @Nullable ConsumerGroupMetadata member;
    private volatile boolean closed;
    private volatile boolean failed;
    /** When the first of {@link #pending} finished. */
    private volatile @Nullable Instant pendingSince;

    /**
     * @param pause waits between attempts; only the end of the process ends it early
     * @param giveUp ends the process; called when settling fails permanently
     */
    Settler(
            OutcomePublisher publisher,
            StableOffsets committed,
            Failpoints failpoints,
            Pause pause,
            Runnable giveUp,
            InstantSource clock) {
        this.publisher = publisher;
        this.committed = committed;
        this.failpoints = failpoints;
        this.pause = pause;
        this.giveUp = giveUp;
        this.clock = clock;
        this.thread = new WatchedThread("settle", clock);
    }

    /** A finished record. {@code settled} completes with true once it is committed, with false once its partition is reassigned. */
    private record Finished(
            Delivery delivery,
            List<ProducerRecord<byte[], byte[]>> outcome,
            Instant since,
            CompletableFuture<Boolean> settled) {

        long bytes() {
            return outcome.stream().mapToLong(Finished::bytes).sum();
        }

        private static long bytes(ProducerRecord<byte[], byte[]> record) {
            long bytes = length(record.key()) + length(record.value());
            for (Header header : record.headers()) {
                bytes += header.key().length() + length(header.value());
            }
            return bytes;
        }

        private static long length(byte @Nullable [] bytes) {
            return bytes == null ? 0 : bytes.length;
        }
    }

    /** Starts the settling thread. Called once. */
    public void start() {
        thread.start(this::run);
    }

    /** The thread that settles. */
    public WatchedThread thread() {
        return thread;
    }

    /** How long the outcome that has waited longest has not been settled; zero if none waits. */
    public Duration unsettledFor() {
        Instant pended = pendingSince;
        Finished queued = finished.peek();
        Instant since = pended != null ? pended : queued == null ? null : queued.since();
        return since == null ? Duration.ZERO : Duration.between(since, clock.instant());
    }

    /** What to do with a consumed record. */
    public sealed interface Acceptance {
        /** Process it, under this assignment of its partition. */
        record Accepted(Assignment assignment) implements Acceptance {}

        /** Skip it: it was settled before, or its partition is not owned. */
        record AlreadySettled() implements Acceptance {}

        /** Offer it again later: the partition has too many open records. */
        record PartitionFull() implements Acceptance {}
    }

    /** Decides about a consumed record. Call in the order of offsets. */
    public Acceptance accept(TopicPartition partition, long offset) {
        return owned.accept(partition, offset);
    }

    /** Sets the member of the group that commits. Call after each poll. */
    public void member(ConsumerGroupMetadata now) {
        member = now;
    }

    /**
     * Begins assignments. Blocks until no open transaction of a former owner can change the committed offsets, half a minute at most.
     *
     * @return partitions that must not be processed, since their committed state cannot be read, with the reason
     */
    public Map<TopicPartition, String> assigned(Collection<TopicPartition> partitions) {
        return begin(partitions, committed.stable(partitions));
    }

    /** The same for partitions that were refused before, without blocking. */
    public Map<TopicPartition, String> assignedAgain(Collection<TopicPartition> partitions) {
        return begin(partitions, committed.now(partitions));
    }

    private Map<TopicPartition, String> begin(Collection<TopicPartition> partitions, Commits offsets) {
        Map<TopicPartition, String> refused = new HashMap<>();
        for (TopicPartition partition : partitions) {
            if (offsets.undecided().contains(partition)) {
                refused.put(partition, "a transaction that does not end holds its offsets");
                continue;
            }
            try {
                owned.begin(partition, offsets.commits().get(partition));
            } catch (ForeignMetadataException e) {
                refused.put(partition, String.valueOf(e.getMessage()));
            }
        }
        return refused;
    }

    /** Settles finished records, then ends the assignments. Blocks meanwhile. */
    public void revoked(Collection<TopicPartition> partitions) {
        settling.lock();
        try {
            settlePending();
            revoke(partitions);
        } finally {
            settling.unlock();
        }
    }

    /** Ends assignments that the group has already given to another worker; settles nothing. */
    public void lost(Collection<TopicPartition> partitions) {
        settling.lock();
        try {
            revoke(partitions);
        } finally {
            settling.unlock();
        }
    }

    /** The partitions that this worker owns now. */
    public Set<TopicPartition> owned() {
        return owned.all();
    }

    /** Blocks until the outcome is settled (true), or the record's partition is reassigned (false). */
    boolean settle(Delivery delivery, List<ProducerRecord<byte[], byte[]>> outcome) {
        return finish(delivery, outcome).join();
    }

    /** The same without blocking. */
    CompletableFuture<Boolean> finish(Delivery delivery, List<ProducerRecord<byte[], byte[]>> outcome) {
        var settled = new CompletableFuture<Boolean>();
        finished.add(new Finished(delivery, outcome, clock.instant(), settled));
        finishedSignal.release();
        if (failed) {
            discardAll();
        }
        return settled;
    }

    /**
     * Ends the thread after the current transaction; abandons it if Kafka does not answer within {@link #CLOSE_MAX}. Records that are not
     * settled stay open for another worker.
     */
    @Override
    public void close() {
        closed = true;
        try {
            if (!thread.join(CLOSE_MAX)) {
                LOG.warnf("Kafka does not answer, the open transaction ends by its time-out: waited=%s", CLOSE_MAX);
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        settling.lock();
        try {
            revoke(owned.all());
            publisher.close();
        } finally {
            settling.unlock();
        }
    }

    private void discardAll() {
        lost(owned.all());
    }

    private void run() {
        try {
            while (!closed) {
                thread.beat();
                if (finishedSignal.tryAcquire(IDLE.toMillis(), TimeUnit.MILLISECONDS)) {
                    settleBatch();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Throwable fault) {
            LOG.fatal("settling failed, this worker ends", fault);
            failed = true;
            discardAll();
            giveUp.run();
        }
    }

    /** Finished records stay in the queue until the lock is held, so that a revocation meanwhile settles them too. */
    private void settleBatch() {
        pause.pause(BATCH_DELAY);
        finishedSignal.drainPermits();
        while (!closed && !settledAll() && pause.pause(RETRY)) {
            thread.beat();
        }
    }

    private boolean settledAll() {
        settling.lock();
        try {
            settlePending();
            return pending.isEmpty();
        } finally {
            settling.unlock();
        }
    }

    /**
     * Settles all finished records, in as many transactions as needed, until one fails. After an unexpected exception settles nothing more:
     * the result of that transaction is unknown, and the next owner reads it from the committed offsets.
     */
    private void settlePending() {
        takeFinished();
        discardReassigned();
        ConsumerGroupMetadata as = member;
        if (failed || as == null) {
            return;
        }
        try {
            boolean published = true;
            while (published && !pending.isEmpty()) {
                published = settle(pending.subList(0, batchSize()), as);
            }
        } catch (Throwable fault) {
            failed = true;
            revoke(owned.all());
            throw fault;
        }
    }

    /** How many pending outcomes, from the first, fit into one transaction. */
    private int batchSize() {
        long bytes = 0;
        int count = 0;
        while (count < pending.size() && count < BATCH_OUTCOMES_MAX) {
            bytes += pending.get(count).bytes();
            if (count > 0 && bytes > BATCH_BYTES_MAX) {
                break;
            }
            count++;
        }
        return count;
    }

    /** Runs one transaction; removes from {@code batch} what is settled. */
    private boolean settle(List<Finished> batch, ConsumerGroupMetadata as) {
        Map<TopicPartition, List<Long>> settled = new HashMap<>();
        List<ProducerRecord<byte[], byte[]>> outcomes = new ArrayList<>();
        for (Finished each : batch) {
            settled.computeIfAbsent(each.delivery().partition(), _ -> new ArrayList<>())
                    .add(each.delivery().offset());
            outcomes.addAll(each.outcome());
        }
        return switch (publisher.publish(outcomes, owned.after(settled), as)) {
            case Result.Published() -> {
                owned.settled(settled);
                batch.forEach(each -> each.settled().complete(true));
                batch.clear();
                pendingChanged();
                failpoints.at(Failpoint.SETTLED);
                yield true;
            }
            case Result.NotPublished(var cause) -> {
                LOG.infof("transaction failed, retrying: outcomes=%d cause=%s", pending.size(), cause.toString());
                yield false;
            }
        };
    }

    private void takeFinished() {
        for (Finished next = finished.poll(); next != null; next = finished.poll()) {
            pending.add(next);
        }
        pendingChanged();
    }

    private void revoke(Collection<TopicPartition> partitions) {
        owned.end(partitions);
        takeFinished();
        discardReassigned();
    }

    private void discardReassigned() {
        pending.removeIf(each -> {
            boolean reassigned = !owned.covers(each.delivery());
            if (reassigned) {
                each.settled().complete(false);
            }
            return reassigned;
        });
        pendingChanged();
    }

    private void pendingChanged() {
        pendingSince = pending.isEmpty() ? null : pending.getFirst().since();
    }
}
