package dev.renderfleet.testbed.bench;

import dev.renderfleet.cli.cluster.JobPublisher;
import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.testbed.jobs.PlainJob;
import dev.renderfleet.testbed.system.FleetSystem.Running;
import dev.renderfleet.testbed.system.Paths;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How much one crew of workers uses of one quota, in a sandbox where nobody has worked before. Used once, by one thread. */
final class QuotaTrial {

    private static final int WORKERS_BEFORE_CHANGES = 3;

    /** From the first accepted call to the window: the group has settled and new processes are quick by then. */
    private static final Duration LEAD_IN = Duration.ofSeconds(20);

    private static final Duration FIRST_CALL_MAX = Duration.ofSeconds(60);
    private static final Duration FIRST_CALL_LOOK = Duration.ofMillis(500);
    private static final Duration SLICE = Duration.ofSeconds(5);

    private static final int PICTURE_BYTES = 60_000;
    private static final int SECONDS_PER_MINUTE = 60;
    private static final double PERCENT = 100;

    private final BenchFleet fleet;
    private final Path folder;
    private final QuotaKind kind;
    private final WorkerCount crew;
    private final Duration window;
    private int started;

    /** @param window how long is counted, a multiple of 5 s */
    QuotaTrial(BenchFleet fleet, Paths places, QuotaKind kind, WorkerCount crew, Duration window) {
        this.fleet = fleet;
        this.folder = places.state().resolve("bench");
        this.kind = kind;
        this.crew = crew;
        this.window = window;
    }

    /** Which workers there are while it is measured. */
    enum WorkerCount {
        ONE(1),
        TWO(2),
        FOUR(4),
        COME_AND_GO(WORKERS_BEFORE_CHANGES);

        private final int workers;

        WorkerCount(int workers) {
            this.workers = workers;
        }

        String words() {
            return this == COME_AND_GO
                    ? "3, +1 joins, -1 SIGTERM, 1 killed and restarted"
                    : workers + (workers == 1 ? " worker" : " workers");
        }
    }

    /** Runs to its end. */
    QuotaUse run() throws InterruptedException {
        fleet.simulator().latency(QuotaScenario.MODEL_SECONDS, QuotaScenario.MODEL_SECONDS);
        fleet.simulator().pictureBytes(PICTURE_BYTES);
        var meter = new QuotaMeter(fleet);
        Deque<Running> workers = new ArrayDeque<>();
        Instant from;
        try {
            for (int number = 0; number < crew.workers; number++) {
                workers.add(begin());
            }
            workers.forEach(fleet::awaitReady);
            meter.begin(kind);
            publish();
            from = firstCall(meter).plus(LEAD_IN);
            Thread.sleep(Duration.between(Instant.now(), from));
            if (crew == WorkerCount.COME_AND_GO) {
                changeCrew(workers);
            } else {
                Thread.sleep(window);
            }
        } finally {
            workers.forEach(fleet::stop);
        }
        // Only now is each call either accepted or refused.
        return use(meter, from);
    }

    /** One worker joins, the oldest is asked to leave, the next is killed and started again, as an orchestrator does. */
    private void changeCrew(Deque<Running> workers) throws InterruptedException {
        Duration part = window.dividedBy(4);
        Instant end = Instant.now().plus(window);
        Running joins = begin();
        workers.addLast(joins);
        Thread.sleep(part);
        Running leaves = workers.removeFirst();
        // It finishes what it has begun while the others go on.
        Thread leaving = Thread.ofVirtual().start(() -> fleet.stop(leaves));
        Thread.sleep(part);
        Running dies = workers.removeFirst();
        fleet.kill(dies);
        workers.addLast(begin(dies.part().name()));
        Thread.sleep(Duration.between(Instant.now(), end));
        leaving.join();
    }

    private Running begin() {
        started++;
        return begin("quota-" + kind + "-" + crew.name().toLowerCase(Locale.ROOT) + "-" + started);
    }

    private Running begin(String name) {
        return fleet.begin(
                name,
                List.of(),
                Map.of(
                        "RENDERFLEET_MODELS_FILE",
                        kind.catalogue(folder).toAbsolutePath().toString()));
    }

    /** Half as many again as the quota grants until the end. */
    private void publish() throws InterruptedException {
        long seconds = window.plus(LEAD_IN).toSeconds();
        int jobs = (int) (seconds * QuotaKind.CALLS_PER_MINUTE / SECONDS_PER_MINUTE * 3 / 2);
        try (JobPublisher publisher = fleet.publisher()) {
            publisher.publish(
                    fleet
                            .jobs("quota-" + kind + "-" + crew.name().toLowerCase(Locale.ROOT), jobs, OutputSize.K1)
                            .stream()
                            .map(QuotaTrial::padded)
                            .toList());
        }
    }

    /** The same job with a prompt of a length that makes it cost known tokens. */
    private static RenderJob padded(RenderJob job) {
        String prompt = job.prompt().resolved();
        return PlainJob.of(
                job.tenant(),
                job.idempotencyKey(),
                String.valueOf(job.model()),
                prompt + ".".repeat(QuotaKind.PROMPT_CHARS - prompt.length()),
                OutputSize.K1);
    }

    private static Instant firstCall(QuotaMeter meter) throws InterruptedException {
        Instant giveUp = Instant.now().plus(FIRST_CALL_MAX);
        List<Instant> accepted = meter.accepted();
        while (accepted.isEmpty()) {
            if (Instant.now().isAfter(giveUp)) {
                throw new UserError("No worker called the model within " + FIRST_CALL_MAX.toSeconds()
                        + " s; their logs may say why.");
            }
            Thread.sleep(FIRST_CALL_LOOK);
            accepted = meter.accepted();
        }
        return accepted.getFirst();
    }

    private QuotaUse use(QuotaMeter meter, Instant from) {
        List<Instant> all = meter.accepted();
        long calls = meter.requests();
        List<Instant> accepted = all.stream()
                .filter(time -> !time.isBefore(from) && time.isBefore(from.plus(window)))
                .toList();
        int[] slices = new int[(int) window.dividedBy(SLICE)];
        for (Instant time : accepted) {
            slices[
                    Math.min(slices.length - 1, (int)
                            Duration.between(from, time).dividedBy(SLICE))]++;
        }
        double granted = window.toMillis() / 1e3 * QuotaKind.CALLS_PER_MINUTE / SECONDS_PER_MINUTE;
        long refused = calls - all.size();
        return new QuotaUse(
                kind.toString(),
                crew.words(),
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
