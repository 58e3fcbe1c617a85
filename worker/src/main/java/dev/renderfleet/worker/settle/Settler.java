package dev.renderfleet.worker.settle;

import dev.renderfleet.worker.chaos.Chaos;
import dev.renderfleet.worker.chaos.Failpoint;
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
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Settles what has finished, a few milliseconds' worth at a time, and only for partitions that this worker owns. OutcomeEvents of a
 * partition that is taken away are settled before it goes, or forgotten: its next owner finds them in the ledger.
 * Safe for use by many threads; the partitions come and go on the thread of the consumer.
 */
public final class Settler implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(Settler.class);
    private static final Duration GROUPED_OVER = Duration.ofMillis(2);
    private static final Duration RETRY = Duration.ofMillis(200);
    private static final Duration IDLE = Duration.ofMillis(100);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(20);
    /** What a slow Kafka takes, too, while a transaction lasts. */
    private static final int TOGETHER_MAX = 500;

    private static final long TOGETHER_BYTES_MAX = 4 << 20;

    private final OutcomePublisher publisher;
    private final StableOffsets committed;
    private final Chaos chaos;
    private final Pause pause;
    private final Runnable giveUp;
    private final InstantSource clock;
    private final WatchedThread thread;
    private final Ownership owned = new Ownership();
    /** Bounded by the window: each outcome is a record in hand. */
    private final Queue<Finished> finished = new ConcurrentLinkedQueue<>();

    private final Semaphore arrived = new Semaphore(0);
    /** Held for a whole transaction, and while partitions go. Guards what follows. */
    private final ReentrantLock settling = new ReentrantLock();

    private final List<Finished> pending = new ArrayList<>();

    private volatile @Nullable ConsumerGroupMetadata member;
    private volatile boolean closed;
    private volatile boolean failed;
    /** Since when the first of {@link #pending} waits. */
    private volatile @Nullable Instant pendingSince;

    /**
     * @param pause waits between tries; ended by nothing but the end of the process
     * @param giveUp ends the process: called when settling fails for good
     */
    Settler(
            OutcomePublisher publisher,
            StableOffsets committed,
            Chaos chaos,
            Pause pause,
            Runnable giveUp,
            InstantSource clock) {
        this.publisher = publisher;
        this.committed = committed;
        this.chaos = chaos;
        this.pause = pause;
        this.giveUp = giveUp;
        this.clock = clock;
        this.thread = new WatchedThread("settle", clock);
    }

    /** A record's outcome on its way: true once it is settled, false once the record is another worker's. */
    private record Finished(
            Delivery delivery,
            List<ProducerRecord<byte[], byte[]>> outcome,
            Instant since,
            CompletableFuture<Boolean> settled) {

        long bytes() {
            return outcome.stream().mapToLong(record -> record.value().length).sum();
        }
    }

    /** Begins to settle, on a thread of its own. Called once. */
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

    /** What to do with a record; a tenure comes with those to be taken. */
    public sealed interface Arrival {
        /** To be taken. */
        record Taken(Assignment tenure) implements Arrival {}

        /** Settled before; nothing is to be done. */
        record Settled() implements Arrival {}

        /** To be offered again later: too much of this partition is open. */
        record NoRoom() implements Arrival {}
    }

    /** A record of an owned partition, in the order of offsets. */
    public Arrival arrive(TopicPartition partition, long offset) {
        return owned.arrive(partition, offset);
    }

    /** As which member of the group this worker settles; told after each poll. */
    public void member(ConsumerGroupMetadata now) {
        member = now;
    }

    /**
     * These partitions are ours now. Blocks until no transaction of a former owner can change what was settled, within bounds.
     *
     * @return those whose committed state cannot be read, with the reason; they must not be processed
     */
    public Map<TopicPartition, String> assigned(Collection<TopicPartition> partitions) {
        return begin(partitions, committed.stable(partitions));
    }

    /** The same for partitions that were refused, without waiting: what held them may have ended. */
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

    /** These partitions go to another worker: settles what has finished, then lets go. Blocks meanwhile. */
    public void revoked(Collection<TopicPartition> partitions) {
        settling.lock();
        try {
            settlePending();
            forget(partitions);
        } finally {
            settling.unlock();
        }
    }

    /** These partitions are another worker's already. */
    public void lost(Collection<TopicPartition> partitions) {
        settling.lock();
        try {
            forget(partitions);
        } finally {
            settling.unlock();
        }
    }

    /** Partitions of this worker, now. */
    public Set<TopicPartition> owned() {
        return owned.all();
    }

    /** Blocks until the outcome is settled (true), or the record is another worker's (false). */
    boolean settle(Delivery delivery, List<ProducerRecord<byte[], byte[]>> outcome) {
        return finish(delivery, outcome).join();
    }

    /** The same; returns at once. */
    CompletableFuture<Boolean> finish(Delivery delivery, List<ProducerRecord<byte[], byte[]>> outcome) {
        var settled = new CompletableFuture<Boolean>();
        finished.add(new Finished(delivery, outcome, clock.instant(), settled));
        arrived.release();
        if (failed) {
            forgetAll();
        }
        return settled;
    }

    /**
     * Ends the thread after the transaction at hand, or leaves it behind when Kafka does not answer for {@link #CLOSE_MAX}. What has not been
     * settled stays open, for another worker.
     */
    @Override
    public void close() {
        closed = true;
        try {
            if (!thread.join(CLOSE_MAX)) {
                LOG.warnf("Kafka did not answer a transaction within %s; it ends by its time-out", CLOSE_MAX);
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        settling.lock();
        try {
            forget(owned.all());
            publisher.close();
        } finally {
            settling.unlock();
        }
    }

    private void forgetAll() {
        lost(owned.all());
    }

    private void run() {
        try {
            while (!closed) {
                thread.beat();
                if (arrived.tryAcquire(IDLE.toMillis(), TimeUnit.MILLISECONDS)) {
                    settleGroup();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Throwable fault) {
            LOG.fatal("settling failed; this worker ends, others tell its outcomes", fault);
            failed = true;
            forgetAll();
            giveUp.run();
        }
    }

    /** What has finished stays in the queue until the lock is held: partitions that go meanwhile take it along. */
    private void settleGroup() {
        pause.pause(GROUPED_OVER);
        arrived.drainPermits();
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
     * All that has finished so far, in as many transactions as it takes; ends with the first that fails. After a fault that nobody foresaw
     * nothing is settled any more: what became of those outcomes is not known, and others find it out.
     */
    private void settlePending() {
        takeFinished();
        forgetWhatIsNotOurs();
        ConsumerGroupMetadata as = member;
        if (failed || as == null) {
            return;
        }
        try {
            boolean published = true;
            while (published && !pending.isEmpty()) {
                published = settle(pending.subList(0, fitting()), as);
            }
        } catch (Throwable fault) {
            failed = true;
            forget(owned.all());
            throw fault;
        }
    }

    /** How many of the pending outcomes, the first ones, go into one transaction. */
    private int fitting() {
        long bytes = 0;
        int count = 0;
        while (count < pending.size() && count < TOGETHER_MAX) {
            bytes += pending.get(count).bytes();
            if (count > 0 && bytes > TOGETHER_BYTES_MAX) {
                break;
            }
            count++;
        }
        return count;
    }

    /** One transaction; what is settled is taken out of {@code group}. */
    private boolean settle(List<Finished> group, ConsumerGroupMetadata as) {
        Map<TopicPartition, List<Long>> settled = new HashMap<>();
        List<ProducerRecord<byte[], byte[]>> outcomes = new ArrayList<>();
        for (Finished each : group) {
            settled.computeIfAbsent(each.delivery().partition(), _ -> new ArrayList<>())
                    .add(each.delivery().offset());
            outcomes.addAll(each.outcome());
        }
        return switch (publisher.publish(outcomes, owned.after(settled), as)) {
            case Result.Published() -> {
                owned.settled(settled);
                group.forEach(each -> each.settled().complete(true));
                group.clear();
                pendingChanged();
                chaos.at(Failpoint.SETTLED);
                yield true;
            }
            case Result.NotPublished(var cause) -> {
                LOG.infof("%d outcomes are not settled yet: %s", pending.size(), cause.toString());
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

    private void forget(Collection<TopicPartition> partitions) {
        owned.end(partitions);
        takeFinished();
        forgetWhatIsNotOurs();
    }

    private void forgetWhatIsNotOurs() {
        pending.removeIf(each -> {
            boolean another = !owned.covers(each.delivery());
            if (another) {
                each.settled().complete(false);
            }
            return another;
        });
        pendingChanged();
    }

    private void pendingChanged() {
        pendingSince = pending.isEmpty() ? null : pending.getFirst().since();
    }
}
