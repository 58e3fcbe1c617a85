package dev.renderfleet.scheduler.why;

import dev.renderfleet.scheduler.queue.Standing;
import dev.renderfleet.scheduler.queue.WindowState;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that decides about a waiting job, at one instant.
 *
 * @param leaderless since when no scheduler leads; null while one does
 * @param line null while the job is not in its model's line: before its time, or with open dependencies
 */
public record WaitingJob(
        Instant now,
        String model,
        @Nullable Instant leaderless,
        Conditions conditions,
        Funds funds,
        @Nullable Line line) {

    /**
     * What the job, its batch and its tenant ask for.
     *
     * @param stops that keep all jobs, or those of its tenant, batch or model, from being released
     * @param notBefore its earliest start, past or future
     * @param needs ids of the jobs it depends on that are not completed
     * @param batchRunning released jobs of its batch
     * @param batchRunningMax how many its batch may have; null: no limit, or no batch
     */
    public record Conditions(
            List<Cause> stops,
            @Nullable Instant notBefore,
            List<String> needs,
            int batchRunning,
            @Nullable Integer batchRunningMax) {

        /** A job that may run at once. */
        public static final Conditions NONE = new Conditions(List.of(), null, List.of(), 0, null);

        public Conditions {
            stops = List.copyOf(stops);
            needs = List.copyOf(needs);
        }
    }

    /**
     * The money that its release takes.
     *
     * @param needs worst-case price in USD micros that is reserved at its release; null: no price is known
     * @param caps all that apply
     */
    public record Funds(@Nullable Long needs, List<SpendingCap> caps) {
        public Funds {
            caps = List.copyOf(caps);
        }
    }

    /**
     * Its place in the line.
     *
     * @param ahead jobs of its tenant that are released before it ({@link Eta#ahead})
     * @param others jobs of other tenants that are released before it ({@link Eta#others})
     */
    public record Line(Standing standing, WindowState window, long ahead, long others) {}
}
