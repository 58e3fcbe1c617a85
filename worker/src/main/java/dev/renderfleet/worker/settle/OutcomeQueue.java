package dev.renderfleet.worker.settle;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.kafka.common.KafkaException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Outcomes that wait to be settled, in batches. After a failed transaction batches are halved, and doubled with each success, so that an
 * outcome that cannot be written is alone in its batch at last. It is then set aside: its record stays open and it is tried again every
 * {@link #SET_ASIDE_RETRY}, while the others are settled (ADR 16). Changed by one thread at a time; {@link #setAside}, {@link #isFull}
 * and the ages may be read by any.
 */
final class OutcomeQueue {

    /** A batch that also a slow Kafka commits within the transaction's time-out. */
    static final int BATCH_OUTCOMES_MAX = 500;

    static final long BATCH_BYTES_MAX = 4 << 20;
    static final Duration SET_ASIDE_RETRY = Duration.ofSeconds(30);
    /** Beyond these, outcomes that cannot be written stay in the window. */
    static final int SET_ASIDE_MAX = 500;

    static final long SET_ASIDE_BYTES_MAX = 16 << 20;
    /** Failures of an outcome alone, while others were settled, for reasons that may be Kafka's. */
    private static final int FAILURES_ALONE_MAX = 3;

    private static final Logger LOG = Logger.getLogger(OutcomeQueue.class);

    private final InstantSource clock;
    private final Deque<Waiting> pending = new ArrayDeque<>();
    private final Deque<Waiting> aside = new ArrayDeque<>();
    private int batchMax = BATCH_OUTCOMES_MAX;
    private long transactions;
    private Instant retryAt = Instant.MIN;

    private volatile @Nullable Instant pendingSince;
    private volatile List<SetAsideOutcome> shown = List.of();
    private volatile boolean full;

    OutcomeQueue(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * @param original with the dead letter as it was before it was shortened
     * @param failuresAlone in transactions of its own
     * @param transactions committed before the first of them
     * @param shown once it is set aside
     */
    private record Waiting(
            FinishedRecord finished,
            FinishedRecord original,
            int failuresAlone,
            long transactions,
            @Nullable SetAsideOutcome shown) {}

    void addAll(List<FinishedRecord> finished) {
        finished.forEach(each -> pending.add(new Waiting(each, each, 0, 0, null)));
        changed();
    }

    boolean isEmpty() {
        return pending.isEmpty();
    }

    /** Outcomes that wait and are not set aside. */
    int size() {
        return pending.size();
    }

    /** Since when the oldest outcome waits that is not set aside; null if none waits. */
    @Nullable
    Instant pendingSince() {
        return pendingSince;
    }

    /** The outcomes that are set aside. */
    List<SetAsideOutcome> setAside() {
        return shown;
    }

    /** Whether an outcome could not be set aside, because too many are. */
    boolean isFull() {
        return full;
    }

    /** Removes the outcomes of reassigned partitions, which their next owner publishes. */
    void discard(Predicate<FinishedRecord> reassigned) {
        List<FinishedRecord> discarded = Stream.concat(pending.stream(), aside.stream())
                .map(Waiting::finished)
                .filter(reassigned)
                .toList();
        pending.removeIf(each -> reassigned.test(each.finished()));
        aside.removeIf(each -> reassigned.test(each.finished()));
        changed();
        discarded.forEach(each -> each.settled().complete(false));
    }

    /** The next batch, from the outcome that waits first on. */
    List<FinishedRecord> batch() {
        List<FinishedRecord> batch = new ArrayList<>();
        long bytes = 0;
        for (Waiting each : pending) {
            bytes += each.finished().bytes();
            if (batch.size() == batchMax || (!batch.isEmpty() && bytes > BATCH_BYTES_MAX)) {
                break;
            }
            batch.add(each.finished());
        }
        return batch;
    }

    /** The batch is committed. If it was set aside before, the cause is repaired, and all outcomes that are set aside are due. */
    void settled(List<FinishedRecord> batch) {
        for (FinishedRecord each : batch) {
            if (pending.remove().shown() != null) {
                LOG.infof("outcome settled that was set aside, record=%s", each.coordinates());
                pending.addAll(aside);
                aside.clear();
            }
        }
        batchMax = Math.min(BATCH_OUTCOMES_MAX, 2 * batchMax);
        transactions++;
        changed();
        batch.forEach(each -> each.settled().complete(true));
    }

    /**
     * The batch is not committed.
     *
     * @return whether the next one may be committed at once; otherwise Kafka may be unavailable
     */
    boolean failed(List<FinishedRecord> batch, KafkaException cause) {
        if (batch.size() > 1) {
            batchMax = batch.size() / 2;
            return WriteFailure.isRefusal(cause);
        }
        Waiting before = pending.remove();
        var alone = new Waiting(
                before.finished(),
                before.original(),
                before.failuresAlone() + 1,
                before.failuresAlone() == 0 ? transactions : before.transactions(),
                before.shown());
        boolean next = failedAlone(alone, cause);
        changed();
        return next;
    }

    private boolean failedAlone(Waiting alone, KafkaException cause) {
        FinishedRecord finished = alone.finished();
        Optional<FinishedRecord> shorter = WriteFailure.isTooLarge(cause) ? finished.shortened() : Optional.empty();
        if (shorter.isPresent()) {
            pending.addFirst(new Waiting(shorter.get(), alone.original(), 0, 0, alone.shown()));
            return true;
        }
        boolean unwritable = WriteFailure.isRefusal(cause)
                || (alone.failuresAlone() >= FAILURES_ALONE_MAX && alone.transactions() < transactions);
        if (unwritable && hasRoomFor(alone.original())) {
            setAside(alone, cause);
            return true;
        }
        full = unwritable;
        pending.addLast(alone);
        return false;
    }

    private boolean hasRoomFor(FinishedRecord finished) {
        long bytes = aside.stream().mapToLong(each -> each.finished().bytes()).sum();
        return aside.size() < SET_ASIDE_MAX && bytes + finished.bytes() <= SET_ASIDE_BYTES_MAX;
    }

    private void setAside(Waiting alone, KafkaException cause) {
        FinishedRecord finished = alone.original();
        SetAsideOutcome before = alone.shown();
        String reason = WriteFailure.reason(cause);
        var now = new SetAsideOutcome(finished.coordinates(), finished.topics(), reason, finished.since());
        if (before == null) {
            LOG.errorf(
                    "outcome set aside, the others are settled, it is tried again, record=%s topics=%s interval=%s"
                            + " cause=%s remedy=%s",
                    now.record(), now.topics(), SET_ASIDE_RETRY, reason, WriteFailure.remedy(cause));
        }
        if (aside.isEmpty() || before != null) {
            retryAt = clock.instant().plus(SET_ASIDE_RETRY);
        }
        aside.add(new Waiting(finished, finished, 0, 0, now));
        full = false;
        changed();
        finished.released().complete(null);
    }

    /** Whether the first outcome that is set aside is due. */
    boolean isRetryDue() {
        return !aside.isEmpty() && !clock.instant().isBefore(retryAt);
    }

    /** Makes it the next batch, alone. All follow it once it is settled. */
    void retrySetAside() {
        pending.addFirst(aside.remove());
        batchMax = 1;
        changed();
    }

    private void changed() {
        pendingSince = pending.stream()
                .filter(each -> each.shown() == null)
                .map(each -> each.finished().since())
                .min(Comparator.naturalOrder())
                .orElse(null);
        shown = Stream.concat(pending.stream(), aside.stream())
                .map(Waiting::shown)
                .filter(Objects::nonNull)
                .toList();
        full &= !aside.isEmpty();
    }
}
