package dev.renderfleet.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.worker.ledger.Claim;
import dev.renderfleet.worker.ledger.Ledger;
import dev.renderfleet.worker.ledger.LedgerEntry;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.providers.FailureKind;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Jobs with a deadline, or for later. */
@Timeout(60)
class JobDeadlineTest extends JobScenario {

    @Test
    void aJobThatWaitsForAWorkerWithItsProviderIsRejectedAtItsDeadline() {
        fixture.lacksProvider(() -> true);
        runner = runner("worker-a", waits);
        waits.leavesAfter = 100;

        var event =
                rejected(job("'model':'proof','deadline':'" + clock.instant().plusSeconds(5) + "'"));

        assertThat(event.code()).isEqualTo(FailureCode.DEADLINE_PASSED);
    }

    @Test
    void aJobAfterItsDeadlineIsRejectedWithoutACallOrAnEntry() {
        RenderRejected event = rejected(job("'deadline':'" + NOW.minusSeconds(1) + "'"));

        assertThat(event.code()).isEqualTo(FailureCode.DEADLINE_PASSED);
        assertThat(event.field()).isEqualTo("deadline");
        assertThat(model.calls()).isEmpty();
        assertThat(store.keys("")).isEmpty();
    }

    @Test
    void aRenderedJobIsReplayedEvenAfterItsDeadline() {
        String deadline = "'deadline':'" + NOW.plusSeconds(60) + "'";
        RenderCompleted first = completed(job(deadline));
        clock.advance(Duration.ofHours(1));

        RenderCompleted again = completed(job(deadline, LATER_RECORD));

        assertThat(again.replay()).isTrue();
        assertThat(again.images()).isEqualTo(first.images());
        assertThat(model.calls()).hasSize(1);
    }

    /** "Rejected" means that nothing was spent; a job with paid attempts fails with its cost. */
    @Test
    void aDeadlineBetweenPaidAttemptsFailsTheJobWithItsCost() {
        AcceptedJob job = job("'deadline':'" + NOW.plusSeconds(30) + "'");
        model.then(FailureKind.NO_IMAGE, Duration.ofMinutes(1)).thenDraws(ScriptedModel.PICTURE);

        RenderFailed event = failed(job);

        assertThat(model.calls()).hasSize(1);
        assertThat(event.cost().usdMicros()).isEqualTo(NOT_DRAWN);
        assertThat(event.attempts()).hasSize(1);
        assertThat(entry(job)).isInstanceOf(LedgerEntry.Failed.class);
    }

    /** The worker with the claim decides the outcome. */
    @Test
    void aDeadlineDuringAnotherWorkersClaimDoesNotRejectTheJob() {
        AcceptedJob job = job("'deadline':'" + NOW.plusSeconds(30) + "'");
        Ledger other = ledger("worker-b");
        Claim theirs = claim(other, job);
        clock.advance(Duration.ofMinutes(1));
        waits.during = () -> end(
                other,
                theirs,
                History.NONE,
                OutcomeEvents.failed(job, FailureCode.INPUT_REFUSED, "theirs", null, History.NONE, "v"),
                RECORD,
                clock.instant());

        assertThat(failed(job).message()).isEqualTo("theirs");
    }

    @Test
    void aJobWithNotBeforeIsRejectedWithAHintToTheScheduler() {
        RenderRejected event = rejected(job("'notBefore':'" + NOW.plusSeconds(60) + "'"));

        assertThat(event.code()).isEqualTo(FailureCode.UNSUPPORTED);
        assertThat(event.field()).isEqualTo("notBefore");
        assertThat(event.message()).contains("publish the job when it may run").doesNotContain("render.requests");
        assertThat(model.calls()).isEmpty();
        assertThat(store.keys("")).isEmpty();
    }
}
