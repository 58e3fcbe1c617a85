package dev.renderfleet.worker.job;

import dev.renderfleet.catalogue.Rerolls;
import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.job.OnUnknown;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.limits.ModelLimiter;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a job is retried after a call without a picture, from the failure's kind and the attempts so far. Refusals without
 * cost are retried until the job has waited {@link ModelLimiter#REFUSED_WAIT_MAX}; calls that may have been billed a few times. Safe
 * for use by many threads.
 */
public final class RetryPolicy {

    private static final Duration BACKOFF_FIRST = Duration.ofSeconds(1);
    private static final Duration BACKOFF_MAX = Duration.ofMinutes(1);
    /** Over all kinds of failure together. */
    private static final int BILLED_ATTEMPTS_MAX = 5;

    /** Of refusals that are likely to last, but may be a transient fault of a gateway. */
    private static final int FREE_ATTEMPTS_MAX = 2;

    private static final int FAULT_ATTEMPTS_MAX = 5;
    private static final int UNKNOWN_ATTEMPTS_MAX = 2;
    /** Paid answers without a valid picture. */
    private static final Set<FailureCode> USELESS =
            EnumSet.of(FailureCode.NO_IMAGE, FailureCode.OUTPUT_REFUSED, FailureCode.RESULT_INVALID);

    private final RandomGenerator random;

    public RetryPolicy(RandomGenerator random) {
        this.random = random;
    }

    /** The decision. */
    public sealed interface Next {
        /** Call again after {@code pause}. */
        record Retry(Duration pause) implements Next {}

        /** The job fails. */
        record GiveUp() implements Next {}
    }

    /**
     * Decides.
     *
     * @param answer the failure of the last call
     * @param history all attempts, the last one included
     * @param onUnknown the job's policy for calls of unknown outcome; null: {@code retry}
     * @param rerolls of the model
     */
    public Next next(NotDrawn answer, History history, @Nullable OnUnknown onUnknown, Rerolls rerolls) {
        FailureCode code = answer.kind().code();
        return switch (answer.kind().retry()) {
            case NEVER -> new Next.GiveUp();
            case WAIT ->
                waited(history).compareTo(ModelLimiter.REFUSED_WAIT_MAX) >= 0
                        ? new Next.GiveUp()
                        : new Next.Retry(wait(answer, count(history, code)));
            case BOUNDED -> bounded(answer, history, attemptsMax(answer.kind(), onUnknown, rerolls));
        };
    }

    /** From the first call to the end of the last. */
    private static Duration waited(History history) {
        Attempt last = history.attempts().getLast();
        return Duration.between(
                history.attempts().getFirst().startedAt(), last.startedAt().plusMillis(last.durationMillis()));
    }

    private static int attemptsMax(FailureKind kind, @Nullable OnUnknown onUnknown, Rerolls rerolls) {
        return switch (kind) {
            case UNKNOWN_OUTCOME -> unknownsMax(onUnknown);
            case REQUEST_REFUSED, SESSION_REFUSED, MODEL_GONE -> FREE_ATTEMPTS_MAX;
            case NO_IMAGE -> 1 + rerolls.noImage();
            case OUTPUT_REFUSED_REROLLABLE -> 1 + rerolls.outputRefused();
            case RESULT_INVALID, RESULT_EXPIRED -> 1 + rerolls.resultInvalid();
            default -> FAULT_ATTEMPTS_MAX;
        };
    }

    /** Whether the calls of unknown outcome, of all workers, forbid another call. */
    static boolean unknownsForbidAnother(History history, @Nullable OnUnknown onUnknown) {
        return count(history, FailureCode.UNKNOWN_OUTCOME) >= unknownsMax(onUnknown);
    }

    /** Whether so many failures were billed, of all models, that no call follows. */
    static boolean paymentsForbidAnother(History history) {
        return history.attempts().stream()
                        .filter(attempt ->
                                attempt.usdMicros() > 0 && !attempt.outcome().equals(ModelCall.DRAWN))
                        .count()
                >= BILLED_ATTEMPTS_MAX;
    }

    /** With {@code hold} the producer decides after the first. */
    private static int unknownsMax(@Nullable OnUnknown onUnknown) {
        return switch (onUnknown) {
            case HOLD -> 1;
            case RETRY -> UNKNOWN_ATTEMPTS_MAX;
            case null -> UNKNOWN_ATTEMPTS_MAX;
        };
    }

    private Next bounded(NotDrawn answer, History history, int attemptsMax) {
        FailureCode code = answer.kind().code();
        int count = count(history, USELESS.contains(code) ? USELESS : Set.of(code));
        return count >= attemptsMax || paymentsForbidAnother(history)
                ? new Next.GiveUp()
                : new Next.Retry(wait(answer, count));
    }

    private static int count(History history, FailureCode code) {
        return count(history, Set.of(code));
    }

    private static int count(History history, Set<FailureCode> codes) {
        return Math.toIntExact(history.attempts().stream()
                .map(attempt -> FailureCode.ofWireName(attempt.outcome()))
                .filter(codes::contains)
                .count());
    }

    /** Retry-After plus jitter; without one, exponential backoff with full jitter. */
    private Duration wait(NotDrawn answer, int count) {
        Duration asked = answer.retryAfter();
        if (asked != null) {
            return asked.plus(fraction(asked.dividedBy(10).plus(BACKOFF_FIRST)));
        }
        Duration ceiling = BACKOFF_FIRST.multipliedBy(1L << Math.min(count, 10));
        return fraction(ceiling.compareTo(BACKOFF_MAX) > 0 ? BACKOFF_MAX : ceiling);
    }

    private Duration fraction(Duration ceiling) {
        return Duration.ofNanos((long) (ceiling.toNanos() * random.nextDouble()));
    }
}
