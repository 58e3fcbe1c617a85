package dev.renderfleet.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.worker.limits.Slots;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

/** How far a record's timestamp is trusted. */
class AcceptedJobTest {

    private static final Instant TAKEN = Instant.parse("2026-11-24T08:00:00Z");

    @Test
    void aTimestampInTheFutureIsCutToTheTimeOfReceipt() {
        assertThat(published(TAKEN.plus(Duration.ofDays(1)))).isEqualTo(TAKEN);
        assertThat(published(TAKEN.minusSeconds(2))).isEqualTo(TAKEN.minusSeconds(2));
    }

    private static Instant published(Instant timestamp) {
        InstantSource clock = InstantSource.fixed(TAKEN);
        AcceptedJob job = new RunnerFixture(new InMemoryObjectStore("renderfleet", clock), clock, new Slots(1))
                .job("", "render.jobs/0/1");
        return new AcceptedJob(job.job(), job.id(), job.fingerprint(), job.record(), timestamp, TAKEN, job.reassigned())
                .published();
    }
}
