package dev.renderfleet.scheduler.queue;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Decides how many jobs of one model are released, and into which partition (ADR 38). {@code render.jobs} holds about {@link #AHEAD}
 * of work, or one waiting job for each partition if that is more, since a worker can use its share of a quota only for jobs that it
 * has. Two bounds do it: an account of the jobs that wait in the workers' line, and the flights of each partition by Little's law.
 * Nothing is released during a hold.
 *
 * <p>For the dispatch thread only.
 */
public final class ModelWindow {

    /** Work that waits in {@code render.jobs} while more is waiting here. */
    public static final Duration AHEAD = Duration.ofSeconds(3);

    /** After a hold the rate grows from nothing to the whole in this time. */
    public static final Duration RETURN = Duration.ofSeconds(10);

    private final PartitionFlights[] partitions;
    private final Map<Long, Flight> flights = new HashMap<>();
    private final WaitingLine line = new WaitingLine();
    private final DayReleases day = new DayReleases();
    private final ReleaseRate rate;
    private ModelLimits limits;

    private long releases;
    private long roundStart;
    private boolean wasFull;

    private record Flight(int partition, long number, long release) {}

    ModelWindow(int partitions, Duration typical, ModelLimits limits) {
        this.partitions =
                Stream.generate(PartitionFlights::new).limit(partitions).toArray(PartitionFlights[]::new);
        this.rate = new ReleaseRate(typical, limits.rate());
        this.limits = limits;
    }

    /** Applies changed limits from now on. */
    public void limits(ModelLimits changed, Instant now) {
        if (!changed.equals(limits)) {
            advance(now);
            limits = changed;
            rate.limit(limits.rate());
            newRound(now);
        }
    }

    /**
     * Releases nothing before {@code until}. Never shortens a hold.
     *
     * @param reason code of the refusal
     */
    public void hold(Instant until, String reason, Instant now) {
        advance(now);
        line.hold(until, reason, now);
    }

    /** Sets how many jobs of the model were released today, after a change of leaders. */
    public void releasedToday(int count, Instant now) {
        day.set(count, limits, now);
    }

    /** Goes on at the jobs a second that a former leader has learned, unless a limit says more of it. */
    public void resume(double perSecond) {
        rate.resume(perSecond, limits.rate());
    }

    /** What the window allows now. */
    public WindowState state(Instant now) {
        advance(now);
        return new WindowState(
                flights.size(),
                flightsPerPartition(now) * partitions.length,
                perSecond(),
                next(now).isEmpty(),
                line.hold(),
                day.state(limits, now));
    }

    /** The partition into which a job may be released now: of those with room the one whose last release is longest ago. */
    OptionalInt partition(Instant now) {
        advance(now);
        if (day.usedUpUntil(limits, now) != null) {
            return OptionalInt.empty();
        }
        OptionalInt next = next(now);
        wasFull |= next.isEmpty();
        return next;
    }

    void released(long job, int partition, Instant now) {
        advance(now);
        line.released();
        day.add(limits, now);
        releases++;
        flights.put(job, new Flight(partition, partitions[partition].release(releases), releases));
    }

    /** Returns false for a job that is not in flight. */
    boolean ended(long job, FlightTiming timing, Instant now) {
        Flight flight = flights.remove(job);
        if (flight == null) {
            return false;
        }
        advance(now);
        partitions[flight.partition()].end(flight.number(), flightsPerPartition(now));
        if (timing.worked().isPositive()) {
            rate.worked(timing.worked());
            if (wasFull && flight.release() > roundStart) {
                learn(timing.waited(), now);
            }
        } else {
            line.left();
            day.remove(limits, now);
        }
        return true;
    }

    int flights() {
        return flights.size();
    }

    private void learn(Duration waited, Instant now) {
        if (rate.waited(waited, waitingMax(now) / perSecond(), limits.rate(), now)) {
            newRound(now);
        }
    }

    private void advance(Instant now) {
        if (line.advance(now, perSecond(), flights.size())) {
            newRound(now);
        }
    }

    /** Flights of before say nothing about the window from now on. */
    private void newRound(Instant now) {
        roundStart = releases;
        wasFull = false;
        rate.restart(now);
    }

    private OptionalInt next(Instant now) {
        if (!line.admits(waitingMax(now))) {
            return OptionalInt.empty();
        }
        int max = flightsPerPartition(now);
        return IntStream.range(0, partitions.length)
                .filter(each -> partitions[each].count() < max)
                .boxed()
                .min(Comparator.comparingLong(each -> partitions[each].lastRelease()))
                .map(OptionalInt::of)
                .orElse(OptionalInt.empty());
    }

    private double perSecond() {
        Integer calls = limits.concurrent();
        return calls == null ? rate.perSecond() : Math.min(rate.perSecond(), calls / rate.workedSeconds());
    }

    /** Jobs that may wait for their call. One for each partition, since only its owner can use its part of the quota. */
    private double waitingMax(Instant now) {
        return limits.isPacedHere()
                ? Math.max(1, perSecond())
                : Math.max(partitions.length, perSecond() * ReleaseRate.seconds(AHEAD) * line.returned(now));
    }

    /** Calls in progress by Little's law, their usual variation, and what may wait. */
    private int flightsPerPartition(Instant now) {
        double calls = perSecond() * rate.workedSeconds() / partitions.length;
        return (int) Math.ceil(calls + Math.sqrt(calls) + waitingMax(now) / partitions.length);
    }
}
