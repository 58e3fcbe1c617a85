package dev.renderfleet.testbed.chaos;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.renderfleet.testbed.system.FleetSystem;
import dev.renderfleet.testbed.system.Paths;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Injects faults into a fleet and judges whether its promises hold. */
@Command(
        name = "chaos",
        description = {
            "Runs jobs through real workers while killing and pausing workers, restarting the broker and breaking store and"
                    + " model; then an auditor reads Kafka, the bucket and the providers' bills, and judges: lost, doubled,"
                    + " conflicting, missing, damaged, overpaid, hidden (a paid call that no event lists), failed without excuse,"
                    + " unannounced, foreign, overspent (a budget), mispriced, misrouted (a fallback that the job forbids), misedited.",
            "With --scheduler jobs come by all doors, and also judged are: overspent (a tenant's cap), unbalanced and miscounted"
                    + " (accounts), starved (a job that waits for ever, or that too many later ones overtake).",
            "Progress goes to standard error, the result to standard output.",
            "Exit code: 0 if every promise holds, 1 if one is broken, 2 for wrong usage or a run that could not be judged."
        },
        footer = {
            "",
            "  ./fleet chaos                            five hundred jobs, a minute or two",
            "  ./fleet chaos --points                   a worker dies at each point of a job's life",
            "  ./fleet chaos --scheduler                with schedulers, which are killed too, and PostgreSQL",
            "  ./fleet chaos --bug CALL_TWICE           shows that the auditor sees",
            "  ./fleet chaos --beside smallrye,parallel the same jobs with a peer's workers",
            "  ./fleet chaos --jobs 10000 --slots 24 --time-scale 3 --broker-restarts 2 --json"
        },
        exitCodeOnExecutionException = CommandLine.ExitCode.USAGE,
        mixinStandardHelpOptions = true)
public final class ChaosCommand implements Callable<Integer> {

    private final Paths paths;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private ChaosOptions options = new ChaosOptions();

    @Option(names = "--json", description = "End with the result as one line of JSON.")
    private boolean json;

    /** For the command line. */
    public ChaosCommand() {
        this(Paths.here());
    }

    ChaosCommand(Paths paths) {
        this.paths = paths;
    }

    @Override
    public Integer call() throws Exception {
        List<ChaosPlan> plans = options.plans();
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        Instant begin = Instant.now();
        Consumer<String> progress = line -> say(err, begin, line);
        progress.accept("seed " + plans.getFirst().seed());
        List<ChaosReport> all = new ArrayList<>();
        for (ChaosPlan plan : plans) {
            progress.accept("workers of " + plan.workersName());
            ChaosReport report = run(plan, progress);
            report.lines().forEach(out::println);
            all.add(report);
        }
        if (all.size() > 1) {
            Comparison.lines(all).forEach(out::println);
        }
        if (json) {
            out.println(new ObjectMapper().writeValueAsString(json(all)));
        }
        out.flush();
        return all.getFirst().holds() ? 0 : 1;
    }

    private ChaosReport run(ChaosPlan plan, Consumer<String> progress) throws InterruptedException, ExecutionException {
        String folder = plan.peer() == null ? "chaos" : "chaos-" + plan.workersName();
        Path data = paths.state().resolve(folder).toAbsolutePath();
        try (var system = FleetSystem.begin(paths, false, progress)) {
            Paths.empty(data);
            return new ChaosRun(system, paths, plan, data, progress).run();
        }
    }

    /** Ours, and within it those of the peers. */
    private static Map<String, Object> json(List<ChaosReport> all) {
        Map<String, Object> json = all.getFirst().json();
        if (all.size() > 1) {
            json.put("beside", all.stream().skip(1).map(ChaosReport::json).toList());
        }
        return json;
    }

    private static synchronized void say(PrintWriter err, Instant begin, String line) {
        err.println(String.format(
                Locale.ROOT,
                "%6.1f s  %s",
                Duration.between(begin, Instant.now()).toMillis() / 1000.0,
                line));
        err.flush();
    }
}
