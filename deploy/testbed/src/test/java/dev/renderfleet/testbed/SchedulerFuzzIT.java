package dev.renderfleet.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.sandbox.SandboxProcess;
import dev.renderfleet.testbed.system.FleetSystem;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Schemathesis makes requests out of the published description of the API, valid and invalid ones: each answer is as described, and none
 * is a fault of the server. Needs {@code python3} with {@code venv}, and PyPI.
 */
@Tag("long")
class SchedulerFuzzIT {

    private static final Path DESCRIPTION =
            Path.of("..", "..", "docs", "openapi.yaml").toAbsolutePath();
    private static final int SECONDS_MAX = 60;
    private static final Duration ENDED_WITHIN = Duration.ofSeconds(90);
    private static final int SEED_MAX = 1_000_000;

    @Test
    void everyAnswerIsAsDescribed() throws Exception {
        var python = PythonEnvironment.install();
        long seed = Long.getLong("test.seed", new SecureRandom().nextInt(SEED_MAX));
        System.out.println("everyAnswerIsAsDescribed: -Dtest.seed=" + seed);
        try (var sandbox = SandboxProcess.start("--without", "s3", "--without", "simulators");
                var system = FleetSystem.begin(TestFleet.paths("fuzz"), false, _ -> {})) {
            var scheduler = system.startScheduler("scheduler", FleetSystem.schedulerEnvironment(sandbox.endpoints()));
            system.awaitReady(scheduler);

            EndedProgram fuzzer = python.run(
                    ENDED_WITHIN,
                    "schemathesis",
                    "run",
                    DESCRIPTION.toString(),
                    "--url=http://127.0.0.1:" + scheduler.httpPort(),
                    "--seed=" + seed,
                    "--max-time=" + SECONDS_MAX,
                    // Which bodies are refused is said in words, beside the schema: that null is absence, for example.
                    // RESTEasy
                    // has no Allow with 405, and HEAD and OPTIONS in it otherwise.
                    "--exclude-checks=negative_data_rejection,positive_data_acceptance,"
                            + "unsupported_method,allow_header_conformance",
                    "--suppress-health-check=all",
                    "--no-color");

            assertThat(fuzzer.code()).as("seed %d%n%s", seed, fuzzer.printed()).isZero();
        }
    }
}
