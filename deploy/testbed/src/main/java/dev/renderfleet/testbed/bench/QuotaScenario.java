package dev.renderfleet.testbed.bench;

import dev.renderfleet.testbed.bench.QuotaTrial.WorkerCount;
import dev.renderfleet.testbed.system.Paths;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** How much of a provider's quota workers use that share it by their partitions, with more jobs than quota. */
final class QuotaScenario {

    static final double MODEL_SECONDS = 1;

    private static final Duration WINDOW = Duration.ofSeconds(30);
    /** Three changes of the fleet and time to recover from each. */
    private static final Duration WINDOW_OF_CHANGES = Duration.ofSeconds(90);

    private static final List<Plan> PLANS = List.of(
            new Plan(QuotaKind.REQUESTS, WorkerCount.ONE, WINDOW),
            new Plan(QuotaKind.REQUESTS, WorkerCount.TWO, WINDOW),
            new Plan(QuotaKind.REQUESTS, WorkerCount.FOUR, WINDOW),
            new Plan(QuotaKind.REQUESTS, WorkerCount.COME_AND_GO, WINDOW_OF_CHANGES),
            new Plan(QuotaKind.IMAGES, WorkerCount.COME_AND_GO, WINDOW_OF_CHANGES),
            new Plan(QuotaKind.TOKENS, WorkerCount.COME_AND_GO, WINDOW_OF_CHANGES));

    private QuotaScenario() {}

    private record Plan(QuotaKind kind, WorkerCount crew, Duration window) {}

    /** All trials, in the order in which they ran. */
    record Result(int callsPerMinute, List<QuotaUse> uses) implements Figures {
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
                    "  The provider's bucket is emptied before there are jobs, so it grants what refills, without the minute's"
                            + " worth that it holds at first.");
            lines.add("  Used: calls accepted in the window, at most as many as granted, of those granted."
                    + " Refused: 429s of all calls since then.");
            uses.forEach(use -> lines.add(use.line()));
            lines.add("  Accepted in each 5 s of the windows:");
            uses.forEach(use -> lines.add("    " + use.quota() + ", " + use.workers() + ": " + use.acceptedPerSlice()));
            return lines;
        }
    }

    /** @param progress told of each trial when it has ended */
    static Result run(Paths places, long seed, Consumer<String> progress) throws InterruptedException {
        List<QuotaUse> uses = new ArrayList<>();
        for (Plan plan : PLANS) {
            // A new one for each: workers that found another's jobs would call before the bucket is emptied.
            try (BenchFleet fleet = BenchFleet.start(places, seed, progress)) {
                QuotaUse use = new QuotaTrial(fleet, places, plan.kind(), plan.crew(), plan.window()).run();
                progress.accept(use.line());
                uses.add(use);
            }
        }
        return new Result(QuotaKind.CALLS_PER_MINUTE, uses);
    }
}
