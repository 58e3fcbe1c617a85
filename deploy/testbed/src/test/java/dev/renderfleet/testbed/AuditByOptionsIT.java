package dev.renderfleet.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.cli.cluster.RecordSender;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.sandbox.SandboxEndpoints;
import dev.renderfleet.testbed.jobs.SandboxCluster;
import dev.renderfleet.testbed.system.FleetSystem;
import dev.renderfleet.testbed.system.Paths;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The command line's {@code audit} of a system that this machine knows nothing of, as a person runs it and reads it. */
class AuditByOptionsIT {

    private static final Paths HERE = TestFleet.paths("audit-options");
    private static final Path ELSEWHERE = Path.of("target", "it", "audit-elsewhere");
    private static final String ACCESS_KEY = "RENDERFLEET_S3_ACCESS_KEY";
    private static final String SECRET_KEY = "RENDERFLEET_S3_SECRET_KEY";
    private static final String UNKNOWN_CALL = "{\"state\":\"parked\",\"history\":{\"attempts\":[{\"outcome\":"
            + "\"unknown_outcome\",\"model\":\"m\",\"usdMicros\":33600}]}}";

    private static FleetSystem system;
    private static SandboxEndpoints sandbox;

    @BeforeAll
    static void somethingToFindInTheStoreAndInKafka() throws InterruptedException {
        system = FleetSystem.begin(HERE, false, _ -> {});
        sandbox = system.startSandbox(List.of("--without", "postgres,simulators"));
        SandboxCluster.bucket(sandbox)
                .put("ledger/" + job() + ".json", UNKNOWN_CALL.getBytes(UTF_8), "application/json");
        try (var sender = new RecordSender(SandboxCluster.kafka(sandbox), Topics.EVENTS)) {
            sender.send(job().getBytes(UTF_8), "no event".getBytes(UTF_8));
        }
    }

    @AfterAll
    static void stop() {
        system.close();
    }

    @Test
    @Tag("long")
    void aRecordThatIsNoEventIsNamedAndDoesNotEndTheCommand() {
        CommandRun events = CommandRun.run(HERE.state(), "events", "--from-beginning", "--once");

        assertThat(events.err()).isEmpty();
        assertThat(events.exitCode()).isZero();
        assertThat(events.out()).containsPattern("no event {2}render\\.events/\\d+/0: ");
    }

    @Test
    void theOptionsAndTheirVariablesSayWhatTheStateFileSays() {
        CommandRun byState = CommandRun.run(HERE.state(), "audit");
        CommandRun byOptions = audit(keys(), options());
        CommandRun byVariables = audit(FleetSystem.workerEnvironment(sandbox));

        assertThat(byState.out().lines())
                .startsWith(
                        "1 ledger entries, 0 jobs with an event, 0 images.",
                        "unknown_outcome: 1",
                        "  " + job() + ": a call of m, may have cost $0.0336",
                        "unreadable: 1")
                .anyMatch(line -> line.startsWith("  ?: an event cannot be read: "));
        assertThat(List.of(byState, byOptions, byVariables)).allSatisfy(run -> {
            assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
            assertThat(run.out()).isEqualTo(byState.out());
            assertThat(run.err()).isEmpty();
        });
    }

    @Test
    @Tag("long")
    void aKeyThatIsMissingOrWrongIsNamedAndNotShown() {
        assertThat(wrong(Map.of(), options())).contains(ACCESS_KEY);
        assertThat(wrong(keysWith(ACCESS_KEY, "nobodys-key"), options()))
                .contains(ACCESS_KEY)
                .doesNotContain(SECRET_KEY);
        assertThat(wrong(keysWith(SECRET_KEY, "another-secret"), options()))
                .contains(SECRET_KEY)
                .doesNotContain("another-secret");
    }

    @Test
    @Tag("long")
    void aPlaceWhereNothingIsIsNamed() {
        String[] noBucket = options();
        noBucket[noBucket.length - 1] = "nobodys-bucket";
        assertThat(wrong(keys(), noBucket)).contains("--bucket", "nobodys-bucket");

        String[] noStore = options();
        noStore[4] = "http://127.0.0.1:1";
        assertThat(wrong(keys(), noStore)).contains("--s3-endpoint", "http://127.0.0.1:1");

        String[] noKafka = options();
        noKafka[2] = "127.0.0.1:1";
        assertThat(wrong(keys(), noKafka)).contains("--bootstrap-servers", "127.0.0.1:1");
    }

    @Test
    @Tag("long")
    void anAddressOrANameThatCannotBeIsNamed() {
        String[] noAddress = options();
        noAddress[4] = "http://no where";
        assertThat(wrong(keys(), noAddress)).contains("--s3-endpoint");

        String[] noName = options();
        noName[noName.length - 1] = "No_Bucket!";
        assertThat(wrong(keys(), noName)).contains("--bucket", "No_Bucket!");
    }

    @Test
    void whereNothingCanBeLookedAtNothingIsFound() {
        assertThat(wrong(Map.of())).contains("No Kafka is named");
    }

    /** What a run says that cannot begin: wrong usage, not a finding, and no secret of anybody. */
    private static String wrong(Map<String, String> environment, String... arguments) {
        CommandRun run = audit(environment, arguments);
        assertThat(run.exitCode()).as(run.out() + run.err()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err())
                .doesNotContain(sandbox.store().secretKey())
                .doesNotContain("Exception")
                .doesNotContain("\tat ");
        return run.err().lines().findFirst().orElse("");
    }

    /** Where no fleet runs. */
    private static CommandRun audit(Map<String, String> environment, String... arguments) {
        return CommandRun.start(ELSEWHERE, environment, arguments.length == 0 ? new String[] {"audit"} : arguments)
                .awaitEnd();
    }

    private static String[] options() {
        return new String[] {
            "audit",
            "--bootstrap-servers",
            sandbox.bootstrapServers(),
            "--s3-endpoint",
            sandbox.store().endpoint(),
            "--s3-region",
            sandbox.store().region(),
            "--bucket",
            sandbox.store().bucket()
        };
    }

    private static Map<String, String> keys() {
        return Map.of(
                ACCESS_KEY, sandbox.store().accessKey(),
                SECRET_KEY, sandbox.store().secretKey());
    }

    private static Map<String, String> keysWith(String variable, String value) {
        Map<String, String> keys = new TreeMap<>(keys());
        keys.put(variable, value);
        return keys;
    }

    private static String job() {
        return JobId.of("t", "unknown").value();
    }
}
