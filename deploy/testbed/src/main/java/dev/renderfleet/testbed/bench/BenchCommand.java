package dev.renderfleet.testbed.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.renderfleet.testbed.system.Paths;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures a worker on this machine and prints raw figures. */
@Command(
        name = "bench",
        description = {
            "Measures workers against the sandbox: start, added latency, throughput and CPU per job, heap, and how",
            "much of a quota workers use, by the minute and by the day, and how many jobs a second the router decides;",
            "the scheduler's intake, releases, latency, change of leaders and fairness beside a worker that answers at"
                    + " once.",
            "Prints figures and judges none. Takes 35 minutes; on a busy machine they mean little."
        },
        mixinStandardHelpOptions = true)
public final class BenchCommand implements Callable<Integer> {

    /** What can be measured. */
    enum Scenario {
        START,
        LATENCY,
        THROUGHPUT,
        HEAP,
        QUOTA,
        DAY_QUOTA,
        ROUTER,
        SCHEDULER,
        FAIRNESS,
        SCHEDULED_QUOTA;

        /** As people write it on the command line. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private final Paths paths;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--jobs",
            defaultValue = "1000",
            description =
                    "Jobs of a round of latency and throughput; one round goes before as warm-up. Of the scheduler: of"
                            + " the idle queue; twenty times as many a round, a thousand times as many in the large"
                            + " backlog. Default: ${DEFAULT-VALUE}")
    private int jobs;

    @Option(names = "--only", description = "Only this scenario: ${COMPLETION-CANDIDATES}. Default: all")
    private @Nullable Scenario only;

    @Option(
            names = "--beside",
            split = ",",
            paramLabel = "PEER",
            description = "Compare with workers of other makes, and measure nothing else: ${COMPLETION-CANDIDATES},"
                    + " separated by commas. Each needs redis-server, and npm or python3 with their registries.")
    private List<PeerMake> beside = List.of();

    @Option(
            names = "--parts",
            split = ",",
            paramLabel = "PART",
            description = "Of that comparison: ${COMPLETION-CANDIDATES}, separated by commas. Default: all")
    private List<BesidePart> parts = List.of(BesidePart.values());

    @Option(
            names = "--model",
            defaultValue = "gemini",
            description = "Of throughput: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}")
    private BenchModel model = BenchModel.GEMINI;

    @Option(names = "--seed", defaultValue = "1", description = "Seed of jobs and simulator. Default: ${DEFAULT-VALUE}")
    private long seed;

    @Option(names = "--json", description = "End with all figures as one line of JSON.")
    private boolean json;

    /** For the command line. */
    public BenchCommand() {
        this(Paths.here());
    }

    BenchCommand(Paths paths) {
        this.paths = paths;
    }

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("time", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        all.put("seed", seed);
        show(out, all, "machine", Machine.here());
        for (Scenario scenario : Scenario.values()) {
            if (beside.isEmpty() && (only == null || only == scenario)) {
                show(out, all, scenario.toString(), measure(scenario, out));
            }
        }
        if (!beside.isEmpty()) {
            Consumer<String> progress = progress(out);
            show(
                    out,
                    all,
                    "beside",
                    inFleet(progress, fleet -> BesideScenario.run(fleet, paths, beside, parts, jobs, progress)));
        }
        if (json) {
            out.println(new ObjectMapper().writeValueAsString(all));
            out.flush();
        }
        return 0;
    }

    private Figures measure(Scenario scenario, PrintWriter out) throws Exception {
        Consumer<String> progress = progress(out);
        return switch (scenario) {
            case START -> inFleet(progress, StartScenario::run);
            case LATENCY -> inFleet(progress, fleet -> LatencyScenario.run(fleet, jobs));
            case THROUGHPUT -> inFleet(progress, fleet -> ThroughputScenario.run(fleet, paths, model, jobs));
            case HEAP -> inFleet(progress, fleet -> HeapScenario.run(fleet, progress));
            case QUOTA -> QuotaScenario.run(paths, QuotaScenario.BY_MINUTE, seed, progress);
            case DAY_QUOTA -> QuotaScenario.run(paths, QuotaScenario.BY_DAY, seed, progress);
            case ROUTER -> RouterScenario.run();
            case SCHEDULED_QUOTA -> QuotaScenario.run(paths, QuotaScenario.SCHEDULED, seed, progress);
            case SCHEDULER -> SchedulerScenario.run(paths, jobs, seed, progress);
            case FAIRNESS -> FairnessScenario.run(paths, jobs, seed, progress);
        };
    }

    private static Consumer<String> progress(PrintWriter out) {
        return line -> {
            out.println(line);
            out.flush();
        };
    }

    @FunctionalInterface
    private interface Measurement {
        Figures in(BenchFleet fleet) throws Exception;
    }

    /** Each in a new sandbox, so that none meets what another has left in Kafka. */
    private Figures inFleet(Consumer<String> progress, Measurement measurement) throws Exception {
        try (BenchFleet fleet = BenchFleet.start(paths, seed, progress)) {
            return measurement.in(fleet);
        }
    }

    private static void show(PrintWriter out, Map<String, Object> all, String key, Figures figures) {
        all.put(key, figures);
        figures.lines().forEach(out::println);
        out.println();
        out.flush();
    }
}
