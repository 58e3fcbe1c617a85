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
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
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
    /** Without a settled outcome, while Kafka answers: then a restart is tried. */
    private static final Duration UNSETTLED_MAX = Duration.ofMinutes(15);

    private final OutcomePublisher publisher;
    private final StableOffsets committed;
    private final Failpoints failpoints;
    private final Pause pause;
    private final Runnable giveUp;
    private final InstantSource clock;
    private final WatchedThread thread;
    private final Ownership owned = new Ownership();
    /** Bounded by the window: each outcome belongs to a record in flight. */
    private final Queue<FinishedRecord> finished = new ConcurrentLinkedQueue<>();

    /** Partitions whose offset moves without an outcome. */
    private final Set<TopicPartition> stepped = ConcurrentHashMap.newKeySet();

    private final Semaphore finishedSignal = new Semaphore(0);
    /** Held during a transaction and during a revocation. Guards {@link #outcomes}. */
    private final ReentrantLock settling = new ReentrantLock();

    private final OutcomeQueue outcomes;

    private volatile @Nullable ConsumerGroupMetadata member;
    private volatile boolean closed;
    private volatile boolean failed;
    /** Why the last transaction failed; null if it was committed. */
    private volatile @Nullable KafkaException failure;

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
        this.outcomes = new OutcomeQueue(clock);
    }

    /** Starts the settling thread. Called once. */
    public void start() {
        thread.start(this::run);
    }

    /**
     * A fault that a restart may repair: the thread has ended or makes no progress, or no outcome was settled for a quarter of an hour
     * although Kafka answers. Kafka unavailable and an outcome that cannot be written are no such faults.
     */
    public Optional<String> fault() {
        return thread.fault().or(this::stuck);
    }

    private Optional<String> stuck() {
        KafkaException cause = failure;
        Instant since = outcomes.pendingSince();
        if (cause == null || since == null || WriteFailure.isKafkaAway(cause) || WriteFailure.isRefusal(cause)) {
            return Optional.empty();
        }
        Duration age = Duration.between(since, clock.instant());
        return age.compareTo(UNSETTLED_MAX) > 0
                ? Optional.of("no outcome settled for " + age.toSeconds() + " s: " + WriteFailure.reason(cause))
                : Optional.empty();
    }

    /** How long the outcome that has waited longest has not been settled, set aside or not; zero if none waits. */
    public Duration unsettledFor() {
        FinishedRecord queued = finished.peek();
        return Stream.of(
                        Optional.ofNullable(outcomes.pendingSince()),
                        Optional.ofNullable(queued).map(FinishedRecord::since),
                        outcomes.setAside().stream().map(SetAsideOutcome::since).min(Comparator.naturalOrder()))
                .flatMap(Optional::stream)
                .min(Comparator.naturalOrder())
                .map(since -> Duration.between(since, clock.instant()))
                .orElse(Duration.ZERO);
    }

    /** Outcomes that cannot be written. */
    public List<SetAsideOutcome> setAside() {
        return outcomes.setAside();
    }

    /** Whether so many cannot be written that more stay in the window. */
    public boolean isSetAsideFull() {
        return outcomes.isFull();
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

    /**
     * All records of an owned partition before that position have been offered to {@link #accept}. So what follows the last of them are
     * markers of transactions and deleted records: they are stepped over, and the lag of a partition that is idle is 0.
     */
    public void reached(TopicPartition partition, long position) {
        if (owned.reached(partition, position)) {
            stepped.add(partition);
            finishedSignal.release();
        }
    }

    /** Sets the member of the group that commits. Call after each poll. */
    public void member(ConsumerGroupMetadata now) {
        member = now;
    }

    /**
     * Assignments that begin, or do not.
     *
     * @param begun the offsets to read from, 0 where nothing is committed
     * @param refused partitions that must not be processed, since their committed state cannot be read, with the reason
     */
    public record Beginnings(Map<TopicPartition, OffsetAndMetadata> begun, Map<TopicPartition, String> refused) {}

    /** Begins assignments. Blocks until no open transaction of a former owner can change the committed offsets, half a minute at most. */
    public Beginnings assigned(Collection<TopicPartition> partitions) {
        return begin(partitions, committed.stable(partitions));
    }

    /** The same for partitions that were refused before, without blocking. */
    public Beginnings assignedAgain(Collection<TopicPartition> partitions) {
        return begin(partitions, committed.now(partitions));
    }

    private Beginnings begin(Collection<TopicPartition> partitions, Commits offsets) {
        var beginnings = new Beginnings(new HashMap<>(), new HashMap<>());
        for (TopicPartition partition : partitions) {
            if (offsets.undecided().contains(partition)) {
                beginnings.refused().put(partition, "a transaction that does not end holds its offsets");
                continue;
            }
            OffsetAndMetadata offset = offsets.commits().getOrDefault(partition, new OffsetAndMetadata(0));
            try {
                owned.begin(partition, offset);
                beginnings.begun().put(partition, offset);
            } catch (ForeignMetadataException e) {
                beginnings.refused().put(partition, String.valueOf(e.getMessage()));
            }
        }
        return beginnings;
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

    /** Settles the outcome, without blocking. */
    FinishedRecord finish(Delivery delivery, List<ProducerRecord<byte[], byte[]>> outcome) {
        FinishedRecord added = FinishedRecord.of(delivery, outcome, clock.instant());
        finished.add(added);
        finishedSignal.release();
        if (failed) {
            discardAll();
        }
        return added;
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
                LOG.warnf("Kafka does not answer, the open transaction ends by its time-out, waited=%s", CLOSE_MAX);
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
                if (finishedSignal.tryAcquire(IDLE.toMillis(), TimeUnit.MILLISECONDS)
                        || !outcomes.setAside().isEmpty()) {
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
            return outcomes.isEmpty();
        } finally {
            settling.unlock();
        }
    }

    /**
     * Settles all finished records, in as many transactions as needed, until one fails for a reason that may be Kafka's. After an unexpected
     * exception settles nothing more: the result of that transaction is unknown, and the next owner reads it from the committed offsets.
     */
    private void settlePending() {
        takeFinished();
        discardReassigned();
        ConsumerGroupMetadata as = member;
        if (failed || as == null) {
            return;
        }
        if (outcomes.isRetryDue()) {
            outcomes.retrySetAside();
        }
        try {
            boolean goOn = true;
            while (goOn && !outcomes.isEmpty()) {
                goOn = settle(outcomes.batch(), as);
            }
            if (goOn) {
                step(as);
            }
        } catch (Throwable fault) {
            failed = true;
            revoke(owned.all());
            throw fault;
        }
    }

    /** Runs one transaction. Returns whether to go on at once. */
    private boolean settle(List<FinishedRecord> batch, ConsumerGroupMetadata as) {
        Map<TopicPartition, List<Long>> settled = new HashMap<>();
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (FinishedRecord each : batch) {
            settled.computeIfAbsent(each.partition(), _ -> new ArrayList<>()).add(each.offset());
            records.addAll(each.outcome());
        }
        return switch (publisher.publish(records, owned.after(settled), as)) {
            case Result.Published() -> {
                owned.settled(settled);
                failure = null;
                outcomes.settled(batch);
                failpoints.at(Failpoint.SETTLED);
                yield true;
            }
            case Result.NotPublished(var cause) -> {
                LOG.infof(
                        "transaction failed, outcomes=%d of %d, cause=%s",
                        batch.size(), outcomes.size(), WriteFailure.reason(cause));
                failure = cause;
                yield outcomes.failed(batch, cause);
            }
        };
    }

    /** Commits offsets alone, in a transaction of their own: they may equal the committed ones, which says nothing about outcomes. */
    private void step(ConsumerGroupMetadata as) {
        Map<TopicPartition, List<Long>> due = new HashMap<>();
        for (TopicPartition partition : Set.copyOf(stepped)) {
            stepped.remove(partition);
            if (owned.all().contains(partition)) {
                due.put(partition, List.of());
            }
        }
        // If that fails, the next poll finds them again.
        if (!due.isEmpty() && publisher.publish(List.of(), owned.after(due), as) instanceof Result.Published) {
            owned.settled(due);
        }
    }

    private void takeFinished() {
        List<FinishedRecord> taken = new ArrayList<>();
        for (FinishedRecord next = finished.poll(); next != null; next = finished.poll()) {
            taken.add(next);
        }
        outcomes.addAll(taken);
    }

    /** Ends the assignments, and discards the outcomes that have finished under them. */
    private void revoke(Collection<TopicPartition> partitions) {
        owned.end(partitions);
        takeFinished();
        discardReassigned();
    }

    private void discardReassigned() {
        outcomes.discard(each -> !owned.covers(each.partition(), each.assignment()));
    }
}
