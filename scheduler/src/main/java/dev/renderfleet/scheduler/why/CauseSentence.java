package dev.renderfleet.scheduler.why;

import dev.renderfleet.scheduler.queue.Parking;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;

/** Says a cause for people: what it is, with its figures, and what ends it. */
final class CauseSentence {

    private static final int JOBS_SHOWN_MAX = 3;

    private CauseSentence() {}

    static String of(Cause cause) {
        return switch (cause) {
            case Cause.NotLeading it ->
                "No scheduler has been leading since %s; the job is stored and is released once one leads."
                        .formatted(time(it.since()));
            case Cause.NoWorker _ ->
                "No worker has said which providers it can call; start a worker with a provider's key.";
            case Cause.Unbalanced _ ->
                "Accounts do not add up, so nothing is released; the readiness of the leader names them.";
            case Cause.Paused it ->
                "%s has been paused since %s; resume it to release its jobs.".formatted(it.what(), time(it.since()));
            case Cause.PriceUnknown it ->
                "No price of model %s is known, so nothing can be reserved; add it to the catalogue of models."
                        .formatted(it.model());
            case Cause.Dependency it -> "It depends on %s, which must complete first.".formatted(some(it.jobs()));
            case Cause.NotBefore it -> "It asks to start no earlier than %s.".formatted(time(it.until()));
            case Cause.Held it ->
                "Model %s is held until %s, because its provider refuses calls (%s)."
                        .formatted(it.model(), time(it.until()), it.reason());
            case Cause.DayQuotaUsed it ->
                "Model %s has had %d of its %d requests of the day; the next day of its provider begins at %s."
                        .formatted(it.model(), it.released(), it.max(), time(it.until()));
            case Cause.OverCap it -> overCap(it);
            case Cause.RunningMax it ->
                "The %s has %d jobs running of %d that it may have; one of them must end first."
                        .formatted(it.scope(), it.running(), it.max());
            case Cause.HeadOfLine it -> headOfLine(it.reason());
            case Cause.WindowFull it ->
                "Model %s has %d jobs with the workers, as many as %s a minute keep busy."
                        .formatted(it.model(), it.flights(), figure(it.perSecond() * 60));
            case Cause.Entering _ -> "It joins its model's line within seconds.";
            case Cause.Turn it -> turn(it);
        };
    }

    private static String overCap(Cause.OverCap it) {
        String name = switch (it.scope()) {
            case JOB -> "the job";
            case BATCH -> "the batch";
            case TENANT -> "the tenant";
            case TENANT_DAY -> "the tenant's day";
            case FLEET_DAY -> "the fleet's day";
        };
        String end = it.needsAction()
                ? "raise the cap"
                : it.until() != null
                        ? "it begins anew at " + time(it.until())
                        : "it fits once calls in progress have cost less than was reserved";
        return "The cap of %s is %s: %s spent, %s reserved for calls in progress, %s unknown; the job may cost %s; %s."
                .formatted(
                        name,
                        usd(it.cap()),
                        usd(it.spent()),
                        usd(it.reserved()),
                        usd(it.unknown()),
                        usd(it.needs()),
                        end);
    }

    private static String headOfLine(Parking reason) {
        return switch (reason) {
            case PAUSED -> "Its line was paused and goes on within seconds.";
            case BUDGET -> "A job before it in its line does not fit a cap.";
            case BATCH_RUNNING -> "Its batch has as many jobs running as it may.";
            case PRICE_UNKNOWN -> "No price is known of a job before it in its line.";
        };
    }

    private static String turn(Cause.Turn it) {
        return it.ahead() + it.others() == 0
                ? "It is next in line."
                : "%d jobs of its tenant and %d of other tenants are released before it; its tenant is entitled to %s %% of %s a minute."
                        .formatted(it.ahead(), it.others(), figure(it.share() * 100), figure(it.perSecond() * 60));
    }

    private static String some(List<String> jobs) {
        String shown = String.join(", ", jobs.subList(0, Math.min(JOBS_SHOWN_MAX, jobs.size())));
        return jobs.size() <= JOBS_SHOWN_MAX ? shown : "%s and %d more".formatted(shown, jobs.size() - JOBS_SHOWN_MAX);
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
