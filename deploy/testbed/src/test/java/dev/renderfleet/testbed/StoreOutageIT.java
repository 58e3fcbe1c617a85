package dev.renderfleet.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.sandbox.s3.ActiveS3Faults.ActiveFault;
import dev.renderfleet.sandbox.s3.S3Fault;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Storage that fails while the model renders: paid images wait on the disk, and no other call is made. */
@Tag("long")
class StoreOutageIT {

    private static final int PAID = 6;
    private static final int LATER = 3;
    /** That many refused requests show that the worker has tried again, and again. */
    private static final int REFUSED = 20;

    private static final Duration LONG_ENOUGH = Duration.ofMinutes(2);

    @Test
    void paidPicturesWaitForTheStoreAndNothingIsPaidMeanwhile() throws InterruptedException {
        try (TestFleet fleet = TestFleet.start("store-outage", "--time-scale", "1")) {
            fleet.simulator().latency(3, 3);
            fleet.worker("worker-1", Map.of());
            fleet.publish(jobs("drawn", PAID));
            Awaitility.await("all are at the model")
                    .atMost(LONG_ENOUGH)
                    .until(() -> fleet.simulator().running().count() == PAID);

            fleet.control().s3Faults(S3Fault.of(S3Fault.Kind.DOWN));
            try {
                fleet.publish(jobs("later", LATER));
                Awaitility.await("all is drawn")
                        .atMost(LONG_ENOUGH)
                        .until(() -> fleet.simulator().running().count() == 0);
                int before = refused(fleet);
                Awaitility.await("the store was asked again and again since")
                        .atMost(LONG_ENOUGH)
                        .until(() -> refused(fleet) >= before + REFUSED);
                assertThat(fleet.events()).isEmpty();
                assertThat(fleet.simulator().ledger().calls()).isEqualTo(PAID);
            } finally {
                // A worker that leaves waits for its paid pictures.
                fleet.control().clearS3Faults();
            }
            assertThat(fleet.awaitEvents(PAID + LATER, LONG_ENOUGH))
                    .hasSize(PAID + LATER)
                    .allSatisfy(event -> assertThat(event).isInstanceOf(RenderCompleted.class));
            assertThat(fleet.simulator().ledger().calls()).isEqualTo(PAID + LATER);
            assertThat(fleet.audit().broken()).isEmpty();
        }
    }

    private static List<RenderJob> jobs(String key, int count) {
        return IntStream.range(0, count)
                .mapToObj(number -> TestFleet.job("shop", key + "-" + number, "A vase, " + key + ", number " + number))
                .toList();
    }

    private static int refused(TestFleet fleet) {
        return fleet.control().s3Faults().stream()
                .mapToInt(ActiveFault::applied)
                .sum();
    }
}
