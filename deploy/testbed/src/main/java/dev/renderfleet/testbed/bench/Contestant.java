package dev.renderfleet.testbed.bench;

import dev.renderfleet.contracts.job.RenderJob;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** One worker of some make, and its client: jobs go in, outcomes come out. Used by one thread, but for {@link #arrived}. */
abstract class Contestant implements AutoCloseable {

    private final BlockingQueue<Outcome> arrivals = new LinkedBlockingQueue<>();

    /** What the client was told of a job, and when ({@link System#nanoTime()}). */
    record Outcome(String jobId, boolean completed, long nanoTime) {}

    abstract String title();

    /** Starts the worker, and returns before it is ready. */
    abstract void begin(String name);

    abstract long pid();

    /** Ends the worker as {@code kill -9} does. */
    abstract void kill();

    /** Ends the worker in an orderly way. */
    abstract void stop();

    /** Hands jobs over; a job that was handed over before too. Safe for use by another thread. */
    abstract void submit(List<RenderJob> jobs) throws InterruptedException;

    /** Ends the client. */
    @Override
    public abstract void close();

    final void arrived(Outcome outcome) {
        arrivals.add(outcome);
    }

    /**
     * Adds outcomes of these jobs, until so many of the jobs have one, or none came for that long. Others', late ones of an earlier part,
     * are dropped.
     */
    final void gather(List<RenderJob> jobs, int count, Duration patience, List<Outcome> outcomes)
            throws InterruptedException {
        Set<String> wanted = jobs.stream().map(BenchFleet::id).collect(Collectors.toSet());
        Set<String> told = outcomes.stream().map(Outcome::jobId).collect(Collectors.toSet());
        while (told.size() < count) {
            Outcome outcome = arrivals.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
            if (outcome == null) {
                return;
            }
            if (wanted.contains(outcome.jobId())) {
                outcomes.add(outcome);
                told.add(outcome.jobId());
            }
        }
    }
}
