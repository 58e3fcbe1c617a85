package dev.renderfleet.scheduler.queue;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.PriorityQueue;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/**
 * A provider with a quota, workers that pace themselves by their partitions, and a scheduler with endless work, on a virtual clock. The
 * workers behave as the real ones: a token bucket that starts empty, first in first out by time of release, a canary after a hold, then
 * half of what was usual. Partitions of a killed worker have a new owner after 10 s, which makes its calls again.
 */
final class SimulatedFleet {

    static final String MODEL = "model";
    private static final Duration STEP = Duration.ofMillis(50);
    private static final Duration TICK = Duration.ofMillis(100);
    private static final Duration EVENT_LAG = Duration.ofMillis(300);
    private static final Duration SESSION_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration CANARY = Duration.ofSeconds(1);
    /** How much above its pace the provider lets pass at once: a second's worth and one of each worker. */
    private static final double BURST_SECONDS = 2;

    final ReleaseWindows windows;
    private final RandomGenerator random;
    private final int partitions;
    private final int slots;
    private final List<Worker> workers = new ArrayList<>();
    private final PriorityQueue<Event> due = new PriorityQueue<>(Comparator.comparing(Event::at));
    private final List<List<Job>> unowned = new ArrayList<>();
    private final @Nullable Worker[] owners;

    Instant now = Instant.parse("2026-11-30T12:00:00Z");
    private Instant tickAt = now;
    private Duration meanCall;
    private final double quota;
    private double level;
    private Instant refusesUntil = Instant.MIN;
    private long numbers;

    long calls;
    long refused;
    /** Calls that the quota would have admitted while nothing was held. */
    double available;

    /** Of each second, jobs that wait for their call. */
    final List<Integer> waiting = new ArrayList<>();

    private record Event(Instant at, Runnable action) {}

    private record Job(long number, int partition, Instant releasedAt) {}

    private static final class Worker {
        final PriorityQueue<Job> line =
                new PriorityQueue<>(Comparator.comparing(Job::releasedAt).thenComparingLong(Job::number));
        final List<Job> inCall = new ArrayList<>();
        boolean alive = true;
        double share;
        double level;
        Instant heldUntil = Instant.MIN;
        int callsMax = Integer.MAX_VALUE;
        int usual;
    }

    /** @param quota of the provider, in calls a second; infinite: only slots limit */
    SimulatedFleet(long seed, int partitions, int workers, int slots, double quota, Duration meanCall) {
        this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        this.partitions = partitions;
        this.slots = slots;
        this.quota = quota;
        this.meanCall = meanCall;
        this.windows = new ReleaseWindows(partitions);
        this.owners = new Worker[partitions];
        for (int each = 0; each < partitions; each++) {
            unowned.add(new ArrayList<>());
        }
        for (int each = 0; each < workers; each++) {
            this.workers.add(new Worker());
        }
        assign();
    }

    void meanCall(Duration changed) {
        meanCall = changed;
    }

    /** The provider refuses all calls for so long, whatever the quota. */
    void refuse(Duration length) {
        refusesUntil = now.plus(length);
    }

    void kill(int count) {
        for (Worker worker :
                workers.stream().filter(each -> each.alive).limit(count).toList()) {
            worker.alive = false;
            at(SESSION_TIMEOUT, () -> {
                for (Job job : worker.inCall) {
                    unowned.get(job.partition()).add(job);
                }
                assign();
            });
        }
    }

    void start(int count) {
        for (int each = 0; each < count; each++) {
            workers.add(new Worker());
        }
        assign();
    }

    void run(Duration length) {
        Instant end = now.plus(length);
        while (now.isBefore(end)) {
            step();
        }
    }

    private void step() {
        now = now.plus(STEP);
        while (!due.isEmpty() && !due.peek().at().isAfter(now)) {
            due.poll().action().run();
        }
        if (!now.isBefore(tickAt)) {
            tickAt = tickAt.plus(TICK);
            release();
        }
        double seconds = ReleaseRate.seconds(STEP);
        level = Math.min(level + quota * seconds, quota * BURST_SECONDS + workers.size());
        boolean held = now.isBefore(refusesUntil);
        for (Worker worker : workers) {
            if (worker.alive) {
                held |= now.isBefore(worker.heldUntil);
                call(worker, seconds);
            }
        }
        available += held ? 0 : quota * seconds;
        if (now.equals(now.truncatedTo(ChronoUnit.SECONDS))) {
            waiting.add((int) (windows.flights()
                    - workers.stream()
                            .filter(each -> each.alive)
                            .mapToLong(each -> each.inCall.size())
                            .sum()));
        }
    }

    private void release() {
        OptionalInt partition = windows.partition(MODEL, now);
        while (partition.isPresent()) {
            Job job = new Job(++numbers, partition.getAsInt(), now);
            windows.released(MODEL, job.number(), job.partition(), now);
            deliver(job);
            partition = windows.partition(MODEL, now);
        }
    }

    private void deliver(Job job) {
        Worker owner = owners[job.partition()];
        if (owner == null || !owner.alive) {
            unowned.get(job.partition()).add(job);
        } else {
            owner.line.add(job);
        }
    }

    /** Partitions in equal parts to those alive; what waits goes along, calls stay. */
    private void assign() {
        List<Worker> alive = workers.stream().filter(each -> each.alive).toList();
        List<Job> moving = new ArrayList<>();
        workers.forEach(each -> {
            moving.addAll(each.line);
            each.line.clear();
        });
        unowned.forEach(each -> {
            moving.addAll(each);
            each.clear();
        });
        for (int each = 0; each < partitions; each++) {
            owners[each] = alive.get(each % alive.size());
        }
        for (Worker worker : workers) {
            worker.share = (double)
                            Arrays.stream(owners).filter(each -> each == worker).count()
                    / partitions;
        }
        moving.forEach(this::deliver);
    }

    private void call(Worker worker, double seconds) {
        worker.level = Math.min(worker.level + quota * worker.share * seconds, 1 + quota * worker.share);
        while (!worker.line.isEmpty()
                && worker.level >= 1
                && worker.inCall.size() < Math.min(slots, worker.callsMax)
                && !now.isBefore(worker.heldUntil)) {
            Job job = worker.line.poll();
            worker.level -= 1;
            if (now.isBefore(refusesUntil) || level < 1) {
                refused++;
                Instant until = now.isBefore(refusesUntil) ? refusesUntil : now.plusSeconds(2);
                worker.line.add(job);
                hold(worker, until);
                at(TICK, () -> {
                    workers.forEach(each -> hold(each, until));
                    windows.model(MODEL).hold(until, "rate_limited", now);
                });
                return;
            }
            level -= 1;
            calls++;
            Instant calledAt = now;
            Duration time = callTime();
            worker.inCall.add(job);
            at(time, () -> {
                if (worker.alive) {
                    worker.inCall.remove(job);
                    worker.callsMax = worker.callsMax > worker.usual ? Integer.MAX_VALUE : worker.callsMax + 1;
                    at(
                            EVENT_LAG,
                            () -> windows.ended(
                                    MODEL,
                                    job.number(),
                                    new FlightTiming(Duration.between(job.releasedAt(), calledAt), time),
                                    now));
                }
            });
        }
    }

    private void hold(Worker worker, Instant until) {
        if (worker.alive && until.isAfter(worker.heldUntil) && until.isAfter(now)) {
            worker.usual = worker.callsMax == Integer.MAX_VALUE ? worker.inCall.size() : worker.usual;
            worker.callsMax = 1 + worker.inCall.size();
            worker.heldUntil = until;
            at(
                    Duration.between(now, until).plus(CANARY),
                    () -> worker.callsMax = Math.max(worker.callsMax, worker.inCall.size() + worker.usual / 2));
        }
    }

    private Duration callTime() {
        double sigma = 0.4;
        double factor = Math.exp(sigma * random.nextGaussian() - sigma * sigma / 2);
        return Duration.ofMillis((long) (meanCall.toMillis() * factor));
    }

    private void at(Duration later, Runnable action) {
        due.add(new Event(now.plus(later), action));
    }

    /** The largest number of waiting jobs after the first so many seconds, in seconds of work at a rate. */
    double waitingSeconds(int from, int to, double perSecond) {
        return waiting.subList(from, to).stream()
                        .mapToInt(Integer::intValue)
                        .max()
                        .orElseThrow()
                / perSecond;
    }
}
