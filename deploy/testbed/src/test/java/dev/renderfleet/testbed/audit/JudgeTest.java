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
        evidence.addRecord("a", "one");
        evidence.addRecord("b", "two");
        evidence.addRecord("b", "two");
        evidence.addEvent(completed("a", false, PICTURE));
        evidence.addEvent(failed("b", FailureCode.INPUT_REFUSED));
        evidence.addEvent(failed("b", FailureCode.INPUT_REFUSED, true));
        evidence.addBill("one", 1);
        evidence.addTerminalJob("a");

        assertThat(verdict().broken()).isEmpty();
        assertThat(verdict().holds()).isTrue();
        assertThat(verdict().totals()).isEqualTo(new Totals(2, 3, 3, 1, 1, 0, 1));
    }

    @Test
    void aJobWithoutEventIsLost() {
        evidence.addRecord("a", "one");

        onlyFound(Breach.LOST, 1);
    }

    @Test
    void aRecordWithoutAnswerIsLostAlsoWhereItsJobHasOne() {
        evidence.addRecord("a", "one");
        evidence.addRecord("a", "one");
        evidence.addEvent(completed("a", false));

        onlyFound(Breach.LOST, 1);
    }

    @Test
    void aJobOfWhichOnlyReplaysTellIsLost() {
        evidence.addRecord("a", "one");
        evidence.addEvent(completed("a", true));

        onlyFound(Breach.LOST, 1);
    }

    @Test
    void eachFirstTimeEventBeyondOneIsDoubled() {
        evidence.addRecord("a", "one");
        evidence.addEvent(completed("a", false, PICTURE));
        evidence.addEvent(completed("a", false, PICTURE));
        evidence.addEvent(completed("a", false, PICTURE));

        onlyFound(Breach.DOUBLED, 2);
    }

    @Test
    void aSecondFirstTimeEventIsDoubledAlsoWhereTheJobWasPublishedTwice() {
        evidence.addRecord("a", "one");
        evidence.addRecord("a", "one");
        evidence.addEvent(completed("a", false, PICTURE));
        evidence.addEvent(completed("a", false, PICTURE));

        onlyFound(Breach.DOUBLED, 1);
    }

    @Test
    void aReplayThatNobodyAskedForIsDoubled() {
        evidence.addRecord("a", "one");
        evidence.addEvent(completed("a", false, PICTURE));
        evidence.addEvent(completed("a", true, PICTURE));

        onlyFound(Breach.DOUBLED, 1);
    }

    @Test
    void firstTimeEventsThatDifferConflict() {
        evidence.addRecord("a", "one");
        evidence.addEvent(completed("a", false, PICTURE));
        evidence.addEvent(completed("a", false, OTHER));
        evidence.addEvent(failed("a", FailureCode.NO_IMAGE));

        assertThat(verdict().broken()).containsOnlyKeys(Breach.CONFLICTING, Breach.DOUBLED);
        assertThat(verdict().count(Breach.CONFLICTING)).isEqualTo(2);
        assertThat(verdict().count(Breach.DOUBLED)).isEqualTo(2);
    }

    @Test
    void aReplayThatTellsAnotherOutcomeConflicts() {
        evidence.addRecord("a", "one");
        evidence.addRecord("a", "one");
        evidence.addEvent(failed("a", FailureCode.INPUT_REFUSED));
        evidence.addEvent(completed("a", true, PICTURE));

        onlyFound(Breach.CONFLICTING, 1);
    }

    @Test
    void aCompletedJobWithoutAPictureMissesIt() {
        evidence.addRecord("a", "one");
        evidence.addEvent(completed("a", false, List.of()));

        onlyFound(Breach.MISSING, 1);
    }

    @Test
    void theRefusalOfAnotherJobUnderTheKeyIsNoSecondOutcome() {
        evidence.addRecord("a", "one");
        evidence.addRecord("a", "another");
        evidence.addEvent(completed("a", false, PICTURE));
        evidence.addEvent(rejected("a", FailureCode.IDEMPOTENCY_CONFLICT));

        assertThat(verdict().broken()).isEmpty();
    }

    @Test
    void whatIsWrongWithAPictureIsFoundOnceForEachPicture() {
        evidence.addRecord("a", "one");
        evidence.addRecord("a", "one");
        evidence.addEvent(completed("a", false, PICTURE, OTHER));
        evidence.addEvent(completed("a", true, PICTURE, OTHER));
        evidence.addImageFault(PICTURE, new PictureFault(Breach.MISSING, "is not there"));
        evidence.addImageFault(OTHER, new PictureFault(Breach.DAMAGED, "another digest"));

        assertThat(verdict().broken()).containsOnlyKeys(Breach.MISSING, Breach.DAMAGED);
        assertThat(verdict().count(Breach.MISSING)).isEqualTo(1);
        assertThat(verdict().count(Breach.DAMAGED)).isEqualTo(1);
    }

    @Test
    void eachCallBeyondOneIsOverpaidAndHoldsOnlyWhereOneOfTheSameJobWasInFlight() {
        evidence.addRecord("a", "one");
        evidence.addEvent(completedAfter("a", 3));
        evidence.addBill("one", 3);

        onlyFound(Breach.OVERPAID, 2);
        evidence.addLostCalls("another", 9);
        evidence.addLostCalls("a", 1);
        onlyFound(Breach.OVERPAID, 2);
        assertThat(verdict().unexcused()).isEqualTo(1);
        evidence.addLostCalls("a", 1);
        assertThat(verdict().unexcused()).isZero();
        assertThat(verdict().holds()).isTrue();
    }

    @Test
    void aSpoiltAnswerMayBePaidAgainOnce() {
        String hanging = "one [[sim:HANG*1]]";
        String refused = "two [[sim:429 retryDelay=1s*1]]";
        evidence.addRecord("a", hanging);
        evidence.addRecord("b", refused);
        evidence.addEvent(completedAfter("a", 3));
        evidence.addEvent(completedAfter("b", 2));
        evidence.addBill(hanging, 2);
        evidence.addBill(refused, 1);

        assertThat(verdict().broken()).isEmpty();

        evidence.addBill(hanging, 1);
        evidence.addBill(refused, 1);

        onlyFound(Breach.OVERPAID, 2);
    }

    @Test
    void aCheapJobDoesNotPayForAnother() {
        evidence.addRecord("a", "one");
        evidence.addRecord("b", "two");
        evidence.addEvent(completedAfter("a", 2));
        evidence.addEvent(failed("b", FailureCode.INTERNAL));
        evidence.addBill("one", 2);

        onlyFound(Breach.OVERPAID, 1);
    }

    @Test
    void aCallForNobodysPromptIsOverpaid() {
        evidence.addBill("a stranger's", 1);

        onlyFound(Breach.OVERPAID, 1);
        assertThat(verdict().finding(Breach.OVERPAID).examples())
                .containsExactly("(no job): 1 calls billed instead of 0, 0 were out at kills");
    }

    @Test
    void aHeldJobIsCalledAgainOnlyAfterAnAnswerThatHasCome() {
        String hanging = "one [[sim:HANG*1]]";
        String cut = "two [[sim:TRUNCATED_BASE64*1]]";
        evidence.addRecord("a", hanging, OnUnknown.HOLD);
        evidence.addRecord("b", cut, OnUnknown.HOLD);
        evidence.addEvent(completedAfter("a", 2));
        evidence.addEvent(completedAfter("b", 2));
        evidence.addBill(hanging, 1);
        evidence.addBill(cut, 2);

        assertThat(verdict().broken()).isEmpty();

        evidence.addBill(hanging, 1);

        onlyFound(Breach.OVERPAID, 1);
    }

    @Test
    void killsExcuseNoSecondPaymentOfAHeldJob() {
        evidence.addRecord("a", "one", OnUnknown.HOLD);
        evidence.addEvent(completedAfter("a", 2));
        evidence.addBill("one", 2);
        evidence.addLostCalls("a", 1);

        onlyFound(Breach.OVERPAID, 1);
        assertThat(verdict().unexcused()).isEqualTo(1);
    }

    @Test
    void aBilledCallThatNoEventListsIsHiddenWhateverExcusesIt() {
        evidence.addRecord("a", "one [[sim:HANG*1]]");
        evidence.addEvent(completedAfter("a", 1));
        evidence.addBill("one [[sim:HANG*1]]", 2);
        evidence.addLostCalls("a", 1);
        evidence.addDisturbance(LATER);

        onlyFound(Breach.HIDDEN, 1);
    }

    @Test
    void jobsOfOnePromptListTheirCallsTogether() {
        evidence.addRecord("a", "one");
        evidence.addRecord("b", "one");
        evidence.addEvent(completedAfter("a", 1));
        evidence.addBill("one", 2);

        onlyFound(Breach.LOST, 1);

        evidence.addEvent(completedAfter("b", 1));
        assertThat(verdict().broken()).isEmpty();
    }

    @Test
    void aReplayListsNothingOfItsOwn() {
        evidence.addRecord("a", "one [[sim:HANG*1]]");
        evidence.addRecord("a", "one [[sim:HANG*1]]");
        evidence.addEvent(completed("a", false, PICTURE));
        evidence.addEvent(completed("a", true, PICTURE));
        evidence.addBill("one [[sim:HANG*1]]", 2);

        onlyFound(Breach.HIDDEN, 1);
    }

    @ParameterizedTest
    @EnumSource
    void aSoundJobThatFailsIsFoundWhateverTheCode(FailureCode code) {
        evidence.addRecord("a", "one");
        evidence.addEvent(failed("a", code, false));
        evidence.addDisturbance(LATER);

        onlyFailed(1);
        assertThat(verdict().broken()).as("where jobs may be unsound").isEmpty();
    }

    @Test
    void aSoundJobThatIsRejectedIsFoundAndTheRefusalOfAnotherIsNot() {
        evidence.addRecord("a", "one");
        evidence.addRecord("a", "another");
        evidence.addRecord("b", "two");
        evidence.addEvent(completed("a", false, PICTURE));
        evidence.addEvent(rejected("a", FailureCode.IDEMPOTENCY_CONFLICT));
        evidence.addEvent(rejected("b", FailureCode.UNSUPPORTED));

        onlyFailed(1);
    }

    @Test
    void callsOfUnknownOutcomeExcuseAFailureIfThereAreEnoughAndEachHasACause() {
        evidence.addRecord("a", "one");
        evidence.addEvent(failed("a", FailureCode.UNKNOWN_OUTCOME, false, unknown(EARLY), unknown(LATE)));

        onlyFailed(1);
        evidence.addDisturbance(EARLY.plusMillis(1));
        onlyFailed(1);
        evidence.addDisturbance(LATER);
        evidence.addDisturbance(EARLY);
        nothingFailed();
    }

    @Test
    void oneCallOfUnknownOutcomeExcusesTheFailureOfAHeldJobOnly() {
        evidence.addRecord("a", "one", OnUnknown.HOLD);
        evidence.addRecord("b", "two", OnUnknown.RETRY);
        evidence.addEvent(failed("a", FailureCode.UNKNOWN_OUTCOME, false, unknown(EARLY)));
        evidence.addDisturbance(LATER);

        onlyFound(Breach.LOST, 1);
        evidence.addEvent(failed("b", FailureCode.UNKNOWN_OUTCOME, false, unknown(EARLY)));
        onlyFailed(1);
    }

    @Test
    void aSpoiltAnswerExplainsOneCallOfUnknownOutcome() {
        evidence.addRecord("a", "one [[sim:LATE seconds=50*1]]", OnUnknown.HOLD);
        evidence.addRecord("b", "two [[sim:TRUNCATED_BASE64*1]]", OnUnknown.HOLD);
        evidence.addRecord("c", "three [[sim:HANG*1]]");
        evidence.addEvent(failed("a", FailureCode.UNKNOWN_OUTCOME, false, unknown(EARLY)));
        evidence.addEvent(failed("b", FailureCode.UNKNOWN_OUTCOME, false, unknown(EARLY)));
        evidence.addEvent(failed("c", FailureCode.UNKNOWN_OUTCOME, false, unknown(EARLY), unknown(LATE)));

        onlyFailed(2);
    }

    @Test
    void aJobThatHasEndedInSilenceIsUnannouncedAndLost() {
        evidence.addRecord("a", "one");
        evidence.addTerminalJob("a");

        assertThat(verdict().broken()).containsOnlyKeys(Breach.LOST, Breach.UNANNOUNCED);
        assertThat(verdict().count(Breach.UNANNOUNCED)).isEqualTo(1);
    }

    @Test
    void anEventOfAJobThatNobodyPublishedIsForeign() {
        evidence.addEvent(completed("a", false));
        evidence.addEvent(completed("a", true));

        onlyFound(Breach.FOREIGN, 2);
    }

    @Test
    void examplesNameTheJobAndAreFew() {
        for (int job = 0; job < 20; job++) {
            evidence.addRecord("job-" + job, "prompt " + job);
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
