package dev.renderfleet.testbed.audit;

import static dev.renderfleet.testbed.audit.SampleEvents.completed;
import static dev.renderfleet.testbed.audit.SampleEvents.completedAfter;
import static dev.renderfleet.testbed.audit.SampleEvents.failed;
import static dev.renderfleet.testbed.audit.SampleEvents.image;
import static dev.renderfleet.testbed.audit.SampleEvents.rejected;
import static dev.renderfleet.testbed.audit.SampleEvents.unknown;
import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.job.OnUnknown;
import dev.renderfleet.testbed.audit.Evidence.PictureFault;
import dev.renderfleet.testbed.audit.Verdict.Totals;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** That the judge sees each way in which a promise can be broken, counts it right, and sees nothing else in it. */
class JudgeTest {

    private static final Image PICTURE = image("assets/t/a/1.png", "1", new byte[] {1});
    private static final Image OTHER = image("assets/t/a/2.png", "2", new byte[] {2});

    private static final Instant EARLY = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant LATE = EARLY.plusSeconds(10);
    private static final Instant LATER = EARLY.plusSeconds(20);

    private final Evidence evidence = new Evidence();

    @Test
    void aRunWithoutFaultBreaksNothing() {
        evidence.published("a", "one");
        evidence.published("b", "two");
        evidence.published("b", "two");
        evidence.announced(completed("a", false, PICTURE));
        evidence.announced(failed("b", FailureCode.INPUT_REFUSED));
        evidence.announced(failed("b", FailureCode.INPUT_REFUSED, true));
        evidence.billed("one", 1);
        evidence.ended("a");

        assertThat(verdict().broken()).isEmpty();
        assertThat(verdict().holds()).isTrue();
        assertThat(verdict().totals()).isEqualTo(new Totals(2, 3, 3, 1, 1, 0, 1));
    }

    @Test
    void aJobWithoutEventIsLost() {
        evidence.published("a", "one");

        onlyFound(Breach.LOST, 1);
    }

    @Test
    void aRecordWithoutAnswerIsLostAlsoWhereItsJobHasOne() {
        evidence.published("a", "one");
        evidence.published("a", "one");
        evidence.announced(completed("a", false));

        onlyFound(Breach.LOST, 1);
    }

    @Test
    void aJobOfWhichOnlyReplaysTellIsLost() {
        evidence.published("a", "one");
        evidence.announced(completed("a", true));

        onlyFound(Breach.LOST, 1);
    }

    @Test
    void eachFirstTimeEventBeyondOneIsDoubled() {
        evidence.published("a", "one");
        evidence.announced(completed("a", false, PICTURE));
        evidence.announced(completed("a", false, PICTURE));
        evidence.announced(completed("a", false, PICTURE));

        onlyFound(Breach.DOUBLED, 2);
    }

    @Test
    void aSecondFirstTimeEventIsDoubledAlsoWhereTheJobWasPublishedTwice() {
        evidence.published("a", "one");
        evidence.published("a", "one");
        evidence.announced(completed("a", false, PICTURE));
        evidence.announced(completed("a", false, PICTURE));

        onlyFound(Breach.DOUBLED, 1);
    }

    @Test
    void aReplayThatNobodyAskedForIsDoubled() {
        evidence.published("a", "one");
        evidence.announced(completed("a", false, PICTURE));
        evidence.announced(completed("a", true, PICTURE));

        onlyFound(Breach.DOUBLED, 1);
    }

    @Test
    void firstTimeEventsThatDifferConflict() {
        evidence.published("a", "one");
        evidence.announced(completed("a", false, PICTURE));
        evidence.announced(completed("a", false, OTHER));
        evidence.announced(failed("a", FailureCode.NO_IMAGE));

        assertThat(verdict().broken()).containsOnlyKeys(Breach.CONFLICTING, Breach.DOUBLED);
        assertThat(verdict().count(Breach.CONFLICTING)).isEqualTo(2);
        assertThat(verdict().count(Breach.DOUBLED)).isEqualTo(2);
    }

    @Test
    void aReplayThatTellsAnotherOutcomeConflicts() {
        evidence.published("a", "one");
        evidence.published("a", "one");
        evidence.announced(failed("a", FailureCode.INPUT_REFUSED));
        evidence.announced(completed("a", true, PICTURE));

        onlyFound(Breach.CONFLICTING, 1);
    }

    @Test
    void aCompletedJobWithoutAPictureMissesIt() {
        evidence.published("a", "one");
        evidence.announced(completed("a", false, List.of()));

        onlyFound(Breach.MISSING, 1);
    }

    @Test
    void theRefusalOfAnotherJobUnderTheKeyIsNoSecondOutcome() {
        evidence.published("a", "one");
        evidence.published("a", "another");
        evidence.announced(completed("a", false, PICTURE));
        evidence.announced(rejected("a", FailureCode.IDEMPOTENCY_CONFLICT));

        assertThat(verdict().broken()).isEmpty();
    }

    @Test
    void whatIsWrongWithAPictureIsFoundOnceForEachPicture() {
        evidence.published("a", "one");
        evidence.published("a", "one");
        evidence.announced(completed("a", false, PICTURE, OTHER));
        evidence.announced(completed("a", true, PICTURE, OTHER));
        evidence.faulty(PICTURE, new PictureFault(Breach.MISSING, "is not there"));
        evidence.faulty(OTHER, new PictureFault(Breach.DAMAGED, "another digest"));

        assertThat(verdict().broken()).containsOnlyKeys(Breach.MISSING, Breach.DAMAGED);
        assertThat(verdict().count(Breach.MISSING)).isEqualTo(1);
        assertThat(verdict().count(Breach.DAMAGED)).isEqualTo(1);
    }

    @Test
    void eachCallBeyondOneIsOverpaidAndHoldsOnlyWhereOneOfTheSameJobWasInFlight() {
        evidence.published("a", "one");
        evidence.announced(completedAfter("a", 3));
        evidence.billed("one", 3);

        onlyFound(Breach.OVERPAID, 2);
        evidence.lost("another", 9);
        evidence.lost("a", 1);
        onlyFound(Breach.OVERPAID, 2);
        assertThat(verdict().unexcused()).isEqualTo(1);
        evidence.lost("a", 1);
        assertThat(verdict().unexcused()).isZero();
        assertThat(verdict().holds()).isTrue();
    }

    @Test
    void aSpoiltAnswerMayBePaidAgainOnce() {
        String hanging = "one [[sim:HANG*1]]";
        String refused = "two [[sim:429 retryDelay=1s*1]]";
        evidence.published("a", hanging);
        evidence.published("b", refused);
        evidence.announced(completedAfter("a", 3));
        evidence.announced(completedAfter("b", 2));
        evidence.billed(hanging, 2);
        evidence.billed(refused, 1);

        assertThat(verdict().broken()).isEmpty();

        evidence.billed(hanging, 1);
        evidence.billed(refused, 1);

        onlyFound(Breach.OVERPAID, 2);
    }

    @Test
    void aCheapJobDoesNotPayForAnother() {
        evidence.published("a", "one");
        evidence.published("b", "two");
        evidence.announced(completedAfter("a", 2));
        evidence.announced(failed("b", FailureCode.INTERNAL));
        evidence.billed("one", 2);

        onlyFound(Breach.OVERPAID, 1);
    }

    @Test
    void aCallForNobodysPromptIsOverpaid() {
        evidence.billed("a stranger's", 1);

        onlyFound(Breach.OVERPAID, 1);
        assertThat(verdict().finding(Breach.OVERPAID).examples())
                .containsExactly("(nobody's job): 1 calls billed instead of 0, 0 were out at kills");
    }

    @Test
    void aHeldJobIsCalledAgainOnlyAfterAnAnswerThatHasCome() {
        String hanging = "one [[sim:HANG*1]]";
        String cut = "two [[sim:TRUNCATED_BASE64*1]]";
        evidence.published("a", hanging, OnUnknown.HOLD);
        evidence.published("b", cut, OnUnknown.HOLD);
        evidence.announced(completedAfter("a", 2));
        evidence.announced(completedAfter("b", 2));
        evidence.billed(hanging, 1);
        evidence.billed(cut, 2);

        assertThat(verdict().broken()).isEmpty();

        evidence.billed(hanging, 1);

        onlyFound(Breach.OVERPAID, 1);
    }

    @Test
    void killsExcuseNoSecondPaymentOfAHeldJob() {
        evidence.published("a", "one", OnUnknown.HOLD);
        evidence.announced(completedAfter("a", 2));
        evidence.billed("one", 2);
        evidence.lost("a", 1);

        onlyFound(Breach.OVERPAID, 1);
        assertThat(verdict().unexcused()).isEqualTo(1);
    }

    @Test
    void aBilledCallThatNoEventListsIsHiddenWhateverExcusesIt() {
        evidence.published("a", "one [[sim:HANG*1]]");
        evidence.announced(completedAfter("a", 1));
        evidence.billed("one [[sim:HANG*1]]", 2);
        evidence.lost("a", 1);
        evidence.disturbed(LATER);

        onlyFound(Breach.HIDDEN, 1);
    }

    @Test
    void jobsOfOnePromptListTheirCallsTogether() {
        evidence.published("a", "one");
        evidence.published("b", "one");
        evidence.announced(completedAfter("a", 1));
        evidence.billed("one", 2);

        onlyFound(Breach.LOST, 1);

        evidence.announced(completedAfter("b", 1));
        assertThat(verdict().broken()).isEmpty();
    }

    @Test
    void aReplayListsNothingOfItsOwn() {
        evidence.published("a", "one [[sim:HANG*1]]");
        evidence.published("a", "one [[sim:HANG*1]]");
        evidence.announced(completed("a", false, PICTURE));
        evidence.announced(completed("a", true, PICTURE));
        evidence.billed("one [[sim:HANG*1]]", 2);

        onlyFound(Breach.HIDDEN, 1);
    }

    @ParameterizedTest
    @EnumSource
    void aSoundJobThatFailsIsFoundWhateverTheCode(FailureCode code) {
        evidence.published("a", "one");
        evidence.announced(failed("a", code, false));
        evidence.disturbed(LATER);

        onlyFailed(1);
        assertThat(verdict().broken()).as("where jobs may be unsound").isEmpty();
    }

    @Test
    void aSoundJobThatIsRejectedIsFoundAndTheRefusalOfAnotherIsNot() {
        evidence.published("a", "one");
        evidence.published("a", "another");
        evidence.published("b", "two");
        evidence.announced(completed("a", false, PICTURE));
        evidence.announced(rejected("a", FailureCode.IDEMPOTENCY_CONFLICT));
        evidence.announced(rejected("b", FailureCode.UNSUPPORTED));

        onlyFailed(1);
    }

    @Test
    void callsOfUnknownOutcomeExcuseAFailureIfThereAreEnoughAndEachHasACause() {
        evidence.published("a", "one");
        evidence.announced(failed("a", FailureCode.UNKNOWN_OUTCOME, false, unknown(EARLY), unknown(LATE)));

        onlyFailed(1);
        evidence.disturbed(EARLY.plusMillis(1));
        onlyFailed(1);
        evidence.disturbed(LATER);
        evidence.disturbed(EARLY);
        nothingFailed();
    }

    @Test
    void oneCallOfUnknownOutcomeExcusesTheFailureOfAHeldJobOnly() {
        evidence.published("a", "one", OnUnknown.HOLD);
        evidence.published("b", "two", OnUnknown.RETRY);
        evidence.announced(failed("a", FailureCode.UNKNOWN_OUTCOME, false, unknown(EARLY)));
        evidence.disturbed(LATER);

        onlyFound(Breach.LOST, 1);
        evidence.announced(failed("b", FailureCode.UNKNOWN_OUTCOME, false, unknown(EARLY)));
        onlyFailed(1);
    }

    @Test
    void aSpoiltAnswerExplainsOneCallOfUnknownOutcome() {
        evidence.published("a", "one [[sim:LATE seconds=50*1]]", OnUnknown.HOLD);
        evidence.published("b", "two [[sim:TRUNCATED_BASE64*1]]", OnUnknown.HOLD);
        evidence.published("c", "three [[sim:HANG*1]]");
        evidence.announced(failed("a", FailureCode.UNKNOWN_OUTCOME, false, unknown(EARLY)));
        evidence.announced(failed("b", FailureCode.UNKNOWN_OUTCOME, false, unknown(EARLY)));
        evidence.announced(failed("c", FailureCode.UNKNOWN_OUTCOME, false, unknown(EARLY), unknown(LATE)));

        onlyFailed(2);
    }

    @Test
    void aJobThatHasEndedInSilenceIsUnannouncedAndLost() {
        evidence.published("a", "one");
        evidence.ended("a");

        assertThat(verdict().broken()).containsOnlyKeys(Breach.LOST, Breach.UNANNOUNCED);
        assertThat(verdict().count(Breach.UNANNOUNCED)).isEqualTo(1);
    }

    @Test
    void anEventOfAJobThatNobodyPublishedIsForeign() {
        evidence.announced(completed("a", false));
        evidence.announced(completed("a", true));

        onlyFound(Breach.FOREIGN, 2);
    }

    @Test
    void examplesNameTheJobAndAreFew() {
        for (int job = 0; job < 20; job++) {
            evidence.published("job-" + job, "prompt " + job);
        }

        assertThat(verdict().count(Breach.LOST)).isEqualTo(20);
        assertThat(verdict().finding(Breach.LOST).examples()).hasSize(5).allMatch(line -> line.startsWith("job-"));
    }

    /** Whatever the jobs are like. */
    private Verdict verdict() {
        return Judge.judge(evidence, EnumSet.complementOf(EnumSet.of(Breach.FAILED)));
    }

    private void onlyFailed(int count) {
        Verdict ofSoundJobs = Judge.judge(evidence, EnumSet.allOf(Breach.class));
        assertThat(ofSoundJobs.broken()).containsOnlyKeys(Breach.FAILED);
        assertThat(ofSoundJobs.count(Breach.FAILED)).isEqualTo(count);
        assertThat(ofSoundJobs.holds()).isFalse();
    }

    private void nothingFailed() {
        assertThat(Judge.judge(evidence, EnumSet.allOf(Breach.class)).broken()).isEmpty();
    }

    private void onlyFound(Breach breach, int count) {
        assertThat(verdict().broken()).containsOnlyKeys(breach);
        assertThat(verdict().count(breach)).isEqualTo(count);
        assertThat(verdict().holds()).isFalse();
    }
}
