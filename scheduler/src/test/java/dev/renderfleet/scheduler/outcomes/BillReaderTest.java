package dev.renderfleet.scheduler.outcomes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.EventCodec;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.scheduler.outcomes.BillReader.BilledEvent;
import dev.renderfleet.scheduler.store.JobState;
import dev.renderfleet.scheduler.topics.TopicRecord;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** From an event to its bill. */
class BillReaderTest {

    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
    private static final JobRef JOB = new JobRef("0".repeat(40), "shop", "k", "ab".repeat(32), null, Map.of());

    /** A job may be canceled after calls, one of which may have been billed. */
    @Test
    void aCanceledJobIsBilledForItsCalls() {
        var event = new RenderCanceled(
                JOB,
                false,
                "m",
                new Cost(150, "1"),
                List.of(attempt(1, "no_image", 50), attempt(2, "unknown_outcome", 100)));
        String record = "render.jobs/0/7";
        var read = new TopicRecord(
                Topics.EVENTS,
                0,
                1,
                CloudEvents.ofEvent(event, record, "/w", NOW, null),
                JOB.jobId().getBytes(UTF_8),
                new EventCodec().encode(event));

        assertThat(new BillReader(InstantSource.fixed(NOW), _ -> {}).read(read))
                .isNotNull()
                .extracting(BilledEvent::bill)
                .satisfies(bill -> {
                    assertThat(bill.state()).isEqualTo(JobState.CANCELED);
                    assertThat(bill.spent()).isEqualTo(50);
                    assertThat(bill.unknown()).isEqualTo(100);
                    assertThat(bill.record()).isEqualTo(record);
                });
    }

    private static Attempt attempt(int number, String outcome, long usdMicros) {
        return new Attempt(number, "m", outcome, NOW, 1, null, null, usdMicros);
    }
}
