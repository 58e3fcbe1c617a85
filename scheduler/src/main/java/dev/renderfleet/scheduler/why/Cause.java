package dev.renderfleet.scheduler.why;

import dev.renderfleet.scheduler.queue.Parking;
import dev.renderfleet.scheduler.why.SpendingCap.Scope;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One reason why a job waits: a code, figures, and a sentence for people. All times are UTC, all amounts USD micros. */
public sealed interface Cause {

    /** Stable name for programs. */
    String code();

    /** When the cause ends by itself; null: that is not known. */
    default @Nullable Instant until() {
        return null;
    }

    /** Whether the job waits until a person acts. */
    default boolean needsAction() {
        return false;
    }

    /** What it is, in one sentence. */
    String sentence();

    /** No scheduler leads, so nothing is released. */
    record NotLeading(Instant since) implements Cause {
        @Override
        public String code() {
            return "not_leading";
        }

        @Override
        public String sentence() {
            return "No scheduler has been leading since %s; the job is stored and is released once one leads."
                    .formatted(time(since));
        }
    }

    /**
     * Something that the job belongs to is paused.
     *
     * @param what {@code tenant}, {@code model} or {@code batch}, and its name
     */
    record Paused(String what, Instant since) implements Cause {
        @Override
        public String code() {
            return "paused";
        }

        @Override
        public boolean needsAction() {
            return true;
        }

        @Override
        public String sentence() {
            return "%s has been paused since %s; resume it to release its jobs.".formatted(what, time(since));
        }
    }

    /** The catalogue has no price, so that no worst-case price can be reserved. */
    record PriceUnknown(String model) implements Cause {
        @Override
        public String code() {
            return "price_unknown";
        }

        @Override
        public boolean needsAction() {
            return true;
        }

        @Override
        public String sentence() {
            return "No price of model %s is known, so nothing can be reserved; add it to the catalogue of models."
                    .formatted(model);
        }
    }

    /** @param jobs not completed yet */
    record Dependency(List<String> jobs) implements Cause {
        private static final int SHOWN_MAX = 3;

        public Dependency {
            jobs = List.copyOf(jobs);
        }

        @Override
        public String code() {
            return "dependency";
        }

        @Override
        public String sentence() {
            String more = jobs.size() > SHOWN_MAX ? " and %d more".formatted(jobs.size() - SHOWN_MAX) : "";
            return "It depends on %s%s, which must complete first."
                    .formatted(String.join(", ", jobs.stream().limit(SHOWN_MAX).toList()), more);
        }
    }

    /** The job's own earliest start. */
    record NotBefore(Instant until) implements Cause {
        @Override
        public String code() {
            return "not_before";
        }

        @Override
        public String sentence() {
            return "It asks to start no earlier than %s.".formatted(time(until));
        }
    }

    /** The provider refuses calls of the model. */
    record Held(String model, String reason, Instant until) implements Cause {
        @Override
        public String code() {
            return "hold";
        }

        @Override
        public String sentence() {
            return "Model %s is held until %s, because its provider refuses calls (%s)."
                    .formatted(model, time(until), reason);
        }
    }

    /** The model's quota of the day is used up. */
    record DayQuotaUsed(String model, int released, int max, Instant until) implements Cause {
        @Override
        public String code() {
            return "day_quota";
        }

        @Override
        public String sentence() {
            return "Model %s has had %d of its %d requests of the day; the next day of its provider begins at %s."
                    .formatted(model, released, max, time(until));
        }
    }

    /**
     * A cap does not admit the worst-case price.
     *
     * @param needs worst-case price of the job
     */
    record OverCap(
            Scope scope,
            long cap,
            long spent,
            long reserved,
            long unknown,
            long needs,
            @Nullable Instant until) implements Cause {
        OverCap(SpendingCap cap, long needs) {
            this(
                    cap.scope(),
                    cap.cap(),
                    cap.spent(),
                    cap.reserved(),
                    cap.unknown(),
                    needs,
                    cap.mayFit(needs) ? null : cap.renewedAt());
        }

        @Override
        public String code() {
            return "budget";
        }

        @Override
        public boolean needsAction() {
            return until == null && needs > cap - spent - unknown;
        }

        @Override
        public String sentence() {
            return "The cap of %s is %s: %s spent, %s reserved for calls in progress, %s unknown; the job may cost %s%s."
                    .formatted(name(), usd(cap), usd(spent), usd(reserved), usd(unknown), usd(needs), remedy());
        }

        private String name() {
            return switch (scope) {
                case JOB -> "the job";
                case BATCH -> "the batch";
                case TENANT -> "the tenant";
                case TENANT_DAY -> "the tenant's day";
                case FLEET_DAY -> "the fleet's day";
            };
        }

        private String remedy() {
            if (needsAction()) {
                return ". Raise the cap";
            }
            return until != null
                    ? "; it begins anew at " + time(until)
                    : "; it fits once calls in progress have cost less than was reserved";
        }
    }

    /** @param scope {@code tenant} or {@code batch} */
    record RunningMax(String scope, int running, int max) implements Cause {
        @Override
        public String code() {
            return "running_max";
        }

        @Override
        public String sentence() {
            return "The %s has %d jobs running of %d that it may have; one of them must end first."
                    .formatted(scope, running, max);
        }
    }

    /** The line is first in, first out, and the job at its head may not run. */
    record HeadOfLine(Parking reason) implements Cause {
        @Override
        public String code() {
            return "head_of_line";
        }

        @Override
        public String sentence() {
            return switch (reason) {
                case PAUSED -> "Its line was paused and goes on within seconds.";
                case BUDGET -> "A job before it in its line does not fit a cap.";
                case BATCH_RUNNING -> "Its batch has as many jobs running as it may.";
                case PRICE_UNKNOWN -> "No price is known of a job before it in its line.";
            };
        }
    }

    /** Enough jobs of the model are released. */
    record WindowFull(String model, int flights, int flightsMax, double perSecond) implements Cause {
        @Override
        public String code() {
            return "window_full";
        }

        @Override
        public String sentence() {
            return "Model %s has %d jobs with the workers, as many as %s a minute keep busy."
                    .formatted(model, flights, figure(perSecond * 60));
        }
    }

    /** Nothing keeps the job from its model's line, and it is not in it yet. */
    record Entering() implements Cause {
        @Override
        public String code() {
            return "entering";
        }

        @Override
        public String sentence() {
            return "It joins its model's line within seconds.";
        }
    }

    /**
     * Other jobs are served first.
     *
     * @param share of the model's releases that the tenant is entitled to now, 0 to 1
     */
    record Turn(long ahead, long others, double share, double perSecond) implements Cause {
        @Override
        public String code() {
            return "turn";
        }

        @Override
        public String sentence() {
            if (ahead + others == 0) {
                return "It is next in line.";
            }
            return "%d jobs of its tenant and %d of other tenants are released before it; its tenant is entitled to %s %% of %s a minute."
                    .formatted(ahead, others, figure(share * 100), figure(perSecond * 60));
        }
    }

    private static String time(Instant at) {
        return at.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private static String usd(long micros) {
        BigDecimal exact = BigDecimal.valueOf(micros, 6).stripTrailingZeros();
        return exact.setScale(Math.max(2, exact.scale())).toPlainString() + " USD";
    }

    private static String figure(double value) {
        return String.format(Locale.ROOT, value >= 10 ? "%.0f" : "%.1f", value);
    }
}
