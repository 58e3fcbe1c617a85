package dev.renderfleet.fleet.bench;

import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.Prompt;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.fleet.jobs.JobPublisher;
import dev.renderfleet.fleet.system.FleetSystem.Running;
import dev.renderfleet.fleet.system.FleetTrouble;
import dev.renderfleet.fleet.system.Places;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** How much of a provider's quota workers use that share it by their partitions, with more jobs than quota. */
final class QuotaScenario {

    private static final Duration WINDOW = Duration.ofMinutes(1);
    private static final Duration SHORT_WINDOW = Duration.ofSeconds(30);
    /** Three changes of the fleet and time to recover from each. */
    private static final Duration WINDOW_OF_CHANGES = Duration.ofSeconds(90);

    private static final int WORKERS_BEFORE_CHANGES = 3;

    /** From the first accepted call to the window: the group has settled and new processes are quick by then. */
    private static final Duration LEAD_IN = Duration.ofSeconds(20);

    private static final Duration FIRST_CALL_MAX = Duration.ofSeconds(60);
    private static final Duration FIRST_CALL_LOOK = Duration.ofMillis(500);
    private static final Duration SLICE = Duration.ofSeconds(5);

    private static final double MODEL_SECONDS = 1;
    private static final int PICTURE_BYTES = 60_000;
    private static final int SECONDS_PER_MINUTE = 60;
    private static final double PERCENT = 100;

    private final BenchFleet fleet;
    private final Path folder;
    private int started;

    private QuotaScenario(BenchFleet fleet, Places places) {
        this.fleet = fleet;
        this.folder = places.state().resolve("bench");
    }

    /** Which workers there are while it is measured. */
    enum Crew {
        ONE(1),
        TWO(2),
        FOUR(4),
        COME_AND_GO(WORKERS_BEFORE_CHANGES);

        private final int workers;

        Crew(int workers) {
            this.workers = workers;
        }

        String words() {
            return this == COME_AND_GO
                    ? "3, +1 joins, -1 SIGTERM, -1 kill -9"
                    : workers + (workers == 1 ? " worker" : " workers");
        }
    }

    private record Trial(QuotaKind kind, Crew crew, Duration window) {}

    private static final List<Trial> TRIALS = List.of(
            new Trial(QuotaKind.REQUESTS, Crew.ONE, WINDOW),
            new Trial(QuotaKind.REQUESTS, Crew.TWO, WINDOW),
            new Trial(QuotaKind.REQUESTS, Crew.FOUR, WINDOW),
            new Trial(QuotaKind.REQUESTS, Crew.COME_AND_GO, WINDOW_OF_CHANGES),
            new Trial(QuotaKind.IMAGES, Crew.TWO, SHORT_WINDOW),
            new Trial(QuotaKind.TOKENS, Crew.TWO, SHORT_WINDOW));

    /**
     * One crew with one quota.
     *
     * @param accepted calls that the provider accepted in the window
     * @param granted calls that its bucket was refilled by in the window
     * @param usedPercent of those granted. What was accepted beyond is not counted: it was left from the lead-in
     * @param calls from the emptying of the bucket until the workers were gone, refused ones too
     * @param refusedPercent 429s, of those calls
     * @param acceptedPerSlice in each 5 s of the window
     */
    record Use(
            String quota,
            String workers,
            double windowSeconds,
            int accepted,
            double granted,
            double usedPercent,
            int calls,
            int refused,
            double refusedPercent,
            List<Integer> acceptedPerSlice) {
        Use {
            acceptedPerSlice = List.copyOf(acceptedPerSlice);
        }

        String line() {
            return String.format(
                    Locale.ROOT,
                    "  %-9s %-36s %4.0f s: %5d accepted of %5.0f granted, used %6.2f %%; %3d of %5d calls refused, %5.2f %%",
                    quota,
                    workers,
                    windowSeconds,
                    accepted,
                    granted,
                    usedPercent,
                    refused,
                    calls,
                    refusedPercent);
        }
    }

    /** All crews, in the order in which they ran. */
    record Result(int callsPerMinute, List<Use> uses) implements Figures {
        Result {
            uses = List.copyOf(uses);
        }

        @Override
        public List<String> lines() {
            List<String> lines = new ArrayList<>();
            lines.add(String.format(
                    Locale.ROOT,
                    "Quota: %d calls a minute, more jobs than that, model %.0f s",
                    callsPerMinute,
                    MODEL_SECONDS));
            lines.add(
                    "  The provider's bucket is emptied before the workers begin, so it grants what refills and has no reserve");
            lines.add(
                    "  to hide what is sent too early. Used: calls accepted in the window, at most those granted, of those granted.");
            lines.add("  Refused: 429s of all calls since the bucket was empty.");
            uses.forEach(use -> lines.add(use.line()));
            uses.stream()
                    .filter(use -> use.workers().equals(Crew.COME_AND_GO.words()))
                    .forEach(use ->
                            lines.add("  accepted in each 5 s while they came and went: " + use.acceptedPerSlice()));
            return lines;
        }
    }

    static Result run(Places places, long seed, Consumer<String> progress) throws InterruptedException {
        List<Use> uses = new ArrayList<>();
        for (Trial trial : TRIALS) {
            // A new one for each: workers that found another's jobs would call before the bucket is emptied.
            try (BenchFleet fleet = BenchFleet.start(places, seed)) {
                Use use = run(fleet, places, trial.kind(), trial.crew(), trial.window());
                progress.accept(use.line());
                uses.add(use);
            }
        }
        return new Result(QuotaKind.CALLS_PER_MINUTE, uses);
    }

    /** One crew in a sandbox where nobody has worked before. */
    static Use run(BenchFleet fleet, Places places, QuotaKind kind, Crew crew, Duration window)
            throws InterruptedException {
        return new QuotaScenario(fleet, places).measure(kind, crew, window);
    }

    private Use measure(QuotaKind kind, Crew crew, Duration window) throws InterruptedException {
        fleet.simulator().latency(MODEL_SECONDS, MODEL_SECONDS);
        fleet.simulator().pictureBytes(PICTURE_BYTES);
        var meter = new QuotaMeter(fleet);
        Deque<Running> workers = new ArrayDeque<>();
        Instant from;
        try {
            for (int number = 0; number < crew.workers; number++) {
                workers.add(begin(kind));
            }
            workers.forEach(fleet::awaitReady);
            meter.begin(kind);
            publish(kind, crew, window);
            from = firstCall(meter).plus(LEAD_IN);
            meter.watch(Duration.between(Instant.now(), from));
            if (crew == Crew.COME_AND_GO) {
                watchChanges(meter, kind, workers, window);
            } else {
                meter.watch(window);
            }
        } finally {
            workers.forEach(fleet::stop);
        }
        // Only now is each call either accepted or refused.
        return use(kind, crew, meter, from, window);
    }

    /** One worker joins, the oldest is asked to leave, the next is killed. */
    private void watchChanges(QuotaMeter meter, QuotaKind kind, Deque<Running> workers, Duration window)
            throws InterruptedException {
        Duration part = window.dividedBy(4);
        Instant end = Instant.now().plus(window);
        Running joins = begin(kind);
        workers.addLast(joins);
        meter.watch(part);
        Running leaves = workers.removeFirst();
        // It finishes what it has begun while the others go on.
        Thread leaving = Thread.ofVirtual().start(() -> fleet.stop(leaves));
        meter.watch(part);
        fleet.kill(workers.removeFirst());
        meter.watch(Duration.between(Instant.now(), end));
        leaving.join();
    }

    private Running begin(QuotaKind kind) {
        started++;
        return fleet.begin(
                "quota-" + started,
                List.of(),
                Map.of(
                        "RENDERFLEET_MODELS_FILE",
                        kind.catalogue(folder).toAbsolutePath().toString()));
    }

    /** Half as many again as the quota grants until the end. */
    private void publish(QuotaKind kind, Crew crew, Duration window) throws InterruptedException {
        long seconds = window.plus(LEAD_IN).toSeconds();
        int jobs = (int) (seconds * QuotaKind.CALLS_PER_MINUTE / SECONDS_PER_MINUTE * 3 / 2);
        try (JobPublisher publisher = fleet.publisher()) {
            publisher.publish(
                    fleet
                            .jobs("quota-" + kind + "-" + crew.name().toLowerCase(Locale.ROOT), jobs, OutputSize.K1)
                            .stream()
                            .map(QuotaScenario::padded)
                            .toList());
        }
    }

    /** The same job with a prompt of a length that makes it cost known tokens. */
    private static RenderJob padded(RenderJob job) {
        String prompt = job.prompt().resolved();
        return new RenderJob(
                job.tenant(),
                job.idempotencyKey(),
                job.model(),
                null,
                new Prompt.Text(prompt + ".".repeat(QuotaKind.PROMPT_CHARS - prompt.length())),
                List.of(),
                null,
                new Output(null, OutputSize.K1, 1, null, List.of()),
                null,
                null,
                null,
                job.priority(),
                null,
                null,
                null,
                null,
                List.of(),
                null,
                Map.of(),
                null,
                Map.of());
    }

    private static Instant firstCall(QuotaMeter meter) throws InterruptedException {
        Instant giveUp = Instant.now().plus(FIRST_CALL_MAX);
        List<Instant> accepted = meter.accepted();
        while (accepted.isEmpty()) {
            if (Instant.now().isAfter(giveUp)) {
                throw new FleetTrouble("No worker called the model within " + FIRST_CALL_MAX.toSeconds()
                        + " s; their logs may say why.");
            }
            meter.watch(FIRST_CALL_LOOK);
            accepted = meter.accepted();
        }
        return accepted.getFirst();
    }

    private static Use use(QuotaKind kind, Crew crew, QuotaMeter meter, Instant from, Duration window) {
        List<Instant> all = meter.accepted();
        int calls = meter.requests();
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
        int refused = calls - all.size();
        return new Use(
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
