package dev.renderfleet.testbed.chaos;

import dev.renderfleet.cli.cluster.Bucket;
import dev.renderfleet.cli.cluster.JobPublisher;
import dev.renderfleet.testbed.audit.Auditor;
import dev.renderfleet.testbed.audit.Evidence;
import dev.renderfleet.testbed.audit.Verdict;
import dev.renderfleet.testbed.chaos.Members.Member;
import dev.renderfleet.testbed.jobs.SandboxCluster;
import dev.renderfleet.testbed.system.FleetSystem;
import dev.renderfleet.testbed.system.Metrics;
import dev.renderfleet.testbed.system.Paths;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** One run: start, publish, break, wait, stop, judge. */
final class ChaosRun {

    private static final Duration LOOK = Duration.ofMillis(200);
    private static final String SLOTS_USED = "renderfleet_slots_used";
    private static final Duration TELL_EVERY = Duration.ofSeconds(10);

    private final FleetSystem system;
    private final Paths paths;
    private final ChaosPlan plan;
    private final Path data;
    private final Consumer<String> progress;
    private final Members members = new Members();
    private final KillLog killLog = new KillLog();

    /**
     * @param data a folder of this run alone, for the broker's data and the workers' spools
     */
    ChaosRun(FleetSystem system, Paths paths, ChaosPlan plan, Path data, Consumer<String> progress) {
        this.system = system;
        this.paths = paths;
        this.plan = plan;
        this.data = data;
        this.progress = progress;
    }

    ChaosReport run() throws InterruptedException, ExecutionException {
        Workload workload = Workload.of(plan);
        progress.accept("starting broker, store, model and workers");
        TestEnvironment environment = TestEnvironment.start(system, data, plan);
        var pool = new WorkerPool(system, paths, plan, data, killLog);
        Bucket bucket = SandboxCluster.directBucket(environment.endpoints());
        try (var events = new EventTracker(SandboxCluster.kafka(environment.endpoints()));
                var publisher = new JobPublisher(SandboxCluster.kafka(environment.endpoints()));
                var metrics = new Metrics()) {
            var calls =
                    new CallsInFlight(environment.simulator(), bucket, workload.jobsByPrompt(), events, plan.peer() == null);
            startWorkers(pool, plan.diesAtPoints() ? 2 : 1);
            environment.breakStore(plan.s3FaultPercent());
            var injector = new FaultInjector(plan, environment, pool, members, calls, events, killLog, progress);
            var points = new FailpointKills(plan, pool, members, calls, killLog, progress);
            var slots = new SlotUsage(
                    () -> rendersAtWork(metrics), () -> plan.jobs() - events.outcomes(), plan.slots(), plan.workers());
            Instant begin = Instant.now();
            List<FailpointName> missed = publishAndBreak(workload, injector, slots, points, publisher, events);
            // The last progress is older than the beginning where nothing has come at all.
            Duration took =
                    Duration.between(begin, events.lastProgress().isBefore(begin) ? begin : events.lastProgress());
            progress.accept("stopping workers, then judging");
            dismissAll(pool);
            int storeFaults = environment.mendStore();
            var evidence = new Evidence();
            environment.simulator().callsByPrompt().forEach(evidence::billed);
            killLog.testify(evidence);
            Verdict verdict =
                    new Auditor(SandboxCluster.kafka(environment.endpoints()), bucket).audit(evidence, plan.asked());
            return new ChaosReport(
                    plan,
                    verdict,
                    killLog.kills(),
                    killLog.pauses(),
                    killLog.crashes(),
                    killLog.failedStarts(),
                    environment.brokerRestarts(),
                    storeFaults,
                    slots.mean(),
                    killLog.inFlight(),
                    missed,
                    killLog.recoverySeconds(events),
                    took);
        } finally {
            // After a failure: a worker that is asked to leave while the broker is gone would take its time.
            members.takeAll().forEach(member -> member.running().part().kill());
        }
    }

    /** Of those that answer; a peer's workers do not tell. */
    private List<Double> rendersAtWork(Metrics metrics) {
        return members.atWork().stream()
                .flatMapToDouble(member -> metrics.read(member.running(), SLOTS_USED).stream())
                .boxed()
                .toList();
    }

    private void startWorkers(WorkerPool pool, int first) {
        List<CompletableFuture<Void>> starts = IntStream.rangeClosed(first, plan.workers())
                .mapToObj(ChaosRun::name)
                .map(name -> CompletableFuture.runAsync(() -> members.add(new Member(name, pool.start(name, null, 0)))))
                .toList();
        starts.forEach(CompletableFuture::join);
    }

    /** Returns when every record has its event and whatever was killed is back; the points at which no worker died. */
    private List<FailpointName> publishAndBreak(
            Workload workload,
            FaultInjector injector,
            SlotUsage slots,
            FailpointKills points,
            JobPublisher publisher,
            EventTracker events)
            throws InterruptedException, ExecutionException {
        List<FailpointName> missed = List.of();
        List<Future<?>> doings = new CopyOnWriteArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            begin(injector, slots, threads, doings);
            try {
                if (plan.diesAtPoints()) {
                    missed = points.run(name(1), workload.records(), publisher);
                } else {
                    publisher.publish(workload.records());
                }
                awaitOutcomes(workload, events, doings);
            } finally {
                injector.callOff();
                slots.callOff();
            }
        }
        for (Future<?> doing : doings) {
            doing.get();
        }
        return missed;
    }

    private void begin(FaultInjector injector, SlotUsage slots, ExecutorService threads, List<Future<?>> doings) {
        Consumer<Runnable> asWell = doing -> {
            try {
                doings.add(threads.submit(doing));
            } catch (RejectedExecutionException e) {
                // The run is over; whoever has begun something still finishes it.
                doing.run();
            }
        };
        asWell.accept(() -> injector.tend(asWell));
        asWell.accept(injector::restartBroker);
        if (!plan.diesAtPoints()) {
            asWell.accept(slots::follow);
        }
        if (plan.killEvery().isPositive() && !plan.diesAtPoints()) {
            asWell.accept(() -> injector.killWorkers(asWell));
        }
        if (plan.pauseEvery().isPositive()) {
            asWell.accept(injector::pauseWorkers);
        }
    }

    /** Until each record has an event, or nothing has come for as long as the plan has patience. */
    private void awaitOutcomes(Workload workload, EventTracker events, List<Future<?>> doings)
            throws InterruptedException, ExecutionException {
        Instant published = Instant.now();
        Instant tell = published;
        while (!events.hasAll(workload.recordsByJob())) {
            Instant longAgo = Instant.now().minus(plan.patience());
            if (events.lastProgress().isBefore(longAgo) && published.isBefore(longAgo)) {
                progress.accept("no new outcome for " + plan.patience().toSeconds() + " s; judging what there is");
                return;
            }
            if (Instant.now().isAfter(tell)) {
                progress.accept(events.outcomes() + " of " + plan.jobs() + " jobs have an outcome");
                tell = Instant.now().plus(TELL_EVERY);
            }
            failWith(doings);
            TimeUnit.MILLISECONDS.sleep(LOOK.toMillis());
        }
    }

    /** A thread that died would make the run look harmless. */
    private static void failWith(List<Future<?>> doings) throws InterruptedException, ExecutionException {
        for (Future<?> doing : doings) {
            if (doing.isDone()) {
                doing.get();
            }
        }
    }

    private void dismissAll(WorkerPool pool) {
        List<CompletableFuture<Void>> leaving = members.takeAll().stream()
                .map(member -> CompletableFuture.runAsync(() -> pool.dismiss(member.running())))
                .toList();
        leaving.forEach(CompletableFuture::join);
    }

    private static String name(int number) {
        return "worker-" + number;
    }
}
