package dev.renderfleet.testbed.chaos;

import dev.renderfleet.cli.cluster.Bucket;
import dev.renderfleet.cli.cluster.JobPublisher;
import dev.renderfleet.contracts.job.RenderJob;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
import org.jspecify.annotations.Nullable;

/** One run: starts a fleet, publishes jobs, injects faults, waits, stops the workers and judges. */
final class ChaosRun {

    private static final Duration LOOK = Duration.ofMillis(200);
    private static final String SLOTS_USED = "renderfleet_slots_used";
    private static final Duration REPORT_EVERY = Duration.ofSeconds(10);

    private final FleetSystem system;
    private final Paths paths;
    private final ChaosPlan plan;
    private final Path data;
    private final Consumer<String> progress;
    private final Members members = new Members();
    private final KillLog killLog = new KillLog();
    private int waitingAtCaps;

    /**
     * @param data empty folder for the broker's data and the workers' spools
     */
    ChaosRun(FleetSystem system, Paths paths, ChaosPlan plan, Path data, Consumer<String> progress) {
        this.system = system;
        this.paths = paths;
        this.plan = plan;
        this.data = data;
        this.progress = progress;
    }

    /** All that breaks parts of a run. */
    private record Faults(
            TestEnvironment environment,
            FaultInjector injector,
            SlotUsage slots,
            FailpointKills points,
            @Nullable SchedulerPool schedulers) {
        void cancel() {
            injector.cancel();
            slots.cancel();
            if (schedulers != null) {
                schedulers.cancel();
            }
        }
    }

    ChaosReport run() throws InterruptedException, ExecutionException {
        Workload workload = Workload.of(plan);
        progress.accept("starting broker, store, model and workers");
        TestEnvironment environment = TestEnvironment.start(system, data, plan);
        var pool = new WorkerPool(system, paths, plan, data, killLog);
        SchedulerPool schedulers =
                plan.scheduler() == null ? null : new SchedulerPool(system, plan, pool.catalogue(), progress);
        Bucket bucket = SandboxCluster.directBucket(environment.endpoints());
        try (var events = new EventTracker(SandboxCluster.kafka(environment.endpoints()));
                var publisher = new JobPublisher(SandboxCluster.kafka(environment.endpoints()));
                var metrics = new Metrics();
                var load = schedulers == null
                        ? null
                        : new SchedulerLoad(plan, workload, schedulers.members(), events, environment.endpoints())) {
            var calls = new CallsInFlight(
                    environment.simulators(), bucket, workload.jobsByPrompt(), events, plan.peer() == null);
            startWorkers(pool, plan.killsAtFailpoints() ? 2 : 1);
            if (schedulers != null && plan.scheduler() != null) {
                schedulers.start(plan.scheduler());
            }
            environment.injectStoreFaults(plan.s3FaultPercent());
            var injector = new FaultInjector(plan, environment, pool, members, calls, events, killLog, progress);
            var points = new FailpointKills(plan, pool, members, calls, killLog, progress);
            var slots = new SlotUsage(
                    () -> rendersAtWork(metrics), () -> plan.jobs() - events.outcomes(), plan.slots(), plan.workers());
            Instant begin = Instant.now();
            var faults = new Faults(environment, injector, slots, points, schedulers);
            List<FailpointName> missed = publishAndBreak(workload, faults, publisher, load, events);
            // Without any event the last progress is older than the beginning.
            Duration took =
                    Duration.between(begin, events.lastProgress().isBefore(begin) ? begin : events.lastProgress());
            progress.accept("stopping workers, then judging");
            var evidence = new Evidence();
            if (load != null && schedulers != null) {
                evidence.addSchedulers(load.read());
                schedulers.stop();
            }
            stopAll(pool);
            int storeFaults = environment.clearStoreFaults();
            environment.addBills(evidence);
            killLog.addTo(evidence);
            Verdict verdict =
                    new Auditor(SandboxCluster.kafka(environment.endpoints()), bucket).audit(evidence, plan.judged());
            return new ChaosReport(
                    plan,
                    verdict,
                    killLog.kills(),
                    killLog.pauses(),
                    killLog.crashes(),
                    killLog.failedStarts(),
                    environment.broker().restarts(),
                    storeFaults,
                    slots.mean(),
                    killLog.inFlight(),
                    missed,
                    killLog.recoverySeconds(events),
                    schedulers == null ? null : schedulers.faults(),
                    environment.database() == null ? 0 : environment.database().restarts(),
                    waitingAtCaps,
                    took);
        } finally {
            // After a failure: an orderly stop without a broker would take long.
            members.takeAll().forEach(member -> member.running().part().kill());
            if (schedulers != null) {
                schedulers
                        .members()
                        .takeAll()
                        .forEach(member -> member.running().part().kill());
            }
        }
    }

    /** Of the workers that answer; a peer's workers have no such metric. */
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

    /** Returns when every record has its event and every killed process runs again. Returns the failpoints at which no worker was killed. */
    private List<FailpointName> publishAndBreak(
            Workload workload, Faults faults, JobPublisher publisher, @Nullable SchedulerLoad load, EventTracker events)
            throws InterruptedException, ExecutionException {
        List<FailpointName> missed = List.of();
        List<Future<?>> tasks = new CopyOnWriteArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            begin(faults, threads, tasks);
            try {
                if (load != null) {
                    load.run();
                    awaitOutcomes(load.expectedWithCaps(), Map.of(), publisher, events, tasks);
                    waitingAtCaps = load.liftCaps();
                    progress.accept(waitingAtCaps + " jobs wait, the caps are lifted");
                    awaitOutcomes(load.expected(), Map.of(), publisher, events, tasks);
                } else {
                    if (plan.killsAtFailpoints()) {
                        missed = faults.points().run(name(1), workload.records(), publisher);
                    } else {
                        publisher.publish(workload.records());
                    }
                    awaitOutcomes(workload.recordsByJob(), workload.editsByParent(), publisher, events, tasks);
                }
            } finally {
                faults.cancel();
            }
        }
        for (Future<?> task : tasks) {
            task.get();
        }
        return missed;
    }

    private void begin(Faults faults, ExecutorService threads, List<Future<?>> tasks) {
        FaultInjector injector = faults.injector();
        SchedulerPlan scheduler = plan.scheduler();
        SchedulerPool schedulers = faults.schedulers();
        RestartableSandbox database = faults.environment().database();
        Consumer<Runnable> background = task -> {
            try {
                tasks.add(threads.submit(task));
            } catch (RejectedExecutionException e) {
                // The run is over; a task that was begun is still finished.
                task.run();
            }
        };
        background.accept(() -> injector.restartCrashed(background));
        background.accept(() -> injector.restart(faults.environment().broker(), plan.brokerRestarts()));
        if (scheduler != null && schedulers != null && database != null) {
            background.accept(() -> injector.restart(database, scheduler.databaseRestarts()));
            background.accept(() -> schedulers.injectFaults(scheduler.faultEvery(), background));
        }
        if (!plan.killsAtFailpoints()) {
            background.accept(faults.slots()::follow);
        }
        if (plan.killEvery().isPositive() && !plan.killsAtFailpoints()) {
            background.accept(() -> injector.killWorkers(background));
        }
        if (plan.pauseEvery().isPositive()) {
            background.accept(injector::pauseWorkers);
        }
    }

    /** Waits until all have so many events, or no event arrived for the plan's patience. Publishes the edits of jobs with an outcome. */
    private void awaitOutcomes(
            Map<String, Integer> eventsByJob,
            Map<String, List<RenderJob>> editsByParent,
            JobPublisher publisher,
            EventTracker events,
            List<Future<?>> tasks)
            throws InterruptedException, ExecutionException {
        Map<String, List<RenderJob>> edits = new HashMap<>(editsByParent);
        Instant published = Instant.now();
        Instant nextReport = published;
        while (!events.hasAll(eventsByJob)) {
            Instant earliest = Instant.now().minus(plan.patience());
            if (events.lastProgress().isBefore(earliest) && published.isBefore(earliest)) {
                progress.accept("no new outcome for " + plan.patience().toSeconds() + " s; judging what there is");
                return;
            }
            if (Instant.now().isAfter(nextReport)) {
                progress.accept(events.outcomes() + " of " + plan.jobs() + " jobs have an outcome");
                nextReport = Instant.now().plus(REPORT_EVERY);
            }
            failWithTasks(tasks);
            for (var edit : List.copyOf(edits.entrySet())) {
                if (events.firstSeen(edit.getKey()) != null) {
                    publisher.publish(edit.getValue());
                    edits.remove(edit.getKey());
                }
            }
            TimeUnit.MILLISECONDS.sleep(LOOK.toMillis());
        }
    }

    /** Fails if a task has failed: the run would look like one without faults. */
    private static void failWithTasks(List<Future<?>> tasks) throws InterruptedException, ExecutionException {
        for (Future<?> task : tasks) {
            if (task.isDone()) {
                task.get();
            }
        }
    }

    private void stopAll(WorkerPool pool) {
        List<CompletableFuture<Void>> leaving = members.takeAll().stream()
                .map(member -> CompletableFuture.runAsync(() -> pool.stop(member.running())))
                .toList();
        leaving.forEach(CompletableFuture::join);
    }

    private static String name(int number) {
        return "worker-" + number;
    }
}
