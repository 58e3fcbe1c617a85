package dev.renderfleet.worker.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.worker.ledger.LedgerEntry;
import dev.renderfleet.worker.providers.FailureKind;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Jobs published again after a final state: which outcomes are replayed, and which begin a new paid run. */
class ResubmissionTest extends JobScenario {

    private static final String DUPLICATE_RECORD = "render.jobs/0/8";
    private static final String AFTER_FAILURE = "render.jobs/1/3";
    private static final String LAST_RECORD = "render.jobs/1/4";
    /** Kinds that the provider would repeat. */
    private static final Set<FailureKind> FOR_GOOD = EnumSet.of(
            FailureKind.INPUT_REFUSED,
            FailureKind.OUTPUT_REFUSED,
            FailureKind.OUTPUT_REFUSED_REROLLABLE,
            FailureKind.REQUEST_INVALID,
            FailureKind.REQUEST_REFUSED,
            FailureKind.SESSION_REFUSED,
            FailureKind.MODEL_GONE);

    private ScriptedModel failing = model;
    /** A model that succeeds. */
    private ScriptedModel healthy = model;

    @BeforeEach
    void newModels() {
        failing = model;
        healthy = new ScriptedModel(spool, clock);
    }

    @ParameterizedTest
    @EnumSource
    void aRetryableFailureIsRunAgainForALaterRecord(FailureKind kind) {
        AcceptedJob job = job("", RECORD);
        AcceptedJob duplicate = job("", DUPLICATE_RECORD);
        RenderFailed failed = failed(failing.then(kind, Duration.ofHours(6)), job);
        clock.advance(Duration.ofMinutes(1));

        assertThat(outcome(healthy, job)).as("a redelivery").isEqualTo(failed);
        assertThat(failed(healthy, duplicate).replay())
                .as("published while the job ran")
                .isTrue();
        assertThat(healthy.calls()).isEmpty();

        RenderEvent later = outcome(healthy, job("", AFTER_FAILURE));

        if (FOR_GOOD.contains(kind)) {
            assertThat(later).isInstanceOfSatisfying(RenderFailed.class, event -> {
                assertThat(event.replay()).isTrue();
                assertThat(event.code()).isEqualTo(failed.code());
            });
            assertThat(healthy.calls()).isEmpty();
            assertThat(fixture.entry(job)).isInstanceOf(LedgerEntry.Failed.class);
        } else {
            assertThat(later).isInstanceOfSatisfying(RenderCompleted.class, event -> {
                assertThat(event.replay()).isFalse();
                assertThat(event.attempts())
                        .as("of this run alone")
                        .extracting(Attempt::outcome)
                        .containsExactly("drawn");
                assertThat(event.cost().usdMicros())
                        .isEqualTo(event.attempts().getFirst().usdMicros());
            });
            assertThat(healthy.calls()).hasSize(1);
            assertThat(completed(healthy, job("", LAST_RECORD)).replay()).isTrue();
            assertThat(healthy.calls()).hasSize(1);
            assertThat(fixture.entry(job)).isInstanceOf(LedgerEntry.Rendered.class);
        }
    }

    /** Each new run has its own bounds. */
    @Test
    void eachLaterRecordBeginsANewRun() {
        failing.then(FailureKind.NO_IMAGE, null);
        RenderFailed first = failed(failing, job("", RECORD));
        int each = failing.calls().size();
        clock.advance(Duration.ofMinutes(1));

        RenderFailed second = failed(failing, job("", AFTER_FAILURE));
        RenderFailed replayed = failed(failing, job("", LAST_RECORD));
        clock.advance(Duration.ofMinutes(1));
        RenderFailed third = failed(failing, job("", LAST_RECORD));

        assertThat(second.replay()).isFalse();
        assertThat(second.cost()).isEqualTo(first.cost());
        assertThat(replayed.replay()).as("published before the second failure").isTrue();
        assertThat(third.replay()).isFalse();
        assertThat(failing.calls()).hasSize(3 * each);
    }

    @Test
    void aRenderedJobIsNeverRenderedAgain() {
        AcceptedJob job = job("", RECORD);
        RenderCompleted first = completed(healthy, job);
        LedgerEntry entry = fixture.entry(job);

        for (Duration later : new Duration[] {Duration.ofMinutes(1), Duration.ofDays(1), Duration.ofDays(400)}) {
            clock.advance(later);
            RenderCompleted again = completed(healthy, job("", AFTER_FAILURE));

            assertThat(again.replay()).isTrue();
            assertThat(again.images()).isEqualTo(first.images());
            assertThat(again.cost()).isEqualTo(first.cost());
        }
        assertThat(completed(healthy, job)).as("a redelivery").isEqualTo(first);
        assertThat(healthy.calls()).hasSize(1);
        assertThat(fixture.entry(job)).isEqualTo(entry);
    }

    /** Runs the job on a new worker. */
    private RenderEvent outcome(ScriptedModel model, AcceptedJob job) {
        JobRunner runner = fixture.runner("worker of " + job.record(), spool, model, waits);
        return runner.run(job) instanceof JobResult.Outcome outcome ? outcome.event() : fail("released");
    }

    private RenderFailed failed(ScriptedModel model, AcceptedJob job) {
        RenderEvent event = outcome(model, job);
        return event instanceof RenderFailed failed ? failed : fail("not failed: " + event);
    }

    private RenderCompleted completed(ScriptedModel model, AcceptedJob job) {
        RenderEvent event = outcome(model, job);
        return event instanceof RenderCompleted completed ? completed : fail("not completed: " + event);
    }
}
