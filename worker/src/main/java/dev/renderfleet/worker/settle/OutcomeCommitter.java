package dev.renderfleet.worker.settle;

import dev.renderfleet.worker.failpoint.Failpoint;
import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.settle.OutcomePublisher.Result;
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
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Commits finished outcomes and the offsets of their records in transactions, and discards those whose assignment has ended. Any thread
 * may {@link #add}, {@link #step} and ask for the state; the caller guards {@link #commit} and {@link #revoke} by one lock.
 */
final class OutcomeCommitter {

    private static final Logger LOG = Logger.getLogger(OutcomeCommitter.class);
    /** Without a settled outcome, while Kafka answers: then a restart is tried. */
    private static final Duration UNSETTLED_MAX = Duration.ofMinutes(15);

    private final OutcomePublisher publisher;
    private final Ownership owned;
    private final Failpoints failpoints;
    private final InstantSource clock;
    private final OutcomeQueue outcomes;
    /** Bounded by the window: each outcome belongs to a record in flight. */
    private final Queue<FinishedRecord> finished = new ConcurrentLinkedQueue<>();

    /** Partitions whose offset moves without an outcome. */
    private final Set<TopicPartition> stepped = ConcurrentHashMap.newKeySet();

    private volatile @Nullable ConsumerGroupMetadata member;
    private volatile boolean failed;
    /** Why the last transaction failed; null if it was committed. */
    private volatile @Nullable KafkaException failure;

    OutcomeCommitter(OutcomePublisher publisher, Ownership owned, Failpoints failpoints, InstantSource clock) {
        this.publisher = publisher;
        this.owned = owned;
        this.failpoints = failpoints;
        this.clock = clock;
        this.outcomes = new OutcomeQueue(clock);
    }

    FinishedRecord add(Delivery delivery, List<ProducerRecord<byte[], byte[]>> outcome) {
        FinishedRecord added = FinishedRecord.of(delivery, outcome, clock.instant());
        finished.add(added);
        return added;
    }

    /** The partition's offset is to be committed without an outcome. */
    void step(TopicPartition partition) {
        stepped.add(partition);
    }

    /** Sets the member of the group that commits. */
    void member(ConsumerGroupMetadata now) {
        member = now;
    }

    /** Commits nothing from now on. */
    void fail() {
        failed = true;
    }

    boolean failed() {
        return failed;
    }

    /** Whether no taken outcome waits, except those set aside. */
    boolean isEmpty() {
        return outcomes.isEmpty();
    }

    /** The fault that no outcome was settled for a quarter of an hour although Kafka answers. */
    Optional<String> stuck() {
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

    Duration unsettledFor() {
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

    List<SetAsideOutcome> setAside() {
        return outcomes.setAside();
    }

    boolean isSetAsideFull() {
        return outcomes.isFull();
    }

    /**
     * Settles all finished records, in as many transactions as needed, until one fails for a reason that may be Kafka's. After an unexpected
     * exception settles nothing more: the result of that transaction is unknown, and the next owner reads it from the committed offsets.
     */
    void commit() {
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
                commitSteps(as);
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
    private void commitSteps(ConsumerGroupMetadata as) {
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
    void revoke(Collection<TopicPartition> partitions) {
        owned.end(partitions);
        takeFinished();
        discardReassigned();
    }

    private void discardReassigned() {
        outcomes.discard(each -> !owned.covers(each.partition(), each.assignment()));
    }
}
