package dev.renderfleet.testbed.bench;

import dev.renderfleet.cli.cluster.JobPublisher;
import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.testbed.jobs.PlainJob;
import dev.renderfleet.testbed.jobs.WorkersGroup;
import dev.renderfleet.testbed.system.FleetSystem;
import dev.renderfleet.testbed.system.FleetSystem.RunningProcess;
import dev.renderfleet.testbed.system.ModelsFile;
import dev.renderfleet.testbed.system.Paths;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * How much some workers use of quotas, in a sandbox where no worker has run before. A minute's quota is measured over a
 * window, a day's until calls stop, which is wrong across midnight in Los Angeles. Used once, by one
 * thread.
 */
final class QuotaTrial {

    /** From the first accepted call to the window: the group has settled and new processes are quick by then. */
    private static final Duration LEAD_IN = Duration.ofSeconds(20);

    /** Of all workers together, so that a day's quota lasts equally long with any number of them. */
    private static final int SLOTS_OF_A_DAY = 6;

    private static final Duration MODEL_MAX = Duration.ofMinutes(1);
    private static final Duration SHARES_MAX = Duration.ofSeconds(60);
    private static final Duration FIRST_CALL_MAX = Duration.ofSeconds(60);
    private static final Duration DAY_MAX = Duration.ofMinutes(10);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration SLICE = Duration.ofSeconds(5);

    private static final int PICTURE_BYTES = 60_000;
    private static final double PERCENT = 100;

    /**
     * What is measured.
     *
     * @param quotas one of a day, or any others of different models
     * @param time the window, a multiple of 5 s; of a day's quota how long no call must be sent before it ends
     * @param scheduled whether the jobs come by a scheduler
     */
    record Plan(List<QuotaLimit> quotas, Workers workers, Duration time, boolean scheduled) {
        Plan {
            quotas = List.copyOf(quotas);
        }

        Plan(List<QuotaLimit> quotas, Workers workers, Duration time) {
            this(quotas, workers, time, false);
        }

        private boolean byDay() {
            return quotas.getFirst().unit() == QuotaUnit.DAY;
        }
    }

    private enum Change {
        JOIN,
        /** By SIGTERM. */
        LEAVE,
        /** Killed and started again, as an orchestrator does. */
        DIE
    }

    /** How many workers there are, and what happens to them while it is measured. */
    enum Workers {
        ONE(1, "1 worker"),
        TWO(2, "2 workers"),
        FOUR(4, "4 workers"),
        CHANGING(3, "3, +1 joins, -1 SIGTERM, 1 killed and restarted", Change.JOIN, Change.LEAVE, Change.DIE),
        ONE_LEAVES(3, "3, -1 SIGTERM", Change.LEAVE),
        ONE_DIES(3, "3, 1 killed and restarted", Change.DIE);

        private final int count;
        private final String words;

        @SuppressWarnings("ImmutableEnumChecker") // List.of is immutable.
        private final List<Change> changes;

        Workers(int count, String words, Change... changes) {
            this.count = count;
            this.words = words;
            this.changes = List.of(changes);
        }
    }

    private final BenchFleet fleet;
    private final Path folder;
    private final Plan plan;
    private final List<QuotaMeter> meters;
    private final Deque<RunningProcess> workers = new ArrayDeque<>();
    private int started;

    QuotaTrial(BenchFleet fleet, Paths paths, Plan plan) {
        this.fleet = fleet;
        this.folder = paths.state().resolve("bench");
        this.plan = plan;
        this.meters = plan.quotas().stream()
                .map(quota -> new QuotaMeter(fleet, quota))
                .toList();
    }

    /** Runs to its end. */
    List<QuotaUse> run() throws InterruptedException {
        for (QuotaLimit quota : plan.quotas()) {
            double seconds = quota.modelTime().toMillis() / 1e3;
            fleet.simulator(quota.provider()).latency(seconds, seconds);
            fleet.simulator(quota.provider()).pictureBytes(PICTURE_BYTES);
        }
        QuotaMeter first = meters.getFirst();
        Instant from;
        Instant end;
        try {
            for (int number = 0; number < plan.workers().count; number++) {
                workers.add(begin(name(++started)));
            }
            workers.forEach(fleet::awaitReady);
            awaitShares();
            for (QuotaMeter meter : meters) {
                meter.begin();
            }
            publish();
            if (plan.byDay()) {
                from = Instant.now();
                await(
                        "half of the quota spent",
                        DAY_MAX,
                        () -> first.requests() >= first.quota().calls() / 2);
                changeWorkers(Duration.ZERO);
                workers.forEach(fleet::awaitReady);
                awaitQuiet(first);
                end = Instant.now();
            } else {
                await("a first call", FIRST_CALL_MAX, () -> !first.accepted().isEmpty());
                from = first.accepted().getFirst().plus(LEAD_IN);
                end = from.plus(plan.time());
                Thread.sleep(Duration.between(Instant.now(), from));
                changeWorkers(plan.time().dividedBy(plan.workers().changes.size() + 1));
                Thread.sleep(Duration.between(Instant.now(), end));
            }
        } finally {
            workers.forEach(fleet::stop);
        }
        // Only now is each call either accepted or refused.
        return meters.stream().map(meter -> use(meter, from, end)).toList();
    }

    /** One change after the other, each on the oldest worker, with that much time after each. */
    private void changeWorkers(Duration pause) throws InterruptedException {
        for (Change change : plan.workers().changes) {
            Instant next = Instant.now().plus(pause);
            switch (change) {
                case JOIN -> workers.addLast(begin(name(++started)));
                case LEAVE -> fleet.stop(workers.removeFirst());
                case DIE -> {
                    RunningProcess dies = workers.removeFirst();
                    fleet.kill(dies);
                    workers.addLast(begin(dies.part().name()));
                }
            }
            Thread.sleep(Duration.between(Instant.now(), next));
        }
    }

    /** A worker that got its partitions later would know nothing of what the others have spent of a day. */
    private void awaitShares() throws InterruptedException {
        try (var group = new WorkersGroup(fleet.sandbox().bootstrapServers())) {
            await("partitions for every worker", SHARES_MAX, () -> group.owners() >= plan.workers().count);
        }
    }

    private void awaitQuiet(QuotaMeter meter) throws InterruptedException {
        long[] sent = {meter.requests()};
        Instant[] latest = {Instant.now()};
        await("an end of the calls", DAY_MAX, () -> {
            if (meter.requests() > sent[0]) {
                sent[0] = meter.requests();
                latest[0] = Instant.now();
            }
            return Instant.now().isAfter(latest[0].plus(plan.time()));
        });
    }

    private static void await(String what, Duration atMost, BooleanSupplier condition) throws InterruptedException {
        Instant giveUp = Instant.now().plus(atMost);
        while (!condition.getAsBoolean()) {
            if (Instant.now().isAfter(giveUp)) {
                throw new UserError(
                        "No " + what + " within " + atMost.toSeconds() + " s; the workers' logs may say why.");
            }
            Thread.sleep(POLL);
        }
    }

    private RunningProcess begin(String name) {
        Map<String, String> settings = new TreeMap<>();
        settings.put("RENDERFLEET_MODELS_FILE", models().toAbsolutePath().toString());
        plan.quotas().forEach(quota -> settings.putAll(FleetSystem.simulated(fleet.sandbox(), quota.provider())));
        if (plan.byDay()) {
            settings.put("RENDERFLEET_WORKER_SLOTS", Integer.toString(SLOTS_OF_A_DAY / plan.workers().count));
        }
        return fleet.beginQuick(name, settings);
    }

    private Path models() {
        Map<String, Map<String, Integer>> quotas = plan.quotas().stream()
                .collect(Collectors.toMap(
                        QuotaLimit::model,
                        quota -> Map.of(quota.unit().key(), quota.unit().limit(quota.calls()))));
        return ModelsFile.write(folder.resolve("models.yaml"), MODEL_MAX, quotas);
    }

    private String name(int number) {
        return "quota-%s-%s-%d"
                .formatted(
                        plan.quotas().getFirst().unit(),
                        plan.workers().name().toLowerCase(Locale.ROOT).replace('_', '-'),
                        number);
    }

    /** Half as many again as each quota grants until the end, the models mixed. */
    private void publish() throws InterruptedException {
        List<RenderJob> jobs = new ArrayList<>();
        for (QuotaLimit quota : plan.quotas()) {
            int count = (int) (quota.granted(plan.time().plus(LEAD_IN)) * 3 / 2);
            fleet.jobs(name(0) + quota.model(), quota.model(), count, OutputSize.K1).stream()
                    .map(QuotaTrial::padded)
                    .forEach(jobs::add);
        }
        jobs.sort(Comparator.comparing(BenchFleet::id));
        if (plan.scheduled()) {
            RunningProcess scheduler = fleet.beginScheduler("scheduler", models());
            fleet.awaitReady(scheduler);
            try (var feed = new JobFeed(scheduler)) {
                feed.submitLines(jobs.size(), jobs::get);
            }
            return;
        }
        try (JobPublisher publisher = fleet.publisher()) {
            publisher.publish(jobs);
        }
    }

    /** The same job with a prompt of a length that makes it cost known tokens. */
    private static RenderJob padded(RenderJob job) {
        String prompt = job.prompt().resolved();
        return PlainJob.of(
                job.tenant(),
                job.idempotencyKey(),
                String.valueOf(job.model()),
                prompt + ".".repeat(QuotaUnit.PROMPT_CHARS - prompt.length()),
                OutputSize.K1);
    }

    private QuotaUse use(QuotaMeter meter, Instant from, Instant end) {
        List<Instant> all = meter.accepted();
        long calls = meter.requests();
        List<Instant> accepted = plan.byDay()
                ? all
                : all.stream()
                        .filter(time -> !time.isBefore(from) && time.isBefore(end))
                        .toList();
        Duration window = Duration.between(from, end);
        int[] slices = new int[Math.max(1, (int) window.dividedBy(SLICE))];
        for (Instant time : accepted) {
            long slice = Duration.between(from, time).dividedBy(SLICE);
            slices[Math.clamp(slice, 0, slices.length - 1)]++;
        }
        double granted = meter.quota().granted(window);
        long refused = calls - all.size();
        return new QuotaUse(
                meter.quota().toString(),
                plan.workers().words,
                window.toMillis() / 1e3,
                accepted.size(),
                granted,
                PERCENT * Math.min(accepted.size(), granted) / granted,
                calls,
                refused,
                PERCENT * refused / calls,
                Arrays.stream(slices).boxed().toList());
    }
}
