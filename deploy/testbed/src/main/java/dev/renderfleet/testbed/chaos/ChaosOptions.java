package dev.renderfleet.testbed.chaos;

import dev.renderfleet.testbed.planted.PlantedBug;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of a run. */
final class ChaosOptions {

    private static final int PERCENT = 100;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command = CommandSpec.create();

    @Option(names = "--jobs", defaultValue = "500", description = "Jobs to publish. Default: ${DEFAULT-VALUE}")
    private int jobs;

    @Option(
            names = "--models",
            split = ",",
            defaultValue = "GEMINI",
            description =
                    "The jobs name these models in equal parts: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}")
    private Set<ChaosModel> models = EnumSet.noneOf(ChaosModel.class);

    @Option(names = "--workers", defaultValue = "3", description = "Worker processes. Default: ${DEFAULT-VALUE}")
    private int workers;

    @Option(
            names = "--beside",
            split = ",",
            description =
                    "Then the same for a peer's workers, to compare: ${COMPLETION-CANDIDATES}, or both with a comma. Their"
                            + " broken promises do not count for the exit code. Not with --bug or --points.")
    private List<Peer> peers = List.of();

    @Option(
            names = "--slots",
            defaultValue = "8",
            description = "Renders at a time in each worker. Default: ${DEFAULT-VALUE}")
    private int slots;

    @Option(
            names = "--kill-every",
            defaultValue = "5s",
            converter = DurationConverter.class,
            description = "A worker is killed (kill -9) so often, and started again under its name. 0 = never."
                    + " Default: ${DEFAULT-VALUE}")
    private Duration killEvery = Duration.ZERO;

    @Option(
            names = "--points",
            split = ",",
            arity = "0..1",
            fallbackValue = FailpointName.EACH,
            description =
                    "Instead of killing at random moments, let a worker die at each named point of a job's life in"
                            + " turn, or only at these: ${COMPLETION-CANDIDATES}")
    private Set<FailpointName> points = EnumSet.noneOf(FailpointName.class);

    @Option(
            names = "--pause-every",
            defaultValue = "0",
            converter = DurationConverter.class,
            description = "A worker is paused (SIGSTOP) so often, until its session has expired. 0 = never."
                    + " Default: ${DEFAULT-VALUE}")
    private Duration pauseEvery = Duration.ZERO;

    @Option(
            names = "--pause-for",
            defaultValue = "9s",
            converter = DurationConverter.class,
            description = "How long; the sandbox's groups wait 6 s for a member. Default: ${DEFAULT-VALUE}")
    private Duration pauseFor = Duration.ZERO;

    @Option(
            names = "--broker-restarts",
            defaultValue = "1",
            description =
                    "The broker is killed or stopped in order, in turn, and started again so often, spread over the run."
                            + " Default: ${DEFAULT-VALUE}")
    private int brokerRestarts;

    @Option(
            names = "--s3-faults",
            defaultValue = "5",
            description = "Percent of the workers' requests to the store that meet a 503, a 500, a reset, or a slow"
                    + " answer. Default: ${DEFAULT-VALUE}")
    private int s3Faults;

    @Option(
            names = "--provider-faults",
            defaultValue = "5",
            description =
                    "Percent of the jobs whose first call meets a refusal, no answer, a cut answer, a broken image, an"
                            + " answer after the time-out, or a sound answer in another form. Default: ${DEFAULT-VALUE}")
    private int providerFaults;

    @Option(
            names = "--provider-fault-kinds",
            split = ",",
            description = "Only these of the provider's faults: ${COMPLETION-CANDIDATES}. Default: all")
    private Set<ProviderFault> providerFaultKinds = EnumSet.allOf(ProviderFault.class);

    @Option(
            names = "--duplicates",
            defaultValue = "5",
            description = "Percent of records that are published once more. Default: ${DEFAULT-VALUE}")
    private int duplicates;

    @Option(
            names = "--fallbacks",
            defaultValue = "0",
            description =
                    "Percent of the jobs that may go on with another model after a failure, most of them within a budget;"
                            + " half of them name no model. 0 with --beside. Default: ${DEFAULT-VALUE}")
    private int fallbacks;

    @Option(
            names = "--edits",
            defaultValue = "0",
            description =
                    "Percent of the jobs that edit the image of another job: most are published after its event, some before,"
                            + " some of a job that fails. 0 with --beside. Default: ${DEFAULT-VALUE}")
    private int edits;

    @Option(
            names = "--model-seconds",
            defaultValue = "8,40",
            split = ",",
            arity = "1",
            description =
                    "Median and 99th percentile of the model's time, before the time scale. Default: ${DEFAULT-VALUE}")
    private double[] modelSeconds = {};

    @Option(
            names = "--time-scale",
            defaultValue = "8",
            description = "Divides the model's time. Default: ${DEFAULT-VALUE}")
    private double timeScale;

    @Option(
            names = "--patience",
            defaultValue = "10m",
            converter = DurationConverter.class,
            description = "The run ends when no outcome has come for so long; what is missing then is lost."
                    + " Default: ${DEFAULT-VALUE}")
    private Duration patience = Duration.ZERO;

    @Option(
            names = "--seed",
            description = "Seed of all random choices; printed, so that a run can be repeated. Default: a new one")
    private @Nullable Long seed;

    @Option(
            names = "--bug",
            description = "Plants a bug in the workers that the auditor must see: ${COMPLETION-CANDIDATES}")
    private @Nullable PlantedBug bug;

    @Option(
            names = "--scheduler",
            description =
                    "Jobs come by render.requests, REST and render.jobs, of tenants with weights and caps; schedulers are killed and"
                            + " paused, PostgreSQL is restarted. Not with --beside, --edits or --points.")
    private boolean scheduler;

    @Option(
            names = "--scheduler-kill-every",
            defaultValue = "25s",
            converter = DurationConverter.class,
            description =
                    "With --scheduler: one of two schedulers or both are killed (kill -9), or one is paused, so often."
                            + " 0 = never. Default: ${DEFAULT-VALUE}")
    private Duration schedulerKillEvery = Duration.ZERO;

    @Option(
            names = "--postgres-restarts",
            defaultValue = "1",
            description =
                    "With --scheduler: PostgreSQL is killed or stopped in order, in turn, and started again so often."
                            + " Default: ${DEFAULT-VALUE}")
    private int postgresRestarts;

    @Option(
            names = "--scheduler-bug",
            description =
                    "With --scheduler: plants a bug in the schedulers that the auditor must see: ${COMPLETION-CANDIDATES}")
    private @Nullable SchedulerBug schedulerBug;

    /** The plan for our workers, then one for each peer. Throws {@link ParameterException} on wrong usage. */
    List<ChaosPlan> plans() {
        require(jobs >= 1 && workers >= 1 && slots >= 1, "--jobs, --workers and --slots must be at least 1");
        require(
                Stream.of(s3Faults, providerFaults, duplicates, fallbacks, edits)
                                .allMatch(ChaosOptions::percent)
                        && fallbacks + edits <= PERCENT,
                "percents go from 0 to 100, --fallbacks and --edits together");
        require(
                brokerRestarts >= 0 && postgresRestarts >= 0,
                "--broker-restarts and --postgres-restarts must not be negative");
        require(
                !scheduler || (peers.isEmpty() && points.isEmpty() && edits == 0),
                "--scheduler is not for --beside, --edits or --points");
        require(schedulerBug == null || scheduler, "--scheduler-bug is for --scheduler");
        require(
                modelSeconds.length == 2 && modelSeconds[0] >= 0 && modelSeconds[1] >= modelSeconds[0],
                "--model-seconds wants the median and the 99th percentile, such as 8,40");
        require(
                peers.isEmpty() || (bug == null && points.isEmpty()),
                "--bug and --points are for Renderfleet's own workers");
        require(peers.isEmpty() || models.equals(Set.of(ChaosModel.GEMINI)), "--beside is for --models GEMINI");
        require(timeScale > 0, "--time-scale must be above 0");
        require(patience.isPositive(), "--patience must be above 0");
        long drawn = seed == null ? ThreadLocalRandom.current().nextLong(1_000_000) : seed;
        ChaosPlan ours = plan(drawn, null);
        require(
                bug != PlantedBug.FORGET_SPOOL || (workers == 1 && ours.killsWorkers()),
                "--bug FORGET_SPOOL shows with --workers 1 and kills: another worker may take the job over and pay again by right");
        List<ChaosPlan> plans = new ArrayList<>(List.of(ours));
        peers.stream().distinct().forEach(peer -> plans.add(plan(drawn, peer)));
        return plans;
    }

    private ChaosPlan plan(long drawn, @Nullable Peer peer) {
        return new ChaosPlan(
                drawn,
                jobs,
                models.stream().sorted().toList(),
                peer,
                workers,
                slots,
                killEvery,
                brokerRestarts,
                pauseEvery,
                pauseFor,
                s3Faults,
                providerFaults,
                List.copyOf(EnumSet.copyOf(providerFaultKinds)),
                duplicates,
                peers.isEmpty() ? fallbacks : 0,
                peers.isEmpty() ? edits : 0,
                points.stream().filter(this::isReached).sorted().toList(),
                bug,
                modelSeconds[0],
                modelSeconds[1],
                timeScale,
                patience,
                scheduler ? new SchedulerPlan(schedulerKillEvery, postgresRestarts, schedulerBug) : null);
    }

    /** Only a call that is a task is accepted before it is answered. */
    private boolean isReached(FailpointName point) {
        return point != FailpointName.ACCEPTED || models.stream().anyMatch(ChaosModel::hasTasks);
    }

    private static boolean percent(int number) {
        return number >= 0 && number <= PERCENT;
    }

    private void require(boolean kept, String rule) {
        if (!kept) {
            throw new ParameterException(command.commandLine(), rule);
        }
    }
}
