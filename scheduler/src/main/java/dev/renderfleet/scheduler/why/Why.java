package dev.renderfleet.scheduler.why;

import dev.renderfleet.scheduler.queue.Parking;
import dev.renderfleet.scheduler.queue.Standing;
import dev.renderfleet.scheduler.queue.WindowState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Why a job waits: every cause, the binding one first.
 *
 * @param causes never empty. First what a person must end, then what ends at a known time, the latest first, then what ends
 *     with the progress of other jobs
 * @param releasedAt estimate; null while a cause has no known end
 */
public record Why(List<Cause> causes, @Nullable Instant releasedAt) {

    private static final Comparator<Cause> BINDING_FIRST = Comparator.comparing((Cause each) -> !each.needsAction())
            .thenComparing(Cause::until, Comparator.nullsLast(Comparator.reverseOrder()));

    public Why {
        causes = List.copyOf(causes);
    }

    /** Explains one snapshot. */
    public static Why of(WaitingJob job) {
        List<Cause> causes = new ArrayList<>();
        if (job.leaderless() != null) {
            causes.add(new Cause.NotLeading(job.leaderless()));
        }
        addConditions(causes, job);
        addFunds(causes, job);
        WaitingJob.Line line = job.line();
        if (line != null) {
            addModel(causes, job.model(), line.window());
            addLine(causes, job.model(), line);
        }
        if (causes.isEmpty()) {
            causes.add(new Cause.Entering());
        }
        causes.sort(BINDING_FIRST); // stable: equal ones stay in the order of the checks
        return new Why(causes, Eta.releasedAt(job, causes));
    }

    /** The cause without whose end nothing else helps. */
    public Cause binding() {
        return causes.getFirst();
    }

    private static void addConditions(List<Cause> causes, WaitingJob job) {
        WaitingJob.Conditions conditions = job.conditions();
        causes.addAll(conditions.stops());
        if (!conditions.needs().isEmpty()) {
            causes.add(new Cause.Dependency(conditions.needs()));
        }
        Instant notBefore = conditions.notBefore();
        if (notBefore != null && notBefore.isAfter(job.now())) {
            causes.add(new Cause.NotBefore(notBefore));
        }
        Integer max = conditions.batchRunningMax();
        if (max != null && conditions.batchRunning() >= max) {
            causes.add(new Cause.RunningMax("batch", conditions.batchRunning(), max));
        }
    }

    private static void addFunds(List<Cause> causes, WaitingJob job) {
        Long needs = job.funds().needs();
        if (needs == null) {
            causes.add(new Cause.PriceUnknown(job.model()));
            return;
        }
        job.funds().caps().stream().filter(each -> needs > each.free()).forEach(each -> causes.add(each.over(needs)));
    }

    private static void addModel(List<Cause> causes, String model, WindowState window) {
        WindowState.ModelHeld hold = window.hold();
        if (hold != null) {
            causes.add(new Cause.Held(model, hold.reason(), hold.until()));
        }
        WindowState.ModelDay day = window.day();
        if (day.usedUpUntil() != null) {
            int max = Objects.requireNonNull(day.max());
            causes.add(new Cause.DayQuotaUsed(model, day.released(), max, day.usedUpUntil()));
        }
    }

    private static void addLine(List<Cause> causes, String model, WaitingJob.Line line) {
        Standing standing = line.standing();
        standing.parked().stream()
                .filter(reason -> causes.stream().noneMatch(each -> explains(each, reason)))
                .sorted()
                .forEach(reason -> causes.add(new Cause.HeadOfLine(reason)));
        if (standing.tenantRunning() >= standing.tenantRunningMax()) {
            causes.add(new Cause.RunningMax("tenant", standing.tenantRunning(), standing.tenantRunningMax()));
        }
        WindowState window = line.window();
        if (window.full() && window.hold() == null) {
            causes.add(new Cause.WindowFull(model, window.flights(), window.flightsMax(), window.perSecond()));
        }
        causes.add(new Cause.Turn(line.ahead(), line.others(), standing.share(), window.perSecond()));
    }

    /** Whether the job's own cause is why its flow is parked. */
    private static boolean explains(Cause cause, Parking reason) {
        return switch (reason) {
            case PAUSED -> cause instanceof Cause.Paused;
            case BUDGET -> cause instanceof Cause.OverCap;
            case BATCH_RUNNING -> cause instanceof Cause.RunningMax;
            case PRICE_UNKNOWN -> cause instanceof Cause.PriceUnknown;
        };
    }
}
