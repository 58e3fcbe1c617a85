package dev.renderfleet.scheduler.queue;

import dev.renderfleet.scheduler.queue.WindowState.ModelHeld;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An account of the jobs that wait for their call in the workers' line: a release adds one, the model's rate takes off. During a hold
 * nothing is called; at its end all flights are in the line, and the rate returns within {@link ModelWindow#RETURN}.
 */
final class WaitingLine {

    private static final double RETURN_SECONDS = ReleaseRate.seconds(ModelWindow.RETURN);
    /** Far below one job, far above what adding fractions gets wrong. */
    private static final double ROUNDING = 1e-3;

    private double waiting;
    private Instant paidAt = Instant.EPOCH;
    private Instant heldUntil = Instant.EPOCH;
    private @Nullable ModelHeld hold;

    void released() {
        waiting++;
    }

    /** A job left the line without a call. */
    void left() {
        waiting = Math.max(0, waiting - 1);
    }

    boolean admits(double max) {
        return hold == null && waiting + 1 <= max + ROUNDING;
    }

    /** Never shortens a hold. */
    void hold(Instant until, String reason, Instant now) {
        if (until.isAfter(now) && until.isAfter(heldUntil)) {
            heldUntil = until;
            hold = new ModelHeld(until, reason);
        }
    }

    @Nullable
    ModelHeld hold() {
        return hold;
    }

    /** How much of the rate has returned since the last hold, 0 to 1. */
    double returned(Instant now) {
        return Math.clamp(seconds(heldUntil, now) / RETURN_SECONDS, 0, 1);
    }

    /**
     * Takes from the account what was called since.
     *
     * @param flights released jobs without an outcome
     * @return whether a hold has ended since
     */
    boolean advance(Instant now, double perSecond, int flights) {
        if (!now.isAfter(paidAt)) {
            return false;
        }
        boolean ended = hold != null && !now.isBefore(heldUntil);
        if (ended) {
            hold = null;
            waiting = flights;
            paidAt = heldUntil;
        }
        if (hold == null) {
            waiting = Math.max(0, waiting - perSecond * (fullRateSeconds(now) - fullRateSeconds(paidAt)));
        }
        paidAt = now;
        return ended;
    }

    /** Since the last hold: the integral of a rate that grows evenly to the whole. */
    private double fullRateSeconds(Instant now) {
        double since = seconds(heldUntil, now);
        return since < RETURN_SECONDS ? since * since / (2 * RETURN_SECONDS) : since - RETURN_SECONDS / 2;
    }

    private static double seconds(Instant from, Instant to) {
        return ReleaseRate.seconds(Duration.between(from, to));
    }
}
