package dev.renderfleet.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.fleet.audit.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** That the peers are fair: without faults they do what our worker does. */
class PeersIT {

    private static final int JOBS = 50;

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "smallrye, deploy/peers/smallrye/target/quarkus-app/quarkus-run.jar",
        "parallel, deploy/peers/parallel/target/parallel/parallel.jar"
    })
    void withoutFaultsAPeerKeepsThePromises(String name, Path jar) throws InterruptedException {
        try (var fleet = TestFleet.start("peer-" + name, "--time-scale", "100")) {
            List<RenderJob> jobs = IntStream.range(0, JOBS)
                    .mapToObj(number -> TestFleet.job("peers", "job-" + number, "A red vase, number " + number))
                    .toList();
            fleet.peer(name, Path.of("..", "..").resolve(jar));
            fleet.publish(jobs);
            fleet.awaitEvents(JOBS, Duration.ofMinutes(2));

            Verdict verdict = fleet.audit();
            assertThat(verdict.broken()).isEmpty();
            assertThat(verdict.totals()).isEqualTo(new Verdict.Totals(JOBS, JOBS, JOBS, JOBS, 0, 0, JOBS));
        }
    }
}
