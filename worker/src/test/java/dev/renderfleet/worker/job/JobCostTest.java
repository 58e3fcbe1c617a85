package dev.renderfleet.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What calls cost, and how a budget bounds them. */
@Timeout(60)
class JobCostTest extends JobScenario {

    @Test
    void aBudgetStopsAReRollThatCouldExceedIt() {
        model.then(FailureKind.UNKNOWN_OUTCOME, null).thenDraws(ScriptedModel.PICTURE);

        RenderFailed event = failed(job("'budget':{'maxUsdMicros':" + (2 * WORST - 1) + "}"));

        assertThat(event.code()).isEqualTo(FailureCode.UNKNOWN_OUTCOME);
        assertThat(event.cost().usdMicros()).isEqualTo(WORST);
        assertThat(model.calls()).hasSize(1);
    }

    /** The provider bills the picture that it did not send: 113,400 at 4K, and 12 tokens of input. */
    @Test
    void imageTokensOfAnAnswerWithoutAPictureCostAPictureAndTheBudgetForbidsAReRoll() {
        var usage = new Usage(12, 2_520, 0, 2_532, 2_520L);
        model.then(_ -> new NotDrawn(FailureKind.NO_IMAGE, "IMAGE_OTHER", null, null, usage, "answer-1"));

        RenderFailed event = failed(job("'output':{'size':'4K'},'budget':{'maxUsdMicros':215000}"));

        assertThat(model.calls()).hasSize(1);
        assertThat(event.code()).isEqualTo(FailureCode.NO_IMAGE);
        assertThat(event.cost().usdMicros()).isEqualTo(113_400 + 18);
        assertThat(event.usage()).isEqualTo(usage);
    }

    @Test
    void twoPicturesInOneAnswerCostTwice() {
        var usage = new Usage(10, 2_240, 0, 2_250);
        model.then(_ -> {
            Drawn two = model.drawn(ScriptedModel.PICTURE, ScriptedModel.PICTURE);
            return new Drawn(two.pictures(), usage, two.modelVersion(), two.responseId());
        });

        assertThat(completed(job("")).cost().usdMicros()).isEqualTo(67_200 + 15);
    }

    /** A part of the bill must not be missing from the cost. */
    @Test
    void anAnswerWithoutUsageCostsTheWorstCasePriceAtLeast() {
        model.then(_ -> {
                    Drawn one = model.drawn(ScriptedModel.TRUNCATED);
                    return new Drawn(one.pictures(), Usage.NONE, null, null);
                })
                .then(_ -> {
                    Drawn one = model.drawn(ScriptedModel.PICTURE);
                    return new Drawn(one.pictures(), Usage.NONE, null, null);
                });

        assertThat(completed(job("")).attempts()).extracting(Attempt::usdMicros).containsExactly(WORST, WORST);
    }

    @Test
    void anAnswerThatCannotBeReadCostsTheWorstCasePrice() {
        model.then(_ -> new NotDrawn(FailureKind.RESULT_INVALID, "NOT_AN_ANSWER", null, null, Usage.NONE, null));

        assertThat(failed(job("")).cost().usdMicros()).isEqualTo(2 * WORST);
    }

    @Test
    void anAnswerWithoutAPictureIsPricedAsTheModelThatGaveIt() {
        var usage = new Usage(12, 1_120, 0, 1_132, 1_120L);
        model.then(_ -> new NotDrawn(
                FailureKind.OUTPUT_REFUSED, "SAFETY", null, null, usage, "answer-1", null, "gemini-3-pro-image-001"));

        assertThat(failed(job("")).cost().usdMicros()).isBetween(134_000L, 139_000L);
    }

    @Test
    void theCostThatAProviderStatesHoldsForAnInvalidPictureToo() {
        model.then(_ -> {
            Drawn one = model.drawn(ScriptedModel.TRUNCATED);
            return new Drawn(one.pictures(), Usage.NONE, null, null, 7L);
        });

        assertThat(failed(job("")).cost().usdMicros()).isEqualTo(2 * 7);
    }

    @Test
    void aBudgetThatSufficesForTheReRollAllowsIt() {
        model.then(FailureKind.UNKNOWN_OUTCOME, null).thenDraws(ScriptedModel.PICTURE);

        RenderCompleted event = completed(job("'budget':{'maxUsdMicros':" + 2 * WORST + "}"));

        assertThat(event.cost().usdMicros()).isEqualTo(WORST + DRAWN);
    }

    @Test
    void aBudgetBelowTheWorstCasePriceRejectsWithoutACallOrAnEntry() {
        RenderRejected event = rejected(job("'budget':{'maxUsdMicros':" + (WORST - 1) + "}"));

        assertThat(event.code()).isEqualTo(FailureCode.BUDGET_EXCEEDED);
        assertThat(model.calls()).isEmpty();
        assertThat(store.keys("")).isEmpty();
    }

    @Test
    void aBudgetIncludesTheCallsOfAFormerOwner() {
        AcceptedJob job = job("'budget':{'maxUsdMicros':" + (2 * WORST - 1) + "}");
        claimedByAnother(job);
        clock.advance(LEASE.plusSeconds(1));

        RenderFailed event = failed(job);

        assertThat(model.calls()).isEmpty();
        assertThat(event.code()).isEqualTo(FailureCode.BUDGET_EXCEEDED);
        assertThat(event.cost().usdMicros()).isEqualTo(WORST);
    }

    @ParameterizedTest
    @CsvSource({
        "gemini-3-pro-image,     134000, 'answered and priced as gemini-3-pro-image, not as gemini-nano-banana-2.1'",
        "gemini-3-pro-image-001, 134000, 'answered and priced as gemini-3-pro-image, not as gemini-nano-banana-2.1'",
        "gemini-nano-banana-2.1-001, 33600,",
        "a-model-to-come, 33600, 'answered as a-model-to-come, which the model catalogue does not know'"
    })
    void anAnswerOfAnotherModelIsRemarkedAndPricedAsThatModel(String version, long picture, @Nullable String remark) {
        model.thenAnswersAs(version);

        RenderCompleted event = completed(job(""));

        assertThat(event.cost().usdMicros()).isBetween(picture, picture + 5_000);
        assertThat(event.provenance().modelVersion()).isEqualTo(version);
        assertThat(event.attempts())
                .singleElement()
                .satisfies(attempt -> assertThat(attempt.detail()).isEqualTo(remark));
    }
}
