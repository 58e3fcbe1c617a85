package dev.renderfleet.worker.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.worker.ledger.LogEnd;
import dev.renderfleet.worker.ledger.Submission;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A failed job is tried again for a record published later, by offset and not by the producer's clock; never for a redelivery. */
class PublishedAgainTest extends JobScenario {

    private static final String FAILED_RECORD = "render.jobs/0/7";
    /** Published while the job ran. */
    private static final String DUPLICATE = "render.jobs/0/8";
    /** The first one after the failure. */
    private static final String AGAIN = "render.jobs/0/9";

    private static final LogEnd AT_FAILURE = new LogEnd("topic-1", List.of(9L, 4L));

    private @Nullable LogEnd end = AT_FAILURE;
    private int callsBefore;

    @BeforeEach
    void failTheJob() {
        fixture.log(() -> end);
        model.then(FailureKind.UNKNOWN_OUTCOME, null);
        assertThat(run(FAILED_RECORD, NOW.minusSeconds(2)).event()).isInstanceOf(RenderFailed.class);
        callsBefore = model.calls().size();
        clock.advance(Duration.ofMinutes(1));
    }

    /** Epoch milliseconds: none, 0, 1, an hour before the failure, an hour ahead. */
    @ParameterizedTest
    @ValueSource(longs = {-1, 0, 1, 1_763_895_600_000L, 1_763_902_800_000L})
    void aRecordPublishedAfterTheFailureBeginsARun(long timestamp) {
        assertIsRun(run(AGAIN, Instant.ofEpochMilli(timestamp)), AGAIN);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 0, 1, 1_763_895_600_000L, 1_763_902_800_000L})
    void aDuplicatePublishedBeforeTheFailureIsReplayed(long timestamp) {
        assertIsReplay(run(DUPLICATE, Instant.ofEpochMilli(timestamp)));
    }

    /** Its producer cannot have known of the failure, which took an hour to be written. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDuplicatePublishedWhileTheFailureCouldNotBeWrittenIsReplayed(boolean kafkaAnswers) {
        end = kafkaAnswers ? new LogEnd("topic-1", List.of(11L, 4L)) : null;
        fixture.storePause(wait -> {
            clock.advance(Duration.ofHours(1));
            end = kafkaAnswers ? new LogEnd("topic-1", List.of(12L, 4L)) : null;
            return true;
        });
        model.then(_ -> {
            store.failNextPutsBeforeWriting(1);
            return new NotDrawn(FailureKind.UNKNOWN_OUTCOME, "TIMEOUT", null, null, Usage.NONE, null);
        });
        String failing = "render.jobs/0/10";
        assertThat(run(failing, clock.instant()).record()).isEqualTo(failing);
        callsBefore = model.calls().size();

        JobResult.Outcome duplicate = run("render.jobs/0/11", clock.instant().minusSeconds(1));

        assertThat(duplicate.event().replay()).isTrue();
        assertThat(duplicate.record()).isEqualTo(failing);
        assertThat(model.calls()).hasSize(callsBefore);
    }

    /** After a crash that left it unpublished. */
    @ParameterizedTest
    @ValueSource(longs = {-1, 0, 1, 1_763_895_600_000L, 1_763_902_800_000L})
    void theFailedRecordDeliveredAgainYieldsItsOutcome(long timestamp) {
        JobResult.Outcome again = run(FAILED_RECORD, Instant.ofEpochMilli(timestamp));

        assertThat(again.record()).isEqualTo(FAILED_RECORD);
        assertThat(again.event().replay()).isFalse();
        assertThat(model.calls()).hasSize(callsBefore);
    }

    /** After a reset of the group's offsets. */
    @Test
    void theFailedRecordsOutcomeIsAReplayIfItsEventIsPublished() {
        fixture.published((outcome, record, _) -> outcome instanceof RenderFailed && record.equals(FAILED_RECORD));

        assertIsReplay(run(FAILED_RECORD, NOW.minusSeconds(2)));
    }

    /** Records without key go to any partition. */
    @ParameterizedTest
    @ValueSource(strings = {"render.jobs/1/4", "render.jobs/2/0"})
    void aRecordOfAnotherOrOfANewPartitionBeginsARun(String record) {
        assertIsRun(run(record, Instant.EPOCH), record);
    }

    @Test
    void aDuplicateInAnotherPartitionIsReplayed() {
        assertIsReplay(run("render.jobs/1/3", clock.instant()));
    }

    /** Its offsets begin at 0 again, so only the timestamp is left. */
    @Test
    void inATopicThatWasCreatedAnewTheTimestampDecides() {
        end = new LogEnd("topic-2", List.of(1L, 0L));

        assertIsReplay(run("render.jobs/0/3", NOW.minusSeconds(1)));
        assertIsRun(run("render.jobs/0/0", clock.instant()), "render.jobs/0/0");
    }

    @Test
    void withoutAnAnswerOfKafkaTheTopicCountsAsTheSame() {
        end = null;

        assertIsReplay(run(DUPLICATE, clock.instant()));
        assertIsRun(run(AGAIN, Instant.EPOCH), AGAIN);
    }

    @Test
    void aRecordThatAsksForTheStoredOutcomeBeginsNoRun() {
        AcceptedJob job = fixture.job("", AGAIN);

        assertIsReplay(run(job, new Submission(AGAIN, clock.instant(), clock.instant(), true)));
    }

    /** A consumer that drops an id that it has seen misses neither failure. */
    @Test
    void twoFailuresOfTwoRunsAreTwoOutcomesAndEachReplayNamesItsOwn() {
        end = new LogEnd("topic-1", List.of(11L, 4L));
        JobResult.Outcome second = run(AGAIN, Instant.EPOCH);
        JobResult.Outcome replay = run("render.jobs/0/10", Instant.EPOCH);

        assertIsRun(second, AGAIN);
        assertThat(second.event()).isInstanceOf(RenderFailed.class);
        assertThat(replay.record()).isEqualTo(AGAIN);
        assertThat(replay.event().replay()).isTrue();
    }

    private void assertIsRun(JobResult.Outcome outcome, String record) {
        assertThat(outcome.event().replay()).isFalse();
        assertThat(outcome.record()).isEqualTo(record);
        assertThat(model.calls()).hasSizeGreaterThan(callsBefore);
    }

    private void assertIsReplay(JobResult.Outcome outcome) {
        assertThat(outcome.event().replay()).isTrue();
        assertThat(outcome.record()).as("the id is that of the first event").isEqualTo(FAILED_RECORD);
        assertThat(model.calls()).hasSize(callsBefore);
    }

    private JobResult.Outcome run(String record, Instant timestamp) {
        return run(fixture.job("", record), new Submission(record, timestamp, clock.instant()));
    }

    private JobResult.Outcome run(AcceptedJob job, Submission submission) {
        JobRunner runner = runner("worker of " + job.record(), waits);
        var delivered = new AcceptedJob(job.job(), job.id(), job.fingerprint(), submission, job.reassigned());
        return runner.run(delivered) instanceof JobResult.Outcome outcome ? outcome : fail("released");
    }
}
