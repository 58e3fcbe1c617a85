package dev.renderfleet.testbed.bench;

import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.testbed.jobs.NullWorker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What a null worker has answered, in this order. Safe for use by many threads. */
final class ReleaseLog implements NullWorker.Listener {

    private final List<Release> releases = new ArrayList<>();
    private int again;

    /**
     * A job's first record.
     *
     * @param released the record's time
     * @param nanoTime when it was read
     */
    record Release(String tenant, String key, Instant released, long nanoTime) {}

    @Override
    public synchronized void answered(RenderJob job, boolean second, Instant released, long nanoTime) {
        if (second) {
            again++;
        } else {
            releases.add(new Release(job.tenant(), job.idempotencyKey(), released, nanoTime));
            notifyAll();
        }
    }

    synchronized int count() {
        return releases.size();
    }

    /** Records of jobs that had one before, as after a crash. */
    synchronized int again() {
        return again;
    }

    /** Those from this number on. */
    synchronized List<Release> from(int number) {
        return List.copyOf(releases.subList(number, releases.size()));
    }

    /** Waits for the release of this number, from 0; trouble if it does not come in time. */
    synchronized Release await(int number, Duration atMost) throws InterruptedException {
        long giveUp = System.nanoTime() + atMost.toNanos();
        while (releases.size() <= number) {
            long left = giveUp - System.nanoTime();
            if (left <= 0) {
                throw new UserError("Only " + releases.size() + " of " + (number + 1) + " jobs were released within "
                        + atMost.toSeconds() + " s; the scheduler's log may say why.");
            }
            wait(Math.max(1, left / 1_000_000));
        }
        return releases.get(number);
    }
}
