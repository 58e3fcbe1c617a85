package dev.renderfleet.worker.ledger;

import static dev.renderfleet.worker.ledger.FinalOutcomes.FINGERPRINT;
import static dev.renderfleet.worker.ledger.FinalOutcomes.JOB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.ledger.LedgerEntry.PendingCall;
import dev.renderfleet.worker.ledger.LedgerEntry.Stage;
import dev.renderfleet.worker.ledger.Membership.MemberStatus;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import dev.renderfleet.worker.storage.StorageException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
    private final Map<String, MemberStatus> members = new HashMap<>();
    private final Membership membership = name -> members.getOrDefault(name, MemberStatus.UNKNOWN);
    private final Set<String> published = new HashSet<>();
    private final Ledger mine = ledger("worker-a");
    private final Ledger other = ledger("worker-b");

    @Test
    void grantsANewJobToOneOfTwoClaimants() {
        assertThat(claim(mine)).isInstanceOf(ClaimResult.Granted.class);
        assertThat(claim(other)).isInstanceOfSatisfying(ClaimResult.Busy.class, busy -> {
            assertThat(busy.owner()).isEqualTo("worker-a");
            assertThat(busy.retryAfter()).isEqualTo(LEASE);
        });
    }

    @Test
    void isBusyForAnotherRecordOfTheSameJob() {
        claim(mine);

        assertThat(mine.claim(JOB, FINGERPRINT, DUPLICATE, LEASE, PENDING)).isInstanceOf(ClaimResult.Busy.class);
    }

    @Test
    void aRunRecognisesItsClaimAfterALostResponse() {
        store.failNextPutsAfterWriting(1);
        assertThatThrownBy(() -> claim(mine)).isInstanceOf(StorageException.class);

        assertThat(granted(mine).history()).isEqualTo(History.NONE);
        assertThat(mine.claim(JOB, FINGERPRINT, new Submission(RECORD, NOW, NOW.plusSeconds(1)), LEASE, PENDING))
                .as("a redelivery of the same record while the first run goes on")
                .isInstanceOf(ClaimResult.Busy.class);
    }

    @Test
    void aClaimAfterALostResponseIsReleased() {
        store.failNextPutsAfterWriting(1);
        assertThatThrownBy(() -> claim(mine)).isInstanceOf(StorageException.class);
        members.put("worker-a", MemberStatus.ACTIVE);
        assertThat(claim(other)).isInstanceOf(ClaimResult.Busy.class);

        mine.release(JOB, FIRST);

        assertThat(claim(other)).isInstanceOf(ClaimResult.Granted.class);
    }

    /** What was paid before a fault of the worker is in the job's event, and the job is not busy for ever. */
    @Test
    void afterAFaultTheEventHasTheCallThatMayHaveBeenSentAndTheEntryIsTerminal() {
        claim(mine);
        members.put("worker-a", MemberStatus.ACTIVE);

        RenderFailed event = mine.endAfterFault(JOB, FIRST, LedgerTest::fault, NOW);

        assertThat(event.attempts()).singleElement().satisfies(attempt -> {
            assertThat(attempt.outcome()).isEqualTo(FailureCode.UNKNOWN_OUTCOME.wireName());
            assertThat(attempt.usdMicros()).isEqualTo(95_000);
        });
        assertThat(claim(other)).isEqualTo(new ClaimResult.Terminal(event, RECORD, false));
    }

    @Test
    void afterAFaultAJobThatAnotherWorkerHasOrThatHasEndedIsNotTouched() {
        Claim theirs = granted(other);
        members.put("worker-b", MemberStatus.ACTIVE);
        assertThat(mine.endAfterFault(JOB, FIRST, LedgerTest::fault, NOW).attempts())
                .isEmpty();
        RenderCompleted outcome = FinalOutcomes.completed(NOW);
        end(other, theirs, History.NONE, outcome, RECORD, NOW);

        assertThat(mine.endAfterFault(JOB, FIRST, LedgerTest::fault, NOW).attempts())
                .isEmpty();
        assertThat(claim(mine)).isEqualTo(new ClaimResult.Terminal(outcome, RECORD, false));
    }

    private static RenderFailed fault(History history) {
        RenderFailed none = FinalOutcomes.failed(FailureCode.INTERNAL);
        return new RenderFailed(
                none.job(),
                false,
                none.code(),
                true,
                none.message(),
                null,
                history.attempts(),
                history.usage(),
                none.cost());
    }

    @Test
    void claimsOfOthersAreNotReleased() {
        claim(other);

        mine.release(JOB, FIRST);
        other.release(JOB, DUPLICATE);

        assertThat(claim(mine)).isInstanceOf(ClaimResult.Busy.class);
    }

    @Test
    void replaysTheOutcomeAndRecognisesARedelivery() {
        RenderCompleted outcome = FinalOutcomes.completed(NOW);
        assertThat(end(mine, granted(mine), History.NONE, outcome, RECORD, NOW))
                .isInstanceOf(UpdateResult.Updated.class);

        assertThat(other.claim(JOB, FINGERPRINT, FIRST, LEASE, PENDING))
                .isEqualTo(new ClaimResult.Terminal(outcome, RECORD, false));
        assertThat(other.claim(JOB, FINGERPRINT, RETRY, LEASE, PENDING))
                .isEqualTo(new ClaimResult.Terminal(outcome, RECORD, true));
    }

    /** After a reset of offsets; after a crash its event is not published. */
    @Test
    void aRedeliveryIsAReplayIfItsEventIsPublished() {
        RenderCompleted outcome = FinalOutcomes.completed(NOW);
        end(mine, granted(mine), History.NONE, outcome, RECORD, NOW);
        published.add(RECORD + " since " + clock.instant());
        clock.advance(Duration.ofHours(1));

        assertThat(claim(other)).isEqualTo(new ClaimResult.Terminal(outcome, RECORD, true));
        assertThat(other.peek(JOB, FINGERPRINT, FIRST)).isEqualTo(new ClaimResult.Terminal(outcome, RECORD, true));
    }

    @Test
    void takesOverAnExpiredClaimWithTheCallAsUnknownAtItsWorstCasePrice() {
        Claim lost = granted(mine);
        clock.advance(LEASE.plusSeconds(1));

        Claim taken = granted(other);

        assertThat(taken.history().attempts()).singleElement().satisfies(attempt -> {
            assertThat(attempt.outcome()).isEqualTo(FailureCode.UNKNOWN_OUTCOME.wireName());
            assertThat(attempt.model()).isEqualTo("nano");
            assertThat(attempt.usdMicros()).isEqualTo(95_000);
        });
        assertThat(end(mine, lost, History.NONE, FinalOutcomes.completed(NOW), RECORD, NOW))
                .isInstanceOf(UpdateResult.ClaimLost.class);
        assertThat(mine.park(lost, History.NONE, null)).isInstanceOf(UpdateResult.ClaimLost.class);
    }

    @Test
    void takesOverTheClaimOfAnExpiredMemberAtOnce() {
        granted(mine);
        members.put("worker-a", MemberStatus.EXPIRED);

        assertThat(granted(other).history().attempts())
                .extracting(Attempt::outcome)
                .containsExactly(FailureCode.UNKNOWN_OUTCOME.wireName());
    }

    @Test
    void anUnsentCallOfAnExpiredMemberIsNotRecorded() {
        var prepared = new PendingCall("nano", Stage.PREPARED, NOW, 95_000);
        mine.claim(JOB, FINGERPRINT, FIRST, LEASE, prepared);
        members.put("worker-a", MemberStatus.EXPIRED);

        assertThat(granted(other).history()).isEqualTo(History.NONE);
    }

    @Test
    void aLaterProcessMayApplyTheFinalUpdateUntilTheClaimIsTakenOver() {
        Claim claim = granted(mine);
        var update = mine.finalUpdate(claim, History.NONE, FinalOutcomes.completed(NOW), RECORD, NOW);
        Ledger restarted = ledger("worker-a2");
        assertThat(restarted.isPending(update)).isTrue();

        assertThat(restarted.finish(update)).isInstanceOf(UpdateResult.Updated.class);

        assertThat(restarted.isPending(update)).isFalse();
        assertThat(claim(other)).isEqualTo(new ClaimResult.Terminal(FinalOutcomes.completed(NOW), RECORD, false));
        assertThat(restarted.finish(mine.finalUpdate(
                        claim, History.NONE, FinalOutcomes.failed(FailureCode.OVERLOADED), RECORD, NOW)))
                .isInstanceOf(UpdateResult.ClaimLost.class);
    }

    @Test
    void aRenewedClaimHasAFullLease() {
        Claim claim = granted(mine);
        clock.advance(LEASE.minusSeconds(1));

        assertThat(mine.renew(claim, PENDING)).isNotNull();

        clock.advance(LEASE.minusSeconds(1));
        assertThat(claim(other)).isInstanceOf(ClaimResult.Busy.class);
        assertThat(mine.renew(claim, PENDING)).as("by the old claim").isNull();
    }

    @Test
    void aParkedJobKeepsItsHistory() {
        History history = History.NONE.plus(FinalOutcomes.attempt(NOW, 1, "rate_limited", 0), new Usage(3, 0, 0, 3));
        mine.park(granted(mine), history, null);

        Claim next = granted(other);

        assertThat(next.history()).isEqualTo(history);
        assertThat(next.history().nextNumber()).isEqualTo(2);
    }

    @Test
    void anEntryOfANewerVersionOrATruncatedOneGrantsNoClaim() {
        for (String json : List.of("{\"version\":2,\"state\":\"parked\"}", "{\"version\":1,\"state\":\"cl", "[]", "")) {
            store.putBytes("ledger/" + JOB.value() + ".json", json.getBytes(StandardCharsets.UTF_8));

            assertThat(claim(mine)).isInstanceOf(ClaimResult.Unreadable.class);
            assertThat(mine.peek(JOB, FINGERPRINT, FIRST)).isInstanceOf(ClaimResult.Unreadable.class);
        }
    }

    @Test
    void manyFreeRefusalsAreBounded() {
        History history = History.NONE.plus(FinalOutcomes.attempt(NOW, 1, "unknown", 95_000), Usage.NONE);
        for (int i = 2; i <= 500; i++) {
            history = history.plus(FinalOutcomes.attempt(NOW, i, "rate_limited", 0), Usage.NONE);
        }

        assertThat(history.attempts()).hasSize(History.ATTEMPTS_KEPT_MAX);
        assertThat(history.attempts().getFirst().number()).isEqualTo(1);
        assertThat(history.nextNumber()).isEqualTo(501);
        assertThat(history.usdMicros()).isEqualTo(95_000);
    }

    private Ledger ledger(String owner) {
        return new Ledger(
                store,
                new LedgerCodec(),
                owner,
                membership,
                JobLog.UNKNOWN,
                (_, record, since) -> published.contains(record + " since " + since));
    }

    private static ClaimResult claim(Ledger ledger) {
        return ledger.claim(JOB, FINGERPRINT, FIRST, LEASE, PENDING);
    }

    private static Claim granted(Ledger ledger) {
        return claim(ledger) instanceof ClaimResult.Granted(var claim)
                ? claim
                : org.assertj.core.api.Assertions.fail("the claim was not granted");
    }

    private static UpdateResult end(
            Ledger ledger, Claim claim, History history, RenderEvent outcome, String record, Instant endedAt) {
        return ledger.finish(ledger.finalUpdate(claim, history, outcome, record, endedAt));
    }
}
