package dev.renderfleet.scheduler.release;

import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.scheduler.failpoint.Crashpoint;
import dev.renderfleet.scheduler.failpoint.Crashpoints;
import dev.renderfleet.scheduler.leader.Term;
import dev.renderfleet.scheduler.money.Demand;
import dev.renderfleet.scheduler.outcomes.OutcomeSettler.Settled;
import dev.renderfleet.scheduler.release.WaitingJobs.Picked;
import dev.renderfleet.scheduler.routing.JobPricer;
import dev.renderfleet.scheduler.store.ReleaseStore;
import dev.renderfleet.scheduler.store.ReleaseStore.Body;
import dev.renderfleet.scheduler.store.ReleaseStore.Candidate;
import dev.renderfleet.scheduler.store.ReleaseStore.Released;
import dev.renderfleet.scheduler.store.ReleaseStore.Sent;
import dev.renderfleet.scheduler.store.WaitStore;
import dev.renderfleet.scheduler.topics.JobPublisher;
import dev.renderfleet.scheduler.topics.JobPublisher.Outgoing;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Releases jobs in the order of the queue: holds their money and makes their flights in one transaction, then publishes them. What
 * Kafka has not acknowledged is published again. For one thread.
 */
final class JobReleaser implements AutoCloseable {

    /** The first step is small, for a new leader's is the slowest and the fleet waits for it; each one doubles. */
    private static final int FIRST_JOBS = 16;

    private static final int JOBS_PER_STEP_MAX = 500;
    private static final Duration LINES_EVERY = Duration.ofSeconds(1);

    private final ReleaseStore store;
    private final WaitStore waits;
    private final JobPublisher publisher;
    private final JobPricer pricer;
    private final Context context;
    private final ReleaseRules rules;
    private final WaitingJobs waiting;
    private final OpenFlights flights;
    private final List<Sent> sent = new ArrayList<>();
    private int jobsPerStep = FIRST_JOBS;
    private Instant linesAt = Instant.MIN;

    /** Reads what waits and what flies. */
    JobReleaser(
            ReleaseStore store,
            WaitStore waits,
            JobPublisher publisher,
            JobPricer pricer,
            ReleaseRules rules,
            Context context) {
        this.store = store;
        this.waits = waits;
        this.publisher = publisher;
        this.pricer = pricer;
        this.context = context;
        this.rules = rules;
        this.flights = new OpenFlights(publisher.partitions(), pricer, rules.holds());
        this.waiting = new WaitingJobs(store, flights, context.clock().instant());
    }

    /** What all parts of a run share. */
    record Context(Term term, Crashpoints crashpoints, InstantSource clock) {}

    /** Records that Kafka has stored, and that no transaction has marked yet. */
    List<Sent> sent() {
        return List.copyOf(sent);
    }

    /** Takes note of what was settled, and marked with it. */
    void settled(Settled settled) {
        if (settled.committed()) {
            sent.clear();
        }
        Instant now = context.clock().instant();
        settled.ended().forEach((job, timing) -> waiting.ended(job, timing, now));
    }

    /** Whether nothing is to be done until jobs {@linkplain #arrived arrive}. */
    boolean isIdle() {
        return sent.isEmpty() && waiting.isEmpty();
    }

    /** Hears of new jobs, as {@link WaitingJobs#arrived}. */
    void arrived(@Nullable Map<Long, Long> first) {
        waiting.arrived(first);
    }

    /** Releases what may be. Returns whether anything was done. */
    boolean step() {
        Instant now = context.clock().instant();
        List<Long> unsent = flights.unsent(jobsPerStep);
        if (!unsent.isEmpty()) {
            publish(store.bodies(unsent).values().stream()
                    .map(body -> ReleasedJob.record(body, now))
                    .toList());
        }
        boolean allowed = pricer.isReady() && rules.allowed().getAsBoolean();
        List<Picked> picked = allowed ? waiting.pick(jobsPerStep, now) : List.of();
        if (picked.isEmpty() && sent.isEmpty()) {
            return false;
        }
        release(picked, now);
        jobsPerStep = Math.min(2 * jobsPerStep, JOBS_PER_STEP_MAX);
        return true;
    }

    /** Writes the models' lines now and then, so that every scheduler can say why a job waits. */
    void writeLines() {
        Instant now = context.clock().instant();
        if (!now.isBefore(linesAt)) {
            linesAt = now.plus(LINES_EVERY);
            store.writeLines(
                    context.term().epoch(), waiting.lines(rules.allowed().getAsBoolean(), now));
        }
    }

    /** Marks what Kafka has stored, so that the next leader does not send it again. */
    @Override
    public void close() {
        if (!sent.isEmpty()) {
            store.release(
                    context.term().epoch(), List.of(), sent, context.clock().instant());
            sent.clear();
        }
    }

    private void release(List<Picked> picked, Instant now) {
        Map<Long, Body> bodies = store.bodies(picked.stream().map(Picked::jobNo).toList());
        Map<Long, DecodedJob.Accepted> jobs = new HashMap<>();
        List<Candidate> candidates = new ArrayList<>();
        for (Picked each : picked) {
            jobs.put(each.jobNo(), ReleasedJob.read(Objects.requireNonNull(bodies.get(each.jobNo()), "no body")));
        }
        Set<Long> late = rejectLate(jobs, now);
        for (Picked each : picked) {
            RenderJob job = Objects.requireNonNull(jobs.get(each.jobNo())).job();
            if (!late.contains(each.jobNo())) {
                candidates.add(new Candidate(
                        each.jobNo(),
                        each.flow().number(),
                        each.tenantNo(),
                        each.partition().orElse(0),
                        each.partition().isPresent() ? pricer.demand(job) : Demand.NOTHING));
            }
        }
        Released released = store.release(context.term().epoch(), candidates, sent, now);
        sent.clear();
        List<Outgoing> records = new ArrayList<>();
        for (Picked each : picked) {
            Long reserved = released.reserved().get(each.jobNo());
            if (reserved != null) {
                Body body = Objects.requireNonNull(bodies.get(each.jobNo()));
                records.add(ReleasedJob.record(
                        body,
                        Objects.requireNonNull(jobs.get(each.jobNo())),
                        each.partition().orElseThrow(),
                        reserved,
                        now));
            } else if (released.blocked().containsKey(each.jobNo())) {
                waiting.blocked(each, now);
            } else {
                waiting.withdrawn(each, now);
            }
        }
        publish(records);
    }

    /** A deadline may have passed since the waits were looked at: no money is held for such a job. */
    private Set<Long> rejectLate(Map<Long, DecodedJob.Accepted> jobs, Instant now) {
        List<Long> late = new ArrayList<>();
        jobs.forEach((number, job) -> {
            Instant deadline = job.job().deadline();
            if (deadline != null && !now.isBefore(deadline)) {
                late.add(number);
            }
        });
        return waits.rejectLate(context.term().epoch(), late, now);
    }

    private void publish(List<Outgoing> records) {
        if (records.isEmpty()) {
            return;
        }
        context.crashpoints().at(Crashpoint.RELEASE_COMMITTED);
        Map<Long, Long> offsets = publisher.publish(records);
        context.crashpoints().at(Crashpoint.SENT_NOT_MARKED);
        flights.sent(offsets.keySet());
        offsets.forEach((job, offset) -> sent.add(new Sent(job, offset)));
    }
}
