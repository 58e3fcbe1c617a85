package dev.renderfleet.testbed.bench;

import dev.renderfleet.testbed.bench.QuotaTrial.Plan;
import dev.renderfleet.testbed.bench.QuotaTrial.Workers;
import dev.renderfleet.testbed.system.ModelsFile;
import dev.renderfleet.testbed.system.Paths;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** How much of a provider's quota workers use that share it by their partitions, with more jobs than quota. */
final class QuotaScenario {

    private static final Duration MODEL_TIME = Duration.ofSeconds(1);
    private static final Duration TASK_TIME = Duration.ofSeconds(6);

    /** Two models of one account with different limits, and one that bounds its tasks. So few calls that the machine is no limit. */
    private static final List<QuotaLimit> SEVERAL = List.of(
            gemini(QuotaUnit.REQUESTS, 60),
            new QuotaLimit("gemini", "gemini-3-pro-image", QuotaUnit.IMAGES, 20, MODEL_TIME),
            new QuotaLimit("bfl", "flux-2-pro", QuotaUnit.CONCURRENT, 6, TASK_TIME));

    /** Enough that the part of a call which may be left of each share is no more than a percent. */
    private static final List<QuotaLimit> DAY = List.of(gemini(QuotaUnit.DAY, 300));

    private static final Duration WINDOW = Duration.ofSeconds(60);
    /** Three changes of the workers and time to recover from each. */
    private static final Duration WINDOW_OF_CHANGES = Duration.ofSeconds(90);
    /** Longer than a worker takes to start. */
    private static final Duration QUIET = Duration.ofSeconds(20);

    static final List<Plan> BY_MINUTE = List.of(
            new Plan(SEVERAL, Workers.ONE, WINDOW),
            new Plan(SEVERAL, Workers.TWO, WINDOW),
            new Plan(SEVERAL, Workers.FOUR, WINDOW),
            new Plan(List.of(gemini(QuotaUnit.REQUESTS, 600)), Workers.CHANGING, WINDOW_OF_CHANGES),
            new Plan(List.of(gemini(QuotaUnit.TOKENS, 600)), Workers.CHANGING, WINDOW_OF_CHANGES));

    static final List<Plan> BY_DAY = List.of(
            new Plan(DAY, Workers.ONE, QUIET),
            new Plan(DAY, Workers.TWO, QUIET),
            new Plan(DAY, Workers.ONE_LEAVES, QUIET),
            new Plan(DAY, Workers.ONE_DIES, QUIET));

    static final List<Plan> SCHEDULED = List.of(
            new Plan(List.of(gemini(QuotaUnit.REQUESTS, 600)), Workers.TWO, WINDOW, true),
            new Plan(List.of(gemini(QuotaUnit.REQUESTS, 600)), Workers.CHANGING, WINDOW_OF_CHANGES, true));

    private QuotaScenario() {}

    static QuotaLimit gemini(QuotaUnit unit, int calls) {
        return new QuotaLimit("gemini", ModelsFile.MODEL, unit, calls, MODEL_TIME);
    }

    /** All trials, in the order in which they ran. */
    record Result(boolean byDay, List<QuotaUse> uses) implements Figures {
        Result {
            uses = List.copyOf(uses);
        }

        @Override
        public List<String> lines() {
            List<String> lines = new ArrayList<>();
            lines.add("Quota: half as many again of jobs, model " + MODEL_TIME.toSeconds() + " s, tasks "
                    + TASK_TIME.toSeconds() + " s");
            lines.add(
                    byDay
                            ? "  Workers change when half of the quota is spent; a trial ends when no call was sent for "
                                    + QUIET.toSeconds() + " s."
                            : "  A provider's bucket is emptied before there are jobs, so it grants what refills,"
                                    + " without the minute's worth that it holds at first. A place for a task grants one task"
                                    + " after the other, without a pause.");
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
            List<String> parts = plan.scheduled() ? List.of() : List.of("--without", "postgres");
            try (BenchFleet fleet = BenchFleet.start(paths, seed, parts, progress)) {
                for (QuotaUse use : new QuotaTrial(fleet, paths, plan).run()) {
                    progress.accept(use.line());
                    uses.add(use);
                }
            }
        }
        return new Result(plans.equals(BY_DAY), uses);
    }
}
