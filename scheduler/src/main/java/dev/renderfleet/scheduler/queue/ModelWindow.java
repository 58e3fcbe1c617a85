package dev.renderfleet.scheduler.queue;

import dev.renderfleet.scheduler.queue.WindowState.ModelDay;
import dev.renderfleet.scheduler.queue.WindowState.ModelHeld;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Decides how many jobs of one model are released, and into which partition (ADR 38). {@code render.jobs} holds about {@link #AHEAD}
 * of work, or one waiting job for each partition if that is more, since a worker can use its share of a quota only for jobs that it
 * has. Two bounds do it: an account of the jobs that wait in the workers' line, paid off at the model's rate, and the flights of a
 * partition by Little's law. Nothing is released during a hold; after it the rate returns within {@link #RETURN}.
 *
 * <p>For the dispatch thread only.
 */
public final class ModelWindow {

    /** Work that waits in {@code render.jobs} while more is waiting here. */
    public static final Duration AHEAD = Duration.ofSeconds(3);

    /** After a hold the rate grows from nothing to the whole in this time. */
    public static final Duration RETURN = Duration.ofSeconds(10);

    /** Far below one job, far above what adding fractions gets wrong. */
    private static final double ROUNDING = 1e-3;

    private final PartitionFlights[] partitions;
    private final Map<Long, Flight> flights = new HashMap<>();
    private final ReleaseRate rate;
    private ModelLimits limits;

    /** Jobs that were released and, at the model's rate, not called yet. */
    private double waiting;

    private Instant paidAt = Instant.EPOCH;
    private Instant heldUntil = Instant.EPOCH;
    private String holdReason = "";
    private boolean held;

    private long releases;
    private long roundStart;
    private boolean wasFull;

    private LocalDate day = LocalDate.EPOCH;
    private int dayReleases;

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
            pay(now);
            limits = changed;
            rate.limit(limits.rate());
            newRound();
        }
    }

    /**
     * Releases nothing before {@code until}. Never shortens a hold.
     *
     * @param reason code of the refusal
     */
    public void hold(Instant until, String reason, Instant now) {
        pay(now);
        if (until.isAfter(now) && until.isAfter(heldUntil)) {
            heldUntil = until;
            holdReason = reason;
            held = true;
        }
    }

    /** Sets how many jobs of the model were released today, after a change of leaders. */
    public void releasedToday(int count, Instant now) {
        day = today(now);
        dayReleases = count;
    }

    /** The partition into which a job may be released now: that with the fewest flights, of these the one that waits longest. */
    OptionalInt partition(Instant now) {
        pay(now);
        if (held || isDayUsedUp(now)) {
            return OptionalInt.empty();
        }
        wasFull |= isFull(now);
        return isFull(now) ? OptionalInt.empty() : OptionalInt.of(emptiest());
    }

    void released(long job, int partition, Instant now) {
        pay(now);
        waiting++;
        releases++;
        flights.put(job, new Flight(partition, partitions[partition].release(releases), releases));
        dayReleases = today(now).equals(day) ? dayReleases + 1 : 1;
        day = today(now);
    }

    /** Returns false for a job that is not in flight. */
    boolean ended(long job, FlightTiming timing, Instant now) {
        Flight flight = flights.remove(job);
        if (flight == null) {
            return false;
        }
        pay(now);
        partitions[flight.partition()].end(flight.number(), flightsPerPartition(now));
        if (timing.worked().isPositive()) {
            rate.worked(timing.worked());
            if (flight.release() > roundStart
                    && rate.waited(
                            timing.waited(), waitingMax(now) / perSecond(), flights.size(), wasFull, limits.rate())) {
                newRound();
            }
        }
        return true;
    }

    int flights() {
        return flights.size();
    }

    /** What the window allows now. */
    public WindowState state(Instant now) {
        pay(now);
        return new WindowState(
                flights.size(),
                flightsPerPartition(now) * partitions.length,
                perSecond(),
                isFull(now),
                held ? new ModelHeld(heldUntil, holdReason) : null,
                new ModelDay(
                        today(now).equals(day) ? dayReleases : 0,
                        limits.perDay(),
                        isDayUsedUp(now)
                                ? day.plusDays(1).atStartOfDay(limits.dayZone()).toInstant()
                                : null));
    }

    private boolean isFull(Instant now) {
        return waiting + 1 > waitingMax(now) + ROUNDING || partitions[emptiest()].count() >= flightsPerPartition(now);
    }

    private int emptiest() {
        int best = 0;
        for (int each = 1; each < partitions.length; each++) {
            if (partitions[each].compareTo(partitions[best]) < 0) {
                best = each;
            }
        }
        return best;
    }

    private LocalDate today(Instant now) {
        return LocalDate.ofInstant(now, limits.dayZone());
    }

    private boolean isDayUsedUp(Instant now) {
        Integer max = limits.perDay();
        return max != null && dayReleases >= max && today(now).equals(day);
    }

    private double perSecond() {
        Integer calls = limits.concurrent();
        return calls == null ? rate.perSecond() : Math.min(rate.perSecond(), calls / rate.workedSeconds());
    }

    /** Jobs that may wait for their call. One for each partition, since only its owner can use its part of the quota. */
    private double waitingMax(Instant now) {
        double whole = Math.min(1, seconds(heldUntil, now) / ReleaseRate.seconds(RETURN));
        return limits.isPacedHere()
                ? Math.max(1, perSecond())
                : Math.max(partitions.length, perSecond() * ReleaseRate.seconds(AHEAD) * whole);
    }

    private int flightsPerPartition(Instant now) {
        return (int) Math.ceil((perSecond() * rate.workedSeconds() + waitingMax(now)) / partitions.length);
    }

    /** Takes from the account what the workers have called since. At the end of a hold all flights are in the workers' line. */
    private void pay(Instant now) {
        if (!now.isAfter(paidAt)) {
            return;
        }
        if (held && !now.isBefore(heldUntil)) {
            held = false;
            waiting = flights.size();
            paidAt = heldUntil;
            newRound();
        }
        if (!held) {
            waiting = Math.max(0, waiting - perSecond() * (called(now) - called(paidAt)));
        }
        paidAt = now;
    }

    /** Seconds at full rate since the last hold: the integral of a rate that grows evenly during {@link #RETURN}. */
    private double called(Instant now) {
        double since = seconds(heldUntil, now);
        double ramp = ReleaseRate.seconds(RETURN);
        return since < ramp ? since * since / (2 * ramp) : since - ramp / 2;
    }

    private void newRound() {
        roundStart = releases;
        wasFull = false;
        rate.restart();
    }

    private static double seconds(Instant from, Instant to) {
        return ReleaseRate.seconds(Duration.between(from, to));
    }
}
