package dev.renderfleet.worker.settle;

import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.storage.Pause;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * Commits outcomes and offsets, batched over a few milliseconds, on one thread. Settles records of owned partitions only: outcomes of
 * a revoked partition are settled before it goes, or discarded, since the next owner publishes them from the ledger. Safe for use by
 * many threads; assignments change on the consumer's thread.
 */
public final class Settler implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(Settler.class);
    private static final Duration BATCH_DELAY = Duration.ofMillis(2);
    private static final Duration RETRY = Duration.ofMillis(200);
    private static final Duration IDLE = Duration.ofSeconds(1);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(20);

    private final OutcomePublisher publisher;
    private final StableOffsets committed;
    private final Pause pause;
    private final Runnable giveUp;
    private final WatchedThread thread;
    private final Ownership owned = new Ownership();
    private final OutcomeCommitter committer;
    private final Semaphore finishedSignal = new Semaphore(0);
    /** Held during a transaction and during a revocation. */
    private final ReentrantLock settling = new ReentrantLock();

    private volatile boolean closed;

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
        this.pause = pause;
        this.giveUp = giveUp;
        this.thread = new WatchedThread("settle", clock);
        this.committer = new OutcomeCommitter(publisher, owned, failpoints, clock);
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
        return thread.fault().or(committer::stuck);
    }

    /** How long the outcome that has waited longest has not been settled, set aside or not; zero if none waits. */
    public Duration unsettledFor() {
        return committer.unsettledFor();
    }

    /** Outcomes that cannot be written. */
    public List<SetAsideOutcome> setAside() {
        return committer.setAside();
    }

    /** Whether so many cannot be written that more stay in the window. */
    public boolean isSetAsideFull() {
        return committer.isSetAsideFull();
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
            committer.step(partition);
            finishedSignal.release();
        }
    }

    /** Sets the member of the group that commits. Call after each poll. */
    public void member(ConsumerGroupMetadata now) {
        committer.member(now);
    }

    /** Begins assignments. Blocks until no open transaction of a former owner can change the committed offsets, half a minute at most. */
    public Beginnings assigned(Collection<TopicPartition> partitions) {
        return owned.begin(partitions, committed.stable(partitions));
    }

    /** The same for partitions that were refused before, without blocking. */
    public Beginnings assignedAgain(Collection<TopicPartition> partitions) {
        return owned.begin(partitions, committed.now(partitions));
    }

    /** Settles finished records, then ends the assignments. Blocks meanwhile. */
    public void revoked(Collection<TopicPartition> partitions) {
        settling.lock();
        try {
            committer.commit();
            committer.revoke(partitions);
        } finally {
            settling.unlock();
        }
    }

    /** Ends assignments that the group has already given to another worker; settles nothing. */
    public void lost(Collection<TopicPartition> partitions) {
        settling.lock();
        try {
            committer.revoke(partitions);
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
        FinishedRecord added = committer.add(delivery, outcome);
        finishedSignal.release();
        if (committer.failed()) {
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
        finishedSignal.release();
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
            committer.revoke(owned.all());
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
            prepare();
            while (!closed) {
                thread.beat();
                if (finishedSignal.tryAcquire(IDLE.toMillis(), TimeUnit.MILLISECONDS)
                        || !setAside().isEmpty()) {
                    settleBatch();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Throwable fault) {
            LOG.fatal("settling failed, this worker ends", fault);
            committer.fail();
            discardAll();
            giveUp.run();
        }
    }

    private void prepare() {
        settling.lock();
        try {
            publisher.prepare();
        } finally {
            settling.unlock();
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
            committer.commit();
            return committer.isEmpty();
        } finally {
            settling.unlock();
        }
    }
}
