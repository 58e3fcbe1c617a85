package dev.renderfleet.testbed.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.ModelChoice;
import dev.renderfleet.contracts.event.EventParts.ParentEdit;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.job.Budget;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.Routing;
import dev.renderfleet.contracts.job.Routing.Fallback;
import dev.renderfleet.testbed.jobs.PlainJob;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** That the judge holds an outcome to the job's budget, routing and parent, and to the bills of several providers. */
class RequestChecksTest {

    private static final Instant T0 = Instant.parse("2026-11-30T12:00:00Z");

    private final Evidence evidence = new Evidence();

    @Test
    void aJobThatWentOnWithAnotherModelAfterFreeFailuresBreaksNothing() {
        publish(Fallback.UNBILLED, 40_000);
        billed("flux", 30_000, false);
        evidence.addEvent(drawn(null, attempt("gemini", "overloaded", 0), attempt("flux", "drawn", 30_000)));

        found();
        assertThat(Judge.judge(evidence, EnumSet.allOf(Breach.class)).mix()).isEqualTo(new Verdict.Mix(1, 0, 0));
    }

    @Test
    void aSecondModelThatBillsIsAllowedWithAnyOnly() {
        for (Fallback fallback : Fallback.values()) {
            var one = new RequestChecksTest();
            one.publish(fallback, 200_000);
            one.billed("gemini", 33_600, false);
            one.billed("flux", 30_000, false);
            one.evidence.addEvent(
                    drawn(null, attempt("gemini", "result_invalid", 33_600), attempt("flux", "drawn", 30_000)));

            if (fallback == Fallback.ANY) {
                one.found(Breach.OVERPAID);
            } else {
                one.found(Breach.OVERPAID, Breach.MISROUTED);
            }
        }
    }

    /** As where a worker takes a paid call for a free refusal. */
    @Test
    void aPaidCallThatTheEventListsForAnotherModelIsHidden() {
        publish(Fallback.ANY, 200_000);
        billed("gemini", 33_600, false);
        evidence.addEvent(drawn(null, attempt("gemini", "model_gone", 0), attempt("flux", "drawn", 33_600)));

        found(Breach.HIDDEN);
    }

    @Test
    void theEventNamesTheModelOfItsLastAttempt() {
        publish(Fallback.NONE, 40_000);
        evidence.addEvent(completed("flux", null, attempt("gemini", "drawn", 30_000)));

        found(Breach.MISROUTED);
    }

    @Test
    void neitherTheCostNorTheBillExceedsTheBudget() {
        publish(Fallback.NONE, 40_000);
        billed("flux", 30_000, false);
        evidence.addEvent(drawn(null, attempt("flux", "unknown_outcome", 30_000), attempt("flux", "drawn", 30_000)));

        found(Breach.OVERSPENT);
    }

    @Test
    void theCostIsTheSumOfTheBills() {
        for (long cost : new long[] {29_999, 30_001}) {
            var one = new RequestChecksTest();
            one.publish(Fallback.NONE, 40_000);
            one.billed("flux", 30_000, false);
            one.evidence.addEvent(drawn(null, attempt("flux", "drawn", cost)));

            one.found(Breach.MISPRICED);
        }
    }

    /** Of a model that the catalogue of the run lacks; of more images than were asked for. */
    @Test
    void anUnforeseeableBillMayExceedTheCost() {
        unforeseeable("OTHER_MODEL", "drawn").found();
        unforeseeable("LAST_BROKEN", "unknown_outcome", "drawn").found(Breach.OVERPAID);
        unforeseeable("LAST_BROKEN", "drawn").found(Breach.MISPRICED);
    }

    private static RequestChecksTest unforeseeable(String fault, String... attempts) {
        var one = new RequestChecksTest();
        String prompt = "one [[sim:" + fault + "*1]]";
        one.evidence.addRecord("a", PlainJob.of("t", "k", "gemini", prompt, OutputSize.K1), T0);
        one.evidence.addBill(prompt, attempts.length);
        Arrays.stream(attempts)
                .forEach(_ -> one.evidence.addCall(prompt, new BilledCall("gemini", T0, 140_000, false)));
        one.evidence.addEvent(drawn(
                null,
                Arrays.stream(attempts)
                        .map(outcome -> attempt("gemini", outcome, 40_000))
                        .toArray(Attempt[]::new)));
        return one;
    }

    @Test
    void aJobMayFailWhereItsBudgetLeavesTooLittleForAnotherCall() {
        publish(Fallback.NONE, 59_999);
        evidence.addEvent(failed(FailureCode.BUDGET_EXCEEDED, attempt("flux", "unknown_outcome", 30_000)));

        found();
    }

    @Test
    void aJobThatFailsWithinItsBudgetIsFound() {
        publish(Fallback.NONE, 60_000);
        evidence.addEvent(failed(FailureCode.BUDGET_EXCEEDED, attempt("flux", "unknown_outcome", 30_000)));

        found(Breach.FAILED);
    }

    @Test
    void anEditSaysWhetherItContinuedTheSession() {
        for (boolean continued : new boolean[] {true, false}) {
            for (String by : List.of(ParentEdit.SESSION, ParentEdit.REFERENCE)) {
                var one = new RequestChecksTest();
                one.publishEdit(T0.plusSeconds(9));
                one.parentCompletes();
                one.billed("gemini", 40_000, continued);
                one.evidence.addEvent(drawn(new ParentEdit("p", by), attempt("gemini", "drawn", 40_000)));

                if (continued == by.equals(ParentEdit.SESSION)) {
                    one.found();
                } else {
                    one.found(Breach.MISEDITED);
                }
            }
        }
    }

    @Test
    void anEditNamesItsParent() {
        publishEdit(T0.plusSeconds(9));
        parentCompletes();
        evidence.addEvent(drawn(null, attempt("gemini", "drawn", 40_000)));

        found(Breach.MISEDITED);
    }

    @Test
    void anEditOfAJobThatHasFailedIsRefusedBeforeACall() {
        publishEdit(T0.plusSeconds(9));
        evidence.addEvent(SampleEvents.rejected("a", FailureCode.REFERENCE_UNAVAILABLE));

        found();
        billed("gemini", 40_000, false);
        found(Breach.MISEDITED, Breach.HIDDEN, Breach.MISPRICED);
    }

    @Test
    void onlyAnEditBeforeItsParentsEventMayBeRefused() {
        for (int seconds : new int[] {1, 9}) {
            var one = new RequestChecksTest();
            one.publishEdit(T0.plusSeconds(seconds));
            one.parentCompletes();
            one.evidence.addEvent(SampleEvents.rejected("a", FailureCode.REFERENCE_UNAVAILABLE));

            one.found(seconds == 1 ? Stream.<Breach>of() : Stream.of(Breach.FAILED));
        }
    }

    @Test
    void aJobThatItsProviderAlwaysRefusesMustFail() {
        var job = PlainJob.of("t", "k", "gemini", "one [[sim:BLOCK_SAFETY]]", OutputSize.K1);
        evidence.addRecord("a", job, T0);
        evidence.addEvent(failed(FailureCode.INPUT_REFUSED, attempt("gemini", "input_refused", 10)));
        found();

        var other = new RequestChecksTest();
        other.evidence.addRecord("a", job, T0);
        other.evidence.addEvent(drawn(null, attempt("gemini", "drawn", 40_000)));
        other.found(Breach.FAILED);
    }

    private void publish(Fallback fallback, long budget) {
        evidence.addRecord(
                "a",
                PlainJob.of(
                        "t",
                        "k",
                        null,
                        new Routing(List.of(), null, fallback),
                        "one",
                        null,
                        OutputSize.K1,
                        new Budget(budget),
                        null),
                T0);
    }

    private void publishEdit(Instant at) {
        evidence.addRecord("a", PlainJob.of("t", "k", null, null, "one", "p", OutputSize.K1, null, null), at);
    }

    private void parentCompletes() {
        evidence.addRecord("p", PlainJob.of("t", "p", "gemini", "a parent", OutputSize.K1), T0);
        evidence.addEvent(SampleEvents.completed("p", false), T0.plusSeconds(5));
    }

    private void billed(String model, long usdMicros, boolean continued) {
        evidence.addBill("one", 1);
        evidence.addCall("one", new BilledCall(model, T0, usdMicros, continued));
    }

    private static RenderCompleted drawn(@Nullable ParentEdit edit, Attempt... attempts) {
        return completed(attempts[attempts.length - 1].model(), edit, attempts);
    }

    private static RenderCompleted completed(String model, @Nullable ParentEdit edit, Attempt... attempts) {
        RenderCompleted sample = SampleEvents.completed("a", false);
        return new RenderCompleted(
                sample.job(),
                false,
                sample.images(),
                new ModelChoice(null, model, "p", "best"),
                List.of(attempts),
                Usage.NONE,
                new Cost(cost(attempts), "1"),
                sample.latency(),
                sample.provenance(),
                edit,
                null);
    }

    private static RenderFailed failed(FailureCode code, Attempt... attempts) {
        RenderFailed sample = SampleEvents.failed("a", code);
        return new RenderFailed(
                sample.job(),
                false,
                code,
                false,
                "failed",
                null,
                List.of(attempts),
                Usage.NONE,
                new Cost(cost(attempts), "1"));
    }

    private static long cost(Attempt... attempts) {
        return Arrays.stream(attempts).mapToLong(Attempt::usdMicros).sum();
    }

    private static Attempt attempt(String model, String outcome, long usdMicros) {
        return new Attempt(1, model, outcome, T0, 0, null, null, usdMicros);
    }

    private void found(Breach... breaches) {
        found(Stream.of(breaches));
    }

    private void found(Stream<Breach> breaches) {
        assertThat(Judge.judge(evidence, EnumSet.allOf(Breach.class)).broken().keySet())
                .containsExactlyInAnyOrderElementsOf(breaches.toList());
    }
}
