package dev.renderfleet.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.worker.ledger.Submission;
import dev.renderfleet.worker.limits.Slots;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How far a record's timestamp is trusted. */
class AcceptedJobTest {

    private static final Instant TAKEN = Instant.parse("2026-11-24T08:00:00Z");

    @Test
    void aTimestampInTheFutureIsCutToTheTimeOfReceipt() {
        assertThat(published(TAKEN.plus(Duration.ofHours(1)))).isEqualTo(TAKEN);
        assertThat(published(TAKEN.minusSeconds(2))).isEqualTo(TAKEN.minusSeconds(2));
    }

    /** The job would go before all others, and count as waiting for half a century. */
    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, 0, 1})
    void aTimestampThatIsNoneCountsAsTheTimeOfReceipt(long millis) {
        assertThat(published(Instant.ofEpochMilli(millis))).isEqualTo(TAKEN);
    }

    private static Instant published(Instant timestamp) {
        InstantSource clock = InstantSource.fixed(TAKEN);
        AcceptedJob job = new RunnerFixture(new InMemoryObjectStore("renderfleet", clock), clock, new Slots(1))
                .job("", "render.jobs/0/1");
        var submission = new Submission(job.record(), timestamp, TAKEN);
        return new AcceptedJob(job.job(), job.id(), job.fingerprint(), submission, job.reassigned()).published();
    }
}
