package dev.renderfleet.worker.providers.wire;

import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.StillRunning;
import dev.renderfleet.worker.storage.Pause;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Polls a provider's task until it ends, with growing pauses. Polls are not billed, and a failed poll does not end the task: after
 * {@value #UNREACHABLE_MAX} failures in a row the call yields {@link StillRunning}. Safe for use by many threads; blocks its (virtual) thread.
 */
public final class PollLoop {

    /** What one request about a task said. */
    public sealed interface Poll {

        /** The task has ended, or its picture can never be fetched. */
        record Ended(ModelAnswer answer) implements Poll {}

        /** The task goes on. */
        record Working(@Nullable Duration retryAfter) implements Poll {}

        /** The provider did not say how the task is: no answer, a rate limit, an outage, a broken download. */
        record Unreachable(@Nullable Duration retryAfter) implements Poll {

            /** Polled again after the answer's Retry-After, at most a minute: an operator may repair a refused key while the task runs. */
            public static Unreachable of(HttpResult answer) {
                String header = answer.headers().get("Retry-After");
                Duration wait = header == null ? null : RetryHint.fromSeconds(header);
                return new Unreachable(wait == null ? null : shorter(wait, RETRY_AFTER_MAX));
            }
        }
    }

    private static final Duration RETRY_AFTER_MAX = Duration.ofMinutes(1);

    static final int UNREACHABLE_MAX = 5;

    /** Before a task that is still running is polled again. */
    private static final Duration RESUME_AFTER = Duration.ofSeconds(10);

    private static final int GROWTH_PERCENT = 150;

    private final Pause pause;
    private final InstantSource clock;
    private final Duration first;
    private final Duration longest;

    /**
     * Sends nothing by itself.
     *
     * @param first pause before the first request
     * @param longest the pauses grow up to this, unless the provider asks for a longer one
     */
    public PollLoop(Pause pause, InstantSource clock, Duration first, Duration longest) {
        this.pause = pause;
        this.clock = clock;
        this.first = first;
        this.longest = longest;
    }

    /**
     * Asks until the task ends, or an interrupt or a drain ends the wait ({@link StillRunning}), or the time is over.
     *
     * @param timeout from now
     * @param request asks once; its failures are values
     * @param timedOut the answer for a task that took too long; it may cancel the task
     */
    public ModelAnswer await(String task, Duration timeout, Supplier<Poll> request, Supplier<ModelAnswer> timedOut) {
        Instant deadline = clock.instant().plus(timeout);
        Duration step = first;
        Duration wait = first;
        int unreachable = 0;
        while (true) {
            Duration left = Duration.between(clock.instant(), deadline);
            if (!left.isPositive()) {
                return timedOut.get();
            }
            if (Thread.currentThread().isInterrupted() || !pause.pause(shorter(wait, left))) {
                return new StillRunning(task, Duration.ZERO);
            }
            Poll poll = request.get();
            Duration asked = null;
            switch (poll) {
                case Poll.Ended(ModelAnswer answer) -> {
                    return answer;
                }
                case Poll.Working(Duration retryAfter) -> {
                    unreachable = 0;
                    asked = retryAfter;
                }
                case Poll.Unreachable(Duration retryAfter) -> {
                    unreachable++;
                    asked = retryAfter;
                }
            }
            if (unreachable == UNREACHABLE_MAX) {
                return new StillRunning(task, asked == null ? RESUME_AFTER : asked);
            }
            step = shorter(step.multipliedBy(GROWTH_PERCENT).dividedBy(100), longest);
            wait = asked == null || asked.compareTo(step) < 0 ? step : asked;
        }
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
