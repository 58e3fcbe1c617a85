package dev.renderfleet.worker.ledger;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The state of a job. {@code Claimed} and {@code Parked} alternate until one of the final states, {@code Rendered} or {@code Failed}. */
public sealed interface LedgerEntry {

    /** Fingerprint of the job. */
    String fingerprint();

    /** Attempts of all owners. */
    History history();

    /**
     * A worker works on the job, and its call may be in flight.
     *
     * @param owner name of the process, unique for each start
     * @param run identifies the record and this handling of it
     * @param lease from the last write, by the store's clock
     * @param pending the call that may be in flight
     * @param tenant of the job; null: an older worker wrote the entry
     */
    record Claimed(
            String fingerprint,
            History history,
            String owner,
            String run,
            Duration lease,
            PendingCall pending,
            @Nullable String tenant)
            implements LedgerEntry {
        /** As an older worker writes it. */
        public Claimed(
                String fingerprint, History history, String owner, String run, Duration lease, PendingCall pending) {
            this(fingerprint, history, owner, run, lease, pending, null);
        }

        @Override
        public @Nullable PendingCall running() {
            return pending.task() == null ? null : pending;
        }
    }

    /**
     * No worker has claimed the job: between attempts, or released.
     *
     * @param running the call whose task goes on at its provider; null: no call is in flight
     * @param tenant as in {@link Claimed}
     */
    record Parked(
            String fingerprint,
            History history,
            @Nullable PendingCall running,
            @Nullable String tenant) implements LedgerEntry {
        /** As an older worker writes it. */
        public Parked(String fingerprint, History history, @Nullable PendingCall running) {
            this(fingerprint, history, running, null);
        }
    }

    /** Whose job it is; null: an older worker wrote the entry. */
    @Nullable
    String tenant();

    /** The call whose task the next owner resumes; null if there is none. */
    default @Nullable PendingCall running() {
        return null;
    }

    /**
     * Final state: the pictures are stored.
     *
     * @param record as in {@link Failed}
     */
    record Rendered(String fingerprint, History history, RenderCompleted outcome, String record)
            implements LedgerEntry {
        @Override
        public String tenant() {
            return outcome.job().tenant();
        }
    }

    /**
     * Final state unless the job is published again later: failed, rejected or canceled.
     *
     * @param record the Kafka record that led to it, as {@code topic/partition/offset}; the same record again is a redelivery
     * @param endedAt when the run ended
     * @param logEnd the end of the topic then: a record beyond it begins a new run, one before it is a duplicate. Null if unknown; then
     *     the record's timestamp is compared with {@code endedAt}
     */
    record Failed(
            String fingerprint,
            History history,
            RenderEvent outcome,
            String record,
            Instant endedAt,
            @Nullable LogEnd logEnd)
            implements LedgerEntry {
        @Override
        public String tenant() {
            return outcome.job().tenant();
        }
    }

    /**
     * The call that a claim is for.
     *
     * @param worstUsdMicros worst-case price in millionths of a US dollar
     * @param task of the provider, which has accepted the call; null: not accepted yet, or answered at once
     */
    record PendingCall(
            String model,
            Stage stage,
            Instant preparedAt,
            long worstUsdMicros,
            @Nullable String task) {

        /** A call without a task. */
        public PendingCall(String model, Stage stage, Instant preparedAt, long worstUsdMicros) {
            this(model, stage, preparedAt, worstUsdMicros, null);
        }

        /** The same call, in flight from now on. */
        public PendingCall sent(Instant now) {
            return new PendingCall(model, Stage.SENT, now, worstUsdMicros);
        }

        /** The same call, accepted as a task. */
        public PendingCall accepted(String accepted) {
            return new PendingCall(model, Stage.SENT, preparedAt, worstUsdMicros, accepted);
        }
    }

    /** Stage of a pending call. A completed call is an attempt in the history. */
    enum Stage {
        /** Not sent: the claim ends a job without a call. Older workers fetched references in this stage. */
        PREPARED,
        /** In flight; it may have been billed. */
        SENT
    }

    /**
     * Completed attempts and the tokens they used. Bounded: of many refusals without cost, earlier ones that a later one repeats are
     * dropped; attempt numbers continue.
     *
     * @param delivered the event of the images that are stored, if the job asked for more; null: none is stored
     */
    record History(
            List<Attempt> attempts, Usage usage, @Nullable RenderCompleted delivered) {
        /** More than the bound on paid attempts. */
        public static final int ATTEMPTS_KEPT_MAX = 32;

        /** No attempts. */
        public static final History NONE = new History(List.of(), Usage.NONE);

        public History {
            attempts = List.copyOf(attempts);
        }

        /** A history without images. */
        public History(List<Attempt> attempts, Usage usage) {
            this(attempts, usage, null);
        }

        /** This history with these images, earlier ones included. */
        public History delivering(RenderCompleted images) {
            return new History(attempts, usage, images);
        }

        /** How many images are stored. */
        public int images() {
            return delivered == null ? 0 : delivered.images().size();
        }

        /** This history with one more attempt. */
        public History plus(Attempt attempt, Usage tokens) {
            var all = new ArrayList<>(attempts);
            all.add(attempt);
            for (int i = 1; i < all.size() - 1 && all.size() > ATTEMPTS_KEPT_MAX; i++) {
                if (isRepeated(all, i)) {
                    all.remove(i);
                }
            }
            return new History(all, usage.plus(tokens), delivered);
        }

        /** The last refusal of each model is kept: it says that the model was tried. */
        private static boolean isRepeated(List<Attempt> all, int index) {
            Attempt refusal = all.get(index);
            return refusal.usdMicros() == 0
                    && all.subList(index + 1, all.size()).stream()
                            .anyMatch(later -> later.model().equals(refusal.model())
                                    && later.outcome().equals(refusal.outcome()));
        }

        /** Number of the next attempt, from 1. */
        public int nextNumber() {
            return attempts.isEmpty() ? 1 : attempts.getLast().number() + 1;
        }

        /** Cost of all attempts in millionths of a US dollar, those of unknown outcome at their worst-case price. */
        public long usdMicros() {
            return attempts.stream().mapToLong(Attempt::usdMicros).sum();
        }
    }
}
