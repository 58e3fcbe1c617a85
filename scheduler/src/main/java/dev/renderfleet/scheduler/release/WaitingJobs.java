package dev.renderfleet.scheduler.release;

import dev.renderfleet.scheduler.queue.FairQueue;
import dev.renderfleet.scheduler.queue.FlightTiming;
import dev.renderfleet.scheduler.queue.Flow;
import dev.renderfleet.scheduler.queue.Parking;
import dev.renderfleet.scheduler.store.ModelLine;
import dev.renderfleet.scheduler.store.ReleaseStore;
import dev.renderfleet.scheduler.store.ReleaseStore.FlightRow;
import dev.renderfleet.scheduler.store.ReleaseStore.ReadyJob;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The jobs that wait, in the order of the queue; of each flow the head is in memory. For one thread. */
final class WaitingJobs {

    private static final Duration BUDGET_RETRY = Duration.ofMillis(250);
    /** An older rate says little of the workers of now. */
    private static final Duration LEARNED_AGE_MAX = Duration.ofMinutes(10);

    private final ReleaseStore store;
    private final OpenFlights flights;
    private final FairQueue queue = new FairQueue();
    private final Map<Long, FlowHead> lines = new HashMap<>();
    private final Set<String> models = new LinkedHashSet<>();
    private Instant retryBudgetAt = Instant.MIN;

    /** Reads all flows, and the flights into memory, with what former leaders counted and learned. */
    WaitingJobs(ReleaseStore store, OpenFlights flights, Instant now) {
        this.store = store;
        this.flights = flights;
        loadFlows();
        for (FlightRow row : store.flights()) {
            flights.add(row.jobNo(), line(row.flowNo()).flow(), row.partition(), row.sent(), row.releasedAt());
        }
        flights.byTenant().forEach(queue::running);
        models.forEach(model -> flights.releasedToday(model, since -> store.released(model, since), now));
        store.learnedRates(now.minus(LEARNED_AGE_MAX)).forEach((model, perSecond) -> {
            if (models.contains(model)) {
                flights.resume(model, perSecond);
            }
        });
    }

    /**
     * A job that is next.
     *
     * @param partition empty: it has a flight already, whose outcome it shares
     */
    record Picked(ReadyJob job, Flow flow, int tenantNo, OptionalInt partition) {
        long jobNo() {
            return job.jobNo();
        }
    }

    private FlowHead line(long flow) {
        return Objects.requireNonNull(lines.get(flow), "unknown flow");
    }

    private void loadFlows() {
        for (ReleaseStore.FlowRow row : store.flows()) {
            lines.computeIfAbsent(
                    row.flowNo(),
                    _ -> new FlowHead(
                            new Flow(row.flowNo(), row.tenant(), row.model(), row.priority()), row.tenantNo()));
            if (models.add(row.model())) {
                flights.model(row.model());
            }
        }
        store.shares().forEach(queue::tenant);
    }

    /** Hears of new jobs: the first one by flow; null: any. */
    void arrived(@Nullable Map<Long, Long> first) {
        if (first == null || !lines.keySet().containsAll(first.keySet())) {
            loadFlows();
        }
        if (first == null) {
            lines.values().forEach(line -> line.arrived(0));
        } else {
            first.forEach((flow, job) -> line(flow).arrived(job));
        }
    }

    /** Whether no job waits for its release and none has a flight. */
    boolean isEmpty() {
        return flights.isEmpty() && lines.values().stream().noneMatch(line -> line.hasHead() || line.wantsMore());
    }

    /** Takes the next jobs of all models for which there is room; they count as flights from now on. */
    List<Picked> pick(int max, Instant now) {
        refill(lines.values().stream().filter(FlowHead::wantsMore).toList(), List.of());
        if (!now.isBefore(retryBudgetAt)) {
            retryBudgetAt = now.plus(BUDGET_RETRY);
            queue.unparkAll(Parking.BUDGET, _ -> true);
        }
        List<Picked> picked = new ArrayList<>();
        for (String model : models) {
            flights.applyHolds(model, now);
            OptionalInt partition = flights.partition(model, now);
            Flow flow = queue.first(model);
            while (picked.size() < max && partition.isPresent() && flow != null) {
                FlowHead line = line(flow.number());
                ReadyJob job = line.poll();
                if (job != null && flights.has(job.jobNo())) {
                    picked.add(new Picked(job, flow, line.tenantNo(), OptionalInt.empty()));
                } else if (job != null) {
                    queue.released(flow.number(), now);
                    flights.add(job.jobNo(), flow, partition.getAsInt(), false, now);
                    picked.add(new Picked(job, flow, line.tenantNo(), partition));
                }
                if (!line.hasHead() && line.wantsMore()) {
                    refill(List.of(line), picked);
                }
                if (!line.hasHead()) {
                    queue.remove(flow.number());
                }
                partition = flights.partition(model, now);
                flow = queue.first(model);
            }
        }
        return picked;
    }

    /** @param picked jobs that are still stored as waiting */
    private void refill(List<FlowHead> wanting, List<Picked> picked) {
        Set<Long> taken = picked.stream().map(Picked::jobNo).collect(Collectors.toSet());
        Map<Long, List<ReadyJob>> heads = store.heads(
                wanting.stream().collect(Collectors.toMap(line -> line.flow().number(), FlowHead::cursor)),
                FlowHead.READ_MAX);
        for (FlowHead line : wanting) {
            line.read(heads.getOrDefault(line.flow().number(), List.of()), taken);
            if (line.hasHead()) {
                queue.add(line.flow(), line.oldest());
            }
        }
    }

    /** Puts a job back whose accounts have too little left; its flow is tried again soon. */
    void blocked(Picked job, Instant now) {
        withdrawn(job, now);
        FlowHead line = line(job.flow().number());
        line.giveBack(job.job());
        queue.add(job.flow(), line.oldest());
        queue.park(job.flow().number(), Parking.BUDGET);
    }

    /** Takes back a release that came to nothing. */
    void withdrawn(Picked job, Instant now) {
        if (job.partition().isPresent()) {
            flights.remove(job.jobNo(), FlightTiming.NO_CALL, now);
            queue.withdrawn(job.flow());
        }
    }

    /** All models' lines. */
    List<ModelLine> lines(boolean balanced, Instant now) {
        return models.stream()
                .map(model -> new ModelLine(model, now, balanced, flights.window(model, now), queue.shares(model)))
                .toList();
    }

    /** Ends a flight, if there is one. */
    void ended(long job, FlightTiming timing, Instant now) {
        Flow flow = flights.remove(job, timing, now);
        if (flow != null) {
            queue.ended(flow.tenant());
        }
    }
}
