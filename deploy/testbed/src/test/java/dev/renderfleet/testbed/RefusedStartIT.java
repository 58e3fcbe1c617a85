package dev.renderfleet.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.sandbox.s3.S3Fault;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Starts that a worker refuses. They share one sandbox. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RefusedStartIT {

    private static TestFleet fleet;

    @BeforeAll
    static void start() {
        fleet = TestFleet.start("refused-starts");
    }

    @AfterAll
    static void stop() {
        fleet.close();
    }

    @AfterEach
    void nothingWasPaid() {
        fleet.control().clearS3Faults();
        assertThat(fleet.simulator().ledger().calls()).isZero();
    }

    /** Last: the mark stays in the bucket. */
    @Test
    @Order(Integer.MAX_VALUE)
    void aWorkerRefusesTheBucketOfAnotherFleet() {
        byte[] mark = "{\"version\":1,\"kafkaCluster\":\"theirs\",\"group\":\"workers\"}".getBytes(UTF_8);
        fleet.bucket().put("fleet.json", mark, "application/json");

        assertRefused("another fleet", Map.of());
    }

    /** A worker with a failpoint never calls a provider that is paid. */
    @Test
    @Tag("long")
    void aWorkerThatCouldPayRefusesAFailpoint() {
        assertRefused(
                "renderfleet.chaos",
                Map.of(
                        "RENDERFLEET_CHAOS_KILL_AT",
                        "CALLING",
                        "RENDERFLEET_PROVIDERS_GEMINI_BASE_URL",
                        "https://models.example.com"));
    }

    /** Bugs are planted in the testbed's own worker only. */
    @Test
    @Tag("long")
    void aWorkerCannotBeToldToMisbehave() {
        assertRefused("no such setting: RENDERFLEET_CHAOS_BUG", Map.of("RENDERFLEET_CHAOS_BUG", "CALL_TWICE"));
    }

    @Test
    void aWorkerRefusesABucketWithoutConditionalPuts() {
        fleet.control().s3Faults(S3Fault.of(S3Fault.Kind.UNCONDITIONAL));

        assertRefused("does not honour conditional puts", Map.of());
    }

    private static void assertRefused(String reason, Map<String, String> settings) {
        assertThatThrownBy(() -> fleet.worker("worker-1", settings))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(reason);
    }
}
