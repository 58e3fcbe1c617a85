package dev.renderfleet.worker.ledger;

import static dev.renderfleet.worker.ledger.Ends.FINGERPRINT;
import static dev.renderfleet.worker.ledger.Ends.JOB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.wire.EventCodec;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.ledger.LedgerEntry.PendingCall;
import dev.renderfleet.worker.ledger.LedgerEntry.Stage;
import dev.renderfleet.worker.ledger.Owners.Presence;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import dev.renderfleet.worker.storage.StorageException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LedgerTest {

    private static final String RECORD = "render.jobs/0/7";
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final Submission FIRST = new Submission(RECORD, NOW.minusSeconds(9), NOW);
    private static final Submission DUPLICATE = new Submission("render.jobs/0/8", NOW.minusSeconds(8), NOW);
    private static final Submission RETRY = new Submission("render.jobs/0/9", NOW.plusSeconds(60), NOW.plusSeconds(61));
    private static final Duration LEASE = Duration.ofMinutes(9);
    private static final PendingCall PENDING = new PendingCall("nano", Stage.SENT, NOW, 95_000);

    private final SettableClock clock = new SettableClock(NOW);
    private final InMemoryObjectStore store = new InMemoryObjectStore("b", clock);
    private final Map<String, Presence> presences = new HashMap<>();
    private final Owners owners = name -> presences.getOrDefault(name, Presence.UNKNOWN);
    private final Ledger mine = ledger("worker-a");
    private final Ledger other = ledger("worker-b");

    @Test
    void grantsANewJobToOneOfTwo() {
        assertThat(claim(mine)).isInstanceOf(ClaimResult.Granted.class);
        assertThat(claim(other)).isInstanceOfSatisfying(ClaimResult.Busy.class, busy -> {
            assertThat(busy.owner()).isEqualTo("worker-a");
            assertThat(busy.lookAgain()).isEqualTo(LEASE);
        });
    }

    @Test
    void asksAnotherRecordOfTheSameJobInTheSameWorkerToWait() {
        claim(mine);

        assertThat(mine.claim(JOB, FINGERPRINT, DUPLICATE, LEASE, PENDING)).isInstanceOf(ClaimResult.Busy.class);
    }

    @Test
    void aRunThatLostTheAnswerToItsClaimKnowsItAgain() {
        store.failNextPutsAfterWriting(1);
        assertThatThrownBy(() -> claim(mine)).isInstanceOf(StorageException.class);

        assertThat(granted(mine).history()).isEqualTo(History.NONE);
        assertThat(mine.claim(JOB, FINGERPRINT, new Submission(RECORD, NOW, NOW.plusSeconds(1)), LEASE, PENDING))
                .as("a redelivery of the same record while the first run goes on")
                .isInstanceOf(ClaimResult.Busy.class);
    }

    /** Its owner lives, so nobody else could take it over. */
    @Test
    void aClaimWhoseAnswerWasLostIsGivenBack() {
        store.failNextPutsAfterWriting(1);
        assertThatThrownBy(() -> claim(mine)).isInstanceOf(StorageException.class);
        presences.put("worker-a", Presence.PRESENT);
        assertThat(claim(other)).isInstanceOf(ClaimResult.Busy.class);

        mine.release(JOB, FIRST);

        assertThat(claim(other)).isInstanceOf(ClaimResult.Granted.class);
    }

    @Test
    void nothingThatIsAnothersIsGivenBack() {
        claim(other);

        mine.release(JOB, FIRST);
        other.release(JOB, DUPLICATE);

        assertThat(claim(mine)).isInstanceOf(ClaimResult.Busy.class);
    }

    @Test
    void tellsTheOutcomeAgainAndWhetherItIsARedelivery() {
        RenderCompleted outcome = Ends.completed(NOW);
        assertThat(end(mine, granted(mine), History.NONE, outcome, RECORD, NOW)).isInstanceOf(MoveResult.Moved.class);

        assertThat(other.claim(JOB, FINGERPRINT, FIRST, LEASE, PENDING))
                .isEqualTo(new ClaimResult.Ended(outcome, true));
        assertThat(other.claim(JOB, FINGERPRINT, RETRY, LEASE, PENDING))
                .isEqualTo(new ClaimResult.Ended(outcome, false));
    }

    @Test
    void takesAnExpiredClaimOverWithTheCallAsUnknownAtItsWorstPrice() {
        Claim lost = granted(mine);
        clock.advance(LEASE.plusSeconds(1));

        Claim taken = granted(other);

        assertThat(taken.history().attempts()).singleElement().satisfies(attempt -> {
            assertThat(attempt.outcome()).isEqualTo(FailureCode.UNKNOWN_OUTCOME.wireName());
            assertThat(attempt.model()).isEqualTo("nano");
            assertThat(attempt.usdMicros()).isEqualTo(95_000);
        });
        assertThat(end(mine, lost, History.NONE, Ends.completed(NOW), RECORD, NOW))
                .isInstanceOf(MoveResult.Lost.class);
        assertThat(mine.park(lost, History.NONE)).isInstanceOf(MoveResult.Lost.class);
    }

    @Test
    void takesTheClaimOfADeadOwnerOverAtOnce() {
        granted(mine);
        presences.put("worker-a", Presence.GONE);

        assertThat(granted(other).history().attempts())
                .extracting(Attempt::outcome)
                .containsExactly(FailureCode.UNKNOWN_OUTCOME.wireName());
    }

    @Test
    void aCallThatWasNotSentYetLeavesNoTraceWhenItsOwnerDies() {
        var prepared = new PendingCall("nano", Stage.PREPARED, NOW, 95_000);
        mine.claim(JOB, FINGERPRINT, FIRST, LEASE, prepared);
        presences.put("worker-a", Presence.GONE);

        assertThat(granted(other).history()).isEqualTo(History.NONE);
    }

    @Test
    void theLastWriteCanBeMadeByALaterProcessUntilTheClaimIsTakenOver() {
        Claim claim = granted(mine);
        var write = mine.lastWrite(claim, History.NONE, Ends.completed(NOW), RECORD, NOW);
        Ledger restarted = ledger("worker-a2");
        assertThat(restarted.awaits(write)).isTrue();

        assertThat(restarted.end(write)).isInstanceOf(MoveResult.Moved.class);

        assertThat(restarted.awaits(write)).isFalse();
        assertThat(claim(other)).isEqualTo(new ClaimResult.Ended(Ends.completed(NOW), true));
        assertThat(restarted.end(mine.lastWrite(claim, History.NONE, Ends.failed(FailureCode.OVERLOADED), RECORD, NOW)))
                .isInstanceOf(MoveResult.Lost.class);
    }

    @Test
    void aRenewedClaimHasItsWholeLeaseAgain() {
        Claim claim = granted(mine);
        clock.advance(LEASE.minusSeconds(1));

        assertThat(mine.renew(claim, PENDING)).isNotNull();

        clock.advance(LEASE.minusSeconds(1));
        assertThat(claim(other)).isInstanceOf(ClaimResult.Busy.class);
        assertThat(mine.renew(claim, PENDING)).as("by the old claim").isNull();
    }

    @Test
    void aParkedJobKeepsItsHistoryForWhoeverGoesOn() {
        History history = History.NONE.plus(Ends.attempt(NOW, 1, "rate_limited", 0), new Usage(3, 0, 0, 3));
        mine.park(granted(mine), history);

        Claim next = granted(other);

        assertThat(next.history()).isEqualTo(history);
        assertThat(next.history().nextNumber()).isEqualTo(2);
    }

    @Test
    void anEntryOfANewerVersionOrATruncatedOneIsNoPermission() {
        for (String json : List.of("{\"version\":2,\"state\":\"parked\"}", "{\"version\":1,\"state\":\"cl", "[]", "")) {
            store.putBytes("ledger/" + JOB.value() + ".json", json.getBytes(StandardCharsets.UTF_8));

            assertThat(claim(mine)).isInstanceOf(ClaimResult.Unreadable.class);
            assertThat(mine.peek(JOB, FINGERPRINT, FIRST)).isInstanceOf(ClaimResult.Unreadable.class);
        }
    }

    @Test
    void aLongRowOfFreeRefusalsStaysBounded() {
        History history = History.NONE.plus(Ends.attempt(NOW, 1, "unknown", 95_000), Usage.NONE);
        for (int i = 2; i <= 500; i++) {
            history = history.plus(Ends.attempt(NOW, i, "rate_limited", 0), Usage.NONE);
        }

        assertThat(history.attempts()).hasSize(History.ATTEMPTS_KEPT_MAX);
        assertThat(history.attempts().getFirst().number()).isEqualTo(1);
        assertThat(history.nextNumber()).isEqualTo(501);
        assertThat(history.usdMicros()).isEqualTo(95_000);
    }

    private Ledger ledger(String owner) {
        return new Ledger(store, new LedgerCodec(new EventCodec()), owner, owners);
    }

    private static ClaimResult claim(Ledger ledger) {
        return ledger.claim(JOB, FINGERPRINT, FIRST, LEASE, PENDING);
    }

    private static Claim granted(Ledger ledger) {
        return claim(ledger) instanceof ClaimResult.Granted(var claim)
                ? claim
                : org.assertj.core.api.Assertions.fail("the claim was not granted");
    }

    private static MoveResult end(
            Ledger ledger, Claim claim, History history, RenderEvent outcome, String record, Instant endedAt) {
        return ledger.end(ledger.lastWrite(claim, history, outcome, record, endedAt));
    }
}
