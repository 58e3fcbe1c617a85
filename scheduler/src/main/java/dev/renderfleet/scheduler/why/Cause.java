package dev.renderfleet.scheduler.why;

import dev.renderfleet.scheduler.queue.Parking;
import dev.renderfleet.scheduler.why.SpendingCap.Scope;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One reason why a job waits, as data. Amounts are USD micros. */
public sealed interface Cause {

    /** Stable name for programs. */
    default String code() {
        return switch (this) {
            case NotLeading _ -> "not_leading";
            case NoWorker _ -> "no_worker";
            case Unbalanced _ -> "unbalanced";
            case Paused _ -> "paused";
            case PriceUnknown _ -> "price_unknown";
            case Dependency _ -> "dependency";
            case NotBefore _ -> "not_before";
            case Held _ -> "hold";
            case DayQuotaUsed _ -> "day_quota";
            case OverCap _ -> "budget";
            case RunningMax _ -> "running_max";
            case HeadOfLine _ -> "head_of_line";
            case WindowFull _ -> "window_full";
            case Entering _ -> "entering";
            case Turn _ -> "turn";
        };
    }

    /** When the cause ends by itself; null: that is not known. */
    default @Nullable Instant until() {
        return null;
    }

    /** Whether the job waits until a person acts. */
    default boolean needsAction() {
        return switch (this) {
            case NoWorker _, Unbalanced _, Paused _, PriceUnknown _ -> true;
            case OverCap over -> over.until() == null && over.needs() > over.cap() - over.spent() - over.unknown();
            default -> false;
        };
    }

    /** What it is, in one sentence. Times are UTC. */
    default String sentence() {
        return CauseSentence.of(this);
    }

    /** No scheduler leads, so nothing is released. */
    record NotLeading(Instant since) implements Cause {}

    /** No worker has said which providers it can call. */
    record NoWorker() implements Cause {}

    /** Accounts do not add up, so nothing is released. */
    record Unbalanced() implements Cause {}

    /**
     * Something that the job belongs to is paused.
     *
     * @param what tenant, model or batch with its name, such as {@code Batch autumn}
     */
    record Paused(String what, Instant since) implements Cause {}

    /** The catalogue has no price, so that no worst-case price can be reserved. */
    record PriceUnknown(String model) implements Cause {}

    /** Jobs that must complete first. */
    record Dependency(List<String> jobs) implements Cause {
        public Dependency {
            jobs = List.copyOf(jobs);
        }
    }

    /** The job's own earliest start. */
    record NotBefore(Instant until) implements Cause {}

    /** The provider refuses calls of the model. */
    record Held(String model, String reason, Instant until) implements Cause {}

    /** The model's quota of the day is used up. */
    record DayQuotaUsed(String model, int released, int max, Instant until) implements Cause {}

    /**
     * A cap does not admit the job's worst-case price.
     *
     * @param needs that price
     */
    record OverCap(
            Scope scope,
            long cap,
            long spent,
            long reserved,
            long unknown,
            long needs,
            @Nullable Instant until) implements Cause {}

    /**
     * As many jobs run as may.
     *
     * @param scope {@code tenant} or {@code batch}
     */
    record RunningMax(String scope, int running, int max) implements Cause {}

    /** Its flow is first in, first out, and the job at the head may not run. */
    record HeadOfLine(Parking reason) implements Cause {}

    /** Enough jobs of the model are released. */
    record WindowFull(String model, int flights, int flightsMax, double perSecond) implements Cause {}

    /** Nothing keeps the job from its model's line, and it is not in it yet. */
    record Entering() implements Cause {}

    /**
     * Other jobs are served first.
     *
     * @param ahead jobs of its tenant that are
     * @param others jobs of other tenants that are
     * @param share of the model's releases that the tenant is entitled to now, 0 to 1
     */
    record Turn(long ahead, long others, double share, double perSecond) implements Cause {}
}
