package dev.renderfleet.scheduler.queue;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * The windows of all models, bounded together: at most {@link #FLIGHTS_MAX} flights, of which one model may have as many as are then
 * left free, so that no slow model keeps the others out.
 *
 * <p>For the dispatch thread only. The order of calls:
 * <ol>
 *   <li>at the start of a leader {@link #model} for each model; {@link #released} for each flight in the store, oldest first, with the
 *       time of its release; {@link ModelWindow#releasedToday}; {@link ModelWindow#resume}; {@link ModelWindow#hold} for holds in effect;
 *   <li>at a release {@link #partition}; if there is one, {@link FairQueue#first}; once the job is chosen {@link #released}, before the
 *       next {@link #partition};
 *   <li>at an outcome, or when a release failed, {@link #ended}.
 * </ol>
 */
public final class ReleaseWindows {

    /** Released jobs without an outcome, over all models. */
    public static final int FLIGHTS_MAX = 5_000;

    private final int partitions;
    private final Map<String, ModelWindow> windows = new HashMap<>();
    private int flights;

    /** @param partitions of {@code render.jobs}, 1 or more */
    public ReleaseWindows(int partitions) {
        if (partitions < 1) {
            throw new IllegalArgumentException("partitions must be 1 or more, not " + partitions);
        }
        this.partitions = partitions;
    }

    /**
     * The window of a model, made at the first call.
     *
     * @param typical working time of a job until outcomes say better
     */
    public ModelWindow model(String model, Duration typical, ModelLimits limits) {
        return windows.computeIfAbsent(model, _ -> new ModelWindow(partitions, typical, limits));
    }

    /** The window of a known model. */
    public ModelWindow model(String model) {
        return Objects.requireNonNull(windows.get(model), "unknown model");
    }

    /** The partition into which one job of the model may be released now; empty if none may. Changes nothing. */
    public OptionalInt partition(String model, Instant now) {
        ModelWindow window = model(model);
        return window.flights() < FLIGHTS_MAX - flights ? window.partition(now) : OptionalInt.empty();
    }

    /** Counts a released job. */
    public void released(String model, long job, int partition, Instant now) {
        model(model).released(job, partition, now);
        flights++;
    }

    /** Ends a flight. One that is not known is ignored. */
    public void ended(String model, long job, FlightTiming timing, Instant now) {
        if (model(model).ended(job, timing, now)) {
            flights--;
        }
    }

    /** Flights of all models. */
    public int flights() {
        return flights;
    }
}
