package dev.renderfleet.testbed.bench;

import dev.renderfleet.testbed.bench.QuotaTrial.Plan;
import dev.renderfleet.testbed.bench.QuotaTrial.Workers;
import dev.renderfleet.testbed.system.Paths;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** How much of a provider's quota workers use that share it by their partitions, with more jobs than quota. */
final class QuotaScenario {

    private static final int CALLS_PER_MINUTE = 600;
    /** Enough that the part of a call which may be left of each share is no more than a percent. */
    private static final int CALLS_PER_DAY = 300;

    private static final Duration WINDOW = Duration.ofSeconds(30);
    /** Three changes of the workers and time to recover from each. */
    private static final Duration WINDOW_OF_CHANGES = Duration.ofSeconds(90);
    /** Longer than a worker takes to start. */
    private static final Duration QUIET = Duration.ofSeconds(20);

    static final List<Plan> BY_MINUTE = List.of(
            new Plan(QuotaUnit.REQUESTS, CALLS_PER_MINUTE, Workers.ONE, WINDOW),
            new Plan(QuotaUnit.REQUESTS, CALLS_PER_MINUTE, Workers.TWO, WINDOW),
            new Plan(QuotaUnit.REQUESTS, CALLS_PER_MINUTE, Workers.FOUR, WINDOW),
            new Plan(QuotaUnit.REQUESTS, CALLS_PER_MINUTE, Workers.CHANGING, WINDOW_OF_CHANGES),
            new Plan(QuotaUnit.IMAGES, CALLS_PER_MINUTE, Workers.CHANGING, WINDOW_OF_CHANGES),
            new Plan(QuotaUnit.TOKENS, CALLS_PER_MINUTE, Workers.CHANGING, WINDOW_OF_CHANGES));

    static final List<Plan> BY_DAY = List.of(
            new Plan(QuotaUnit.DAY, CALLS_PER_DAY, Workers.ONE, QUIET),
            new Plan(QuotaUnit.DAY, CALLS_PER_DAY, Workers.TWO, QUIET),
            new Plan(QuotaUnit.DAY, CALLS_PER_DAY, Workers.ONE_LEAVES, QUIET),
            new Plan(QuotaUnit.DAY, CALLS_PER_DAY, Workers.ONE_DIES, QUIET));

    private QuotaScenario() {}

    /** All trials, in the order in which they ran. */
    record Result(int calls, boolean byDay, List<QuotaUse> uses) implements Figures {
        Result {
            uses = List.copyOf(uses);
        }

        @Override
        public List<String> lines() {
            List<String> lines = new ArrayList<>();
            lines.add(String.format(
                    Locale.ROOT,
                    "Quota: %d calls a %s, half as many again of jobs, model %.0f s",
                    calls,
                    byDay ? "day" : "minute",
                    QuotaTrial.MODEL_SECONDS));
            lines.add(
                    byDay
                            ? "  Workers change when half of the quota is spent; a trial ends when no call was sent for "
                                    + QUIET.toSeconds() + " s."
                            : "  The provider's bucket is emptied before there are jobs, so it grants what refills,"
                                    + " without the minute's worth that it holds at first.");
            lines.add("  Used: calls accepted in the window, at most as many as granted, of those granted."
                    + " Refused: 429s of all calls.");
            uses.forEach(use -> lines.add(use.line()));
            lines.add("  Accepted in each 5 s of the windows:");
            uses.forEach(use -> lines.add("    " + use.quota() + ", " + use.workers() + ": " + use.acceptedPerSlice()));
            return lines;
        }
    }

    /** @param progress gets a line for each trial when it has ended */
    static Result run(Paths paths, List<Plan> plans, long seed, Consumer<String> progress) throws InterruptedException {
        List<QuotaUse> uses = new ArrayList<>();
        for (Plan plan : plans) {
            // A new one for each: the simulator's day lasts longer, and workers would find another trial's jobs.
            try (BenchFleet fleet = BenchFleet.start(paths, seed, progress)) {
                QuotaUse use = new QuotaTrial(fleet, paths, plan).run();
                progress.accept(use.line());
                uses.add(use);
            }
        }
        Plan first = plans.getFirst();
        return new Result(first.calls(), first.unit() == QuotaUnit.DAY, uses);
    }
}
