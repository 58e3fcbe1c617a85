package dev.renderfleet.worker.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.signal.Cancel;
import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.worker.ledger.LedgerEntry;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.limits.ModelState;
import dev.renderfleet.worker.providers.FailureKind;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A canceled job has no further call, and hides none that was made. */
@Timeout(60)
class CanceledJobTest extends JobScenario {

    private static final String MODEL = "gemini-nano-banana-2.1";

    @Test
    void aJobThatWasNotCalledEndsOnceWithoutCost() {
        cancel(RECORD);

        RenderCanceled event = canceled(job(""));

        assertThat(event.replay()).isFalse();
        assertThat(event.cost().usdMicros()).isZero();
        assertThat(event.attempts()).isNull();
        assertThat(entry(job(""))).isInstanceOf(LedgerEntry.Failed.class);
        assertThat(canceled(fixture.job("", "render.jobs/0/6")).replay()).isTrue();
        assertThat(model.calls()).isEmpty();
    }

    /** A later release, the records of another partition, another job, and a signal that has expired. */
    @Test
    void onlyTheRecordsThatTheSignalNamesAreCanceled() {
        cancel("render.jobs/0/6");
        cancel("render.jobs/1/9");
        fixture.cancellations()
                .add(new Cancel("0".repeat(40), RECORD, clock.instant().plusSeconds(60), "s"));
        fixture.cancellations().add(new Cancel(job("").id().value(), RECORD, clock.instant(), "s"));

        completed(job(""));
    }

    @Test
    void aSignalOfAClockFarAheadIsForgotten() {
        fixture.cancellations()
                .add(new Cancel(job("").id().value(), RECORD, Instant.parse("9999-01-01T00:00:00Z"), "s"));
        clock.advance(Cancellations.AGE_MAX);

        completed(job(""));
    }

    @Test
    void aCallThatIsOutIsFinishedAndTheJobCompletes() {
        model.then(_ -> {
            cancel(RECORD);
            return model.drawn(ScriptedModel.PICTURE);
        });

        assertThat(completed(job("")).cost().usdMicros()).isEqualTo(DRAWN);
        assertThat(model.calls()).hasSize(1);
    }

    @Test
    void aJobThatWaitsForItsNextAttemptIsNotCalledAgainAndReportsWhatItCost() {
        model.then(FailureKind.NO_IMAGE, Duration.ofMinutes(1)).thenDraws(ScriptedModel.PICTURE);
        waits.during = () -> cancel(RECORD);

        RenderCanceled event = canceled(job(""));

        assertThat(model.calls()).hasSize(1);
        assertThat(event.cost().usdMicros()).isEqualTo(NOT_DRAWN);
        assertThat(event.calls()).extracting(Attempt::outcome).containsExactly("no_image");
    }

    @Test
    void aLongWaitEndsSoonAfterTheCancel() {
        model.then(FailureKind.DAY_QUOTA_SPENT, Duration.ofHours(3));
        waits.during = () -> cancel(RECORD);

        canceled(job(""));

        assertThat(waits.waited).hasSize(1);
        assertThat(clock.instant()).isBefore(NOW.plusSeconds(60));
    }

    /** It may have been billed: the event says so, and the money stays unknown. */
    @Test
    void aCallOfUnknownOutcomeIsReportedAtItsWorstPrice() {
        claimedByAnother(job(""));
        clock.advance(LEASE.plusSeconds(1));
        cancel(RECORD);

        RenderCanceled event = canceled(job(""));

        assertThat(event.cost().usdMicros()).isEqualTo(WORST);
        assertThat(event.calls()).extracting(Attempt::outcome).containsExactly(FailureCode.UNKNOWN_OUTCOME.wireName());
        assertThat(canceled(job("", LATER_RECORD)).calls()).as("of a replay").isEqualTo(event.calls());
        assertThat(model.calls()).isEmpty();
    }

    /** The worker with the claim decides the outcome. */
    @Test
    void aJobThatAnotherWorkerCallsHasThatWorkersOutcome() {
        AcceptedJob job = job("");
        var other = ledger("worker-b");
        var theirs = claim(other, job);
        cancel(RECORD);
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
    void aJobThatWaitsBehindAHoldEndsAtOnce() throws Exception {
        fixture.limiter()
                .applyRemote(
                        new Hold("gemini", MODEL, NOW.plus(Duration.ofHours(9)), FailureCode.RATE_LIMITED, "worker-c"));
        CompletableFuture<RenderEvent> running = CompletableFuture.supplyAsync(() -> outcome(job("")));
        awaitWaiting();

        cancel(RECORD);
        fixture.limiter().recheck();

        assertThat(running.get(20, TimeUnit.SECONDS)).isInstanceOf(RenderCanceled.class);
        assertThat(clock.instant()).isEqualTo(NOW);
        assertThat(model.calls()).isEmpty();
    }

    @Test
    void aJobThatWaitsForASlotIsNotCalledWhenItHasOne() throws Exception {
        slots.acquire();
        slots.acquire();
        CompletableFuture<RenderEvent> running = CompletableFuture.supplyAsync(() -> outcome(job("")));
        awaitWaiting();

        cancel(RECORD);
        slots.release();
        slots.release();

        assertThat(running.get(20, TimeUnit.SECONDS)).isInstanceOf(RenderCanceled.class);
        assertThat(model.calls()).isEmpty();
    }

    @Test
    void imagesOfEarlierCallsArePublished() {
        model.then(_ -> {
            cancel(RECORD);
            return model.drawn(ScriptedModel.PICTURE);
        });

        RenderCompleted event = completed(job("'output':{'count':2}"));

        assertThat(event.images()).hasSize(1);
        assertThat(model.calls()).hasSize(1);
    }

    @Test
    void theOldestIsForgottenBeyondTheBound() {
        cancel(RECORD);
        for (int i = 0; i < Cancellations.JOBS_MAX; i++) {
            fixture.cancellations().add(new Cancel("%040x".formatted(i), RECORD, NOW.plusSeconds(60), "s"));
        }

        completed(job(""));
    }

    private void awaitWaiting() {
        Awaitility.await("the job waits")
                .until(() -> fixture.limiter().states().stream()
                        .mapToInt(ModelState::waiting)
                        .anyMatch(waiting -> waiting == 1));
    }

    private void cancel(String record) {
        fixture.cancellations()
                .add(new Cancel(job("").id().value(), record, clock.instant().plusSeconds(60), "scheduler-1"));
    }

    private RenderCanceled canceled(AcceptedJob job) {
        RenderEvent event = outcome(job);
        return event instanceof RenderCanceled canceled ? canceled : fail("not canceled: " + event);
    }
}
