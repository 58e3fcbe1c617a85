package dev.renderfleet.scheduler.release;

import dev.renderfleet.scheduler.queue.FlightTiming;
import dev.renderfleet.scheduler.queue.Flow;
import dev.renderfleet.scheduler.queue.ModelLimits;
import dev.renderfleet.scheduler.queue.ReleaseWindows;
import dev.renderfleet.scheduler.queue.WindowState;
import dev.renderfleet.scheduler.routing.JobPricer;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The released jobs without outcome, and how many more there may be. For one thread. */
final class OpenFlights {

    private final ReleaseWindows windows;
    private final JobPricer pricer;
    private final HeldModels holds;
    private final Map<Long, Flow> flights = new HashMap<>();
    private final Set<Long> unsent = new LinkedHashSet<>();

    /** @param partitions of the topic of jobs */
    OpenFlights(int partitions, JobPricer pricer, HeldModels holds) {
        this.windows = new ReleaseWindows(partitions);
        this.pricer = pricer;
        this.holds = holds;
    }

    /** Knows the model from now on. */
    void model(String model) {
        windows.model(model, pricer.typical(model), pricer.limits(model));
    }

    /** Applies what workers have said of a model since. */
    void applyHolds(String model, Instant now) {
        holds.of(model, pricer.provider(model), now)
                .ifPresent(hold -> windows.model(model).hold(hold.until(), hold.reason(), now));
    }

    /**
     * Continues the count of the day's releases, which a former leader began. Called once the flights are added.
     *
     * @param released how many there were since an instant
     */
    void releasedToday(String model, ToIntFunction<Instant> released, Instant now) {
        ModelLimits limits = pricer.limits(model);
        if (limits.perDay() != null) {
            Instant midnight = now.atZone(limits.dayZone())
                    .toLocalDate()
                    .atStartOfDay(limits.dayZone())
                    .toInstant();
            windows.model(model).releasedToday(released.applyAsInt(midnight), now);
        }
    }

    /** Goes on at the jobs a second that a former leader has learned of a known model. */
    void resume(String model, double perSecond) {
        windows.model(model).resume(perSecond);
    }

    /** The partition into which one job of the model may be released now. */
    OptionalInt partition(String model, Instant now) {
        return windows.partition(model, now);
    }

    /** What the model's window allows now. */
    WindowState window(String model, Instant now) {
        return windows.model(model).state(now);
    }

    boolean isEmpty() {
        return flights.isEmpty();
    }

    boolean has(long job) {
        return flights.containsKey(job);
    }

    void add(long job, Flow flow, int partition, boolean sent, Instant released) {
        flights.put(job, flow);
        windows.released(flow.model(), job, partition, released);
        if (!sent) {
            unsent.add(job);
        }
    }

    /** Removes a flight and returns its flow; null: there is none. */
    @Nullable
    Flow remove(long job, FlightTiming timing, Instant now) {
        Flow flow = flights.remove(job);
        unsent.remove(job);
        if (flow != null) {
            windows.ended(flow.model(), job, timing, now);
        }
        return flow;
    }

    void sent(Collection<Long> jobs) {
        unsent.removeAll(jobs);
    }

    /** Some of the flights whose records Kafka has not acknowledged. */
    List<Long> unsent(int max) {
        return unsent.stream().limit(max).toList();
    }

    /** How many there are of each tenant. */
    Map<String, Integer> byTenant() {
        return flights.values().stream().collect(Collectors.groupingBy(Flow::tenant, Collectors.summingInt(_ -> 1)));
    }
}
