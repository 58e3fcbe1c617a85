package dev.renderfleet.cli.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.renderfleet.cli.audit.AuditFindings.Finding;
import dev.renderfleet.cli.audit.AuditFindings.Kind;
import dev.renderfleet.cli.audit.Repair.RepairStep;
import dev.renderfleet.cli.cluster.Bucket;
import dev.renderfleet.cli.cluster.BucketOptions;
import dev.renderfleet.cli.cluster.ClusterOptions;
import dev.renderfleet.cli.cluster.KafkaCluster;
import dev.renderfleet.cli.cluster.TopicReader;
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
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Audits a running fleet: jobs without event, missing images, old claims, calls of unknown outcome. */
@Command(
        name = "audit",
        description = {
            "Compares the ledger and the images in the bucket with the events in Kafka, and lists: terminal jobs without"
                    + " event, images without event, events whose images are not stored, claims without progress,"
                    + " calls of unknown outcome with their possible cost, entries that cannot be read.",
            "Names the partitions of render.events whose last stable offset does not advance, and ends then.",
            "Without --repair it changes nothing.",
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

    private final InstantSource clock;
    private final Duration openTransactionsMax;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    @Mixin
    private BucketOptions bucket = new BucketOptions();

    @Option(
            names = "--claimed-minutes",
            defaultValue = "15",
            description = "Longest time of a claim without progress; longer than the slowest model's time-out."
                    + " Default: ${DEFAULT-VALUE}")
    private int claimedMinutes;

    @Option(
            names = "--repair",
            description =
                    "announce: publishes the records of terminal jobs without event again, with their first timestamp; a"
                            + " worker then publishes their outcomes from the ledger, marked as replays, without a call."
                            + " Deletes nothing.")
    private @Nullable Repairs repair;

    @Option(names = "--json", description = "One line of JSON instead of text.")
    private boolean json;

    /** For the command line. */
    public AuditCommand() {
        this(InstantSource.system());
    }

    AuditCommand(InstantSource clock) {
        this(clock, TopicReader.OPEN_TRANSACTIONS_MAX);
    }

    AuditCommand(InstantSource clock, Duration openTransactionsMax) {
        this.clock = clock;
        this.openTransactionsMax = openTransactionsMax;
    }

    @Override
    public Integer call() throws Exception {
        KafkaCluster kafka = cluster.kafka();
        Bucket store = bucket.open(cluster);
        var reader = new TopicReader(kafka, openTransactionsMax);
        AuditFindings findings =
                new Reconciler(reader, store, Duration.ofMinutes(claimedMinutes), clock.instant()).look();
        var repairs = new Repair(reader);
        List<RepairStep> steps = repairs.plan(findings);
        int published = repair == Repairs.ANNOUNCE ? repairs.run(steps, kafka) : 0;
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(json(findings, published));
        } else {
            print(out, findings, steps);
        }
        out.flush();
        return findings.findings().isEmpty() ? 0 : 1;
    }

    private void print(PrintWriter out, AuditFindings findings, List<RepairStep> steps) {
        out.println(findings.entries() + " ledger entries, " + findings.announced() + " jobs with an event, "
                + findings.pictures() + " images.");
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

    private static String json(AuditFindings findings, int published) throws JsonProcessingException {
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
