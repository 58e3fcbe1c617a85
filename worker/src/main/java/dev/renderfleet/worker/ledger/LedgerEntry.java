package dev.renderfleet.worker.ledger;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What the ledger knows of a job. {@code Claimed} and {@code Parked} alternate until {@code Rendered} or {@code Failed} ends the job. */
public sealed interface LedgerEntry {

    /** Fingerprint of the job that the entry is about. */
    String fingerprint();

    /** What has been tried, over all owners. */
    History history();

    /**
     * A worker is at it, and its call may be out.
     *
     * @param owner which process, unique for each start
     * @param run which handling of which record; another run of the same record is another claimant
     * @param lease how long after the entry was written, by the store's clock, the claim is good
     * @param pending the call that may be out
     */
    record Claimed(String fingerprint, History history, String owner, String run, Duration lease, PendingCall pending)
            implements LedgerEntry {}

    /** Nobody is at it and no call is out: between attempts, or given back. */
    record Parked(String fingerprint, History history) implements LedgerEntry {}

    /**
     * The pictures are stored. Never left again.
     *
     * @param record as in {@link Failed}
     */
    record Rendered(String fingerprint, History history, RenderCompleted outcome, String record)
            implements LedgerEntry {}

    /**
     * No picture, for now or for good.
     *
     * @param outcome a failed or rejected event
     * @param record the Kafka record that led to it, as {@code topic/partition/offset}: the same record again is a redelivery
     * @param endedAt a record published later is somebody trying again; one published earlier is a duplicate
     */
    record Failed(String fingerprint, History history, RenderEvent outcome, String record, Instant endedAt)
            implements LedgerEntry {}

    /**
     * The call that a claim is for.
     *
     * @param worstUsdMicros what it costs at most
     */
    record PendingCall(String model, Stage stage, Instant preparedAt, long worstUsdMicros) {

        /** The same call, which may be out from now on. */
        public PendingCall sent(Instant now) {
            return new PendingCall(model, Stage.SENT, now, worstUsdMicros);
        }
    }

    /** How far a call has come. What comes after is an attempt in the history. */
    enum Stage {
        /** Certainly not out: references are being fetched. */
        PREPARED,
        /** It may be out, and may have been billed. */
        SENT
    }

    /**
     * Attempts whose outcome is known or given up on, and the tokens they used. Bounded: of a long row of refusals that cost
     * nothing the first and the latest are kept; numbers go on.
     */
    record History(List<Attempt> attempts, Usage usage) {
        /** More than any job pays for; only refusals without cost are dropped beyond it. */
        public static final int ATTEMPTS_KEPT_MAX = 32;

        /** Nothing tried yet. */
        public static final History NONE = new History(List.of(), Usage.NONE);

        public History {
            attempts = List.copyOf(attempts);
        }

        /** This and one more attempt. */
        public History plus(Attempt attempt, Usage tokens) {
            var all = new ArrayList<>(attempts);
            all.add(attempt);
            for (int i = 1; i < all.size() - 1 && all.size() > ATTEMPTS_KEPT_MAX; i++) {
                if (all.get(i).usdMicros() == 0) {
                    all.remove(i);
                }
            }
            return new History(all, usage.plus(tokens));
        }

        /** Number of the attempt that comes next, from 1. */
        public int nextNumber() {
            return attempts.isEmpty() ? 1 : attempts.getLast().number() + 1;
        }

        /** What all attempts cost, those of unknown outcome at their worst price. */
        public long usdMicros() {
            return attempts.stream().mapToLong(Attempt::usdMicros).sum();
        }
    }
}
