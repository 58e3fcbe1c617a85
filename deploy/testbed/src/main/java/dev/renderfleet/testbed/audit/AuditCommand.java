package dev.renderfleet.testbed.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.renderfleet.sandbox.SandboxEndpoints;
import dev.renderfleet.testbed.audit.LiveFindings.Finding;
import dev.renderfleet.testbed.audit.LiveFindings.Kind;
import dev.renderfleet.testbed.audit.Repair.Step;
import dev.renderfleet.testbed.jobs.Bucket;
import dev.renderfleet.testbed.jobs.TopicReader;
import dev.renderfleet.testbed.system.FleetTrouble;
import dev.renderfleet.testbed.system.Paths;
import dev.renderfleet.testbed.system.RunningFleet;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Looks for what is lost, missing or stuck in a system that runs. */
@Command(
        name = "audit",
        description = {
            "Compares the ledger and the pictures in the bucket with the events in Kafka, and lists: jobs that have ended without"
                    + " event, pictures that no event tells of, announced pictures that are not there, claims that stand too"
                    + " long, calls of unknown outcome with what they may have cost, entries that cannot be read.",
            "Reads the running fleet, or any other by the options below, each of which may also be given as the environment"
                    + " variable that a worker knows it by. Without --repair it changes nothing.",
            "Exit code: 0 if nothing was found, 1 if something was, 2 for wrong usage or if it could not look."
        },
        exitCodeOnExecutionException = CommandLine.ExitCode.USAGE,
        mixinStandardHelpOptions = true)
public final class AuditCommand implements Callable<Integer> {

    /** What can be repaired. */
    enum Repairs {
        ANNOUNCE
    }

    private static final double MICROS = 1e6;
    private static final String ACCESS_KEY = "RENDERFLEET_S3_ACCESS_KEY";
    private static final String SECRET_KEY = "RENDERFLEET_S3_SECRET_KEY";

    private final Paths places;
    private final InstantSource clock;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--bootstrap-servers",
            defaultValue = "${env:KAFKA_BOOTSTRAP_SERVERS}",
            description = "Kafka as host:port (KAFKA_BOOTSTRAP_SERVERS). Default: the running fleet's")
    private @Nullable String bootstrapServers;

    @Option(
            names = "--s3-endpoint",
            defaultValue = "${env:RENDERFLEET_S3_ENDPOINT}",
            description = "The store's address (RENDERFLEET_S3_ENDPOINT). Default: the running fleet's")
    private @Nullable String s3Endpoint;

    @Option(
            names = "--s3-region",
            defaultValue = "${env:RENDERFLEET_S3_REGION:-us-east-1}",
            description = "As the store names it (RENDERFLEET_S3_REGION). Default: ${DEFAULT-VALUE}")
    private String region = "";

    @Option(
            names = "--bucket",
            defaultValue = "${env:RENDERFLEET_S3_BUCKET:-renderfleet}",
            description = "The bucket (RENDERFLEET_S3_BUCKET). Default: ${DEFAULT-VALUE}")
    private String bucket = "";

    @Option(
            names = "--claimed-minutes",
            defaultValue = "15",
            description = "A claim may stand so long without having moved; longer than the slowest model's time-out."
                    + " Default: ${DEFAULT-VALUE}")
    private int claimedMinutes;

    @Option(
            names = "--repair",
            description =
                    "announce: publishes the records of ended jobs without event again, with their first timestamp; a worker"
                            + " then tells their outcomes from the ledger, marked as replays, without a call. Deletes nothing.")
    private @Nullable Repairs repair;

    @Option(names = "--json", description = "One line of JSON instead of text.")
    private boolean json;

    /** For the command line. */
    public AuditCommand() {
        this(Paths.here(), InstantSource.system());
    }

    AuditCommand(Paths places, InstantSource clock) {
        this.places = places;
        this.clock = clock;
    }

    @Override
    public Integer call() throws Exception {
        Bucket store = store();
        String kafka = bootstrapServers == null
                ? RunningFleet.endpointsOfRunning(places).bootstrapServers()
                : bootstrapServers;
        var reader = new TopicReader(kafka);
        if (!reader.answers()) {
            throw bootstrapServers == null
                    ? new FleetTrouble("The running fleet's Kafka does not answer at " + kafka)
                    : wrong("No Kafka answers at " + kafka + ": --bootstrap-servers");
        }
        LiveFindings findings =
                new Reconciler(reader, store, Duration.ofMinutes(claimedMinutes), clock.instant()).look();
        var repairs = new Repair(reader);
        List<Step> steps = repairs.plan(findings);
        int published = repair == Repairs.ANNOUNCE ? repairs.run(steps, kafka) : 0;
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(json(findings, published));
        } else {
            tell(out, findings, steps);
        }
        out.flush();
        return findings.findings().isEmpty() ? 0 : 1;
    }

    /** Keys come from the environment alone: an option would show them to everyone on the machine. */
    private Bucket store() {
        if (s3Endpoint == null) {
            return new Bucket(RunningFleet.endpointsOfRunning(places).store());
        }
        var place =
                new SandboxEndpoints.S3(s3Endpoint, s3Endpoint, region, bucket, secret(ACCESS_KEY), secret(SECRET_KEY));
        try {
            return usable(new Bucket(place));
        } catch (IllegalArgumentException e) {
            // The client's own rules for addresses and names.
            throw wrong("--s3-endpoint or --bucket is not valid: " + e.getMessage());
        }
    }

    private Bucket usable(Bucket store) {
        Bucket.Refusal refusal = store.refusal().orElse(null);
        if (refusal == Bucket.Refusal.FAILING) {
            throw new FleetTrouble("The store at " + s3Endpoint + " fails; try again later");
        }
        if (refusal != null) {
            throw wrong(
                    switch (refusal) {
                        case NO_ANSWER -> "No store answers at " + s3Endpoint + ": --s3-endpoint";
                        case UNKNOWN_ACCESS_KEY -> "The store does not know the key in " + ACCESS_KEY;
                        case WRONG_SECRET_KEY ->
                            "The store does not take the secret in " + SECRET_KEY + " for that of the key in "
                                    + ACCESS_KEY;
                        case NO_BUCKET -> "The store has no bucket " + bucket + ": --bucket";
                        case FAILING, OTHER ->
                            "The store does not let the bucket " + bucket + " be read: --bucket, --s3-region, "
                                    + ACCESS_KEY + " or " + SECRET_KEY;
                    });
        }
        return store;
    }

    private String secret(String variable) {
        String value = System.getenv(variable);
        if (value == null) {
            throw wrong("The store's key is missing: set the environment variable " + variable);
        }
        return value;
    }

    private ParameterException wrong(String what) {
        return new ParameterException(spec.commandLine(), what);
    }

    private void tell(PrintWriter out, LiveFindings findings, List<Step> steps) {
        out.println(findings.entries() + " ledger entries, " + findings.announced() + " jobs with an event, "
                + findings.pictures() + " pictures.");
        for (Kind kind : Kind.values()) {
            List<Finding> found = findings.of(kind);
            if (!found.isEmpty()) {
                out.println(kind.key() + ": " + found.size());
                found.forEach(finding -> out.println("  " + finding.jobId() + ": " + finding.what() + cost(finding)));
            }
        }
        if (findings.findings().isEmpty()) {
            out.println("Nothing was found.");
        }
        if (!steps.isEmpty()) {
            out.println(repair == null ? "--repair announce would do this:" : "Repaired:");
            steps.forEach(step -> out.println("  " + step.finding().jobId() + " " + step.says()));
        }
    }

    private static String cost(Finding finding) {
        return finding.usdMicros() == 0
                ? ""
                : String.format(Locale.ROOT, ", may have cost $%.4f", finding.usdMicros() / MICROS);
    }

    private static String json(LiveFindings findings, int published) throws JsonProcessingException {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("entries", findings.entries());
        all.put("announced", findings.announced());
        all.put("pictures", findings.pictures());
        for (Kind kind : Kind.values()) {
            all.put(kind.key(), findings.of(kind).size());
        }
        all.put(
                "possibleUsdMicros",
                findings.findings().stream().mapToLong(Finding::usdMicros).sum());
        all.put("findings", findings.findings());
        all.put("published", published);
        return new ObjectMapper().writeValueAsString(all);
    }
}
