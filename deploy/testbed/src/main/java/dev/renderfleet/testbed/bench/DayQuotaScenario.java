package dev.renderfleet.testbed.bench;

import dev.renderfleet.testbed.system.Paths;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** How much of a provider's quota of calls a day workers use that share it by their partitions, and whether they ask for more. */
final class DayQuotaScenario {

    /** Enough that the part of a call which may be left of each share is no more than a percent. */
    private static final int CALLS_PER_DAY = 300;

    private static final Duration QUIET = Duration.ofSeconds(20);

    private DayQuotaScenario() {}

    /** All trials, in the order in which they ran. */
    record Result(int callsPerDay, List<DayQuotaUse> uses) implements Figures {
        Result {
            uses = List.copyOf(uses);
        }

        @Override
        public List<String> lines() {
            List<String> lines = new ArrayList<>();
            lines.add(String.format(
                    Locale.ROOT,
                    "Quota of a day: %d calls, half as many again of jobs, model %.0f s",
                    callsPerDay,
                    QuotaScenario.MODEL_SECONDS));
            lines.add(
                    "  The provider refuses what is sent beyond. Changes of the fleet come when half of the quota is spent, the end"
                            + " when nobody has called for " + QUIET.toSeconds() + " s.");
            uses.forEach(use -> lines.add(use.line()));
            return lines;
        }
    }

    /** @param progress told of each trial when it has ended */
    static Result run(Paths places, long seed, Consumer<String> progress) throws InterruptedException {
        List<DayQuotaUse> uses = new ArrayList<>();
        for (DayQuotaTrial.WorkerCount crew : DayQuotaTrial.WorkerCount.values()) {
            // A new one for each: to a provider it is still the same day.
            try (BenchFleet fleet = BenchFleet.start(places, seed, progress)) {
                DayQuotaUse use = new DayQuotaTrial(fleet, places, crew, CALLS_PER_DAY, QUIET).run();
                progress.accept(use.line());
                uses.add(use);
            }
        }
        return new Result(CALLS_PER_DAY, uses);
    }
}
