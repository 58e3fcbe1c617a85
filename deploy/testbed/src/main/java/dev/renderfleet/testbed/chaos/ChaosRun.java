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

    ChaosReport run() throws InterruptedException, ExecutionException {
        Workload workload = Workload.of(plan);
        progress.accept("starting broker, store, model and workers");
        TestEnvironment environment = TestEnvironment.start(system, data, plan);
        var pool = new WorkerPool(system, paths, plan, data, killLog);
        Bucket bucket = SandboxCluster.directBucket(environment.endpoints());
        try (var events = new EventTracker(SandboxCluster.kafka(environment.endpoints()));
                var publisher = new JobPublisher(SandboxCluster.kafka(environment.endpoints()));
                var metrics = new Metrics()) {
            var calls = new CallsInFlight(
                    environment.simulators(), bucket, workload.jobsByPrompt(), events, plan.peer() == null);
            startWorkers(pool, plan.killsAtFailpoints() ? 2 : 1);
            environment.injectStoreFaults(plan.s3FaultPercent());
            var injector = new FaultInjector(plan, environment, pool, members, calls, events, killLog, progress);
            var points = new FailpointKills(plan, pool, members, calls, killLog, progress);
            var slots = new SlotUsage(
                    () -> rendersAtWork(metrics), () -> plan.jobs() - events.outcomes(), plan.slots(), plan.workers());
            Instant begin = Instant.now();
            List<FailpointName> missed = publishAndBreak(workload, injector, slots, points, publisher, events);
            // Without any event the last progress is older than the beginning.
            Duration took =
                    Duration.between(begin, events.lastProgress().isBefore(begin) ? begin : events.lastProgress());
            progress.accept("stopping workers, then judging");
            stopAll(pool);
            int storeFaults = environment.clearStoreFaults();
            var evidence = new Evidence();
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
                    environment.brokerRestarts(),
                    storeFaults,
                    slots.mean(),
                    killLog.inFlight(),
                    missed,
                    killLog.recoverySeconds(events),
                    took);
        } finally {
            // After a failure: an orderly stop without a broker would take long.
            members.takeAll().forEach(member -> member.running().part().kill());
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
            Workload workload,
            FaultInjector injector,
            SlotUsage slots,
            FailpointKills points,
            JobPublisher publisher,
            EventTracker events)
            throws InterruptedException, ExecutionException {
        List<FailpointName> missed = List.of();
        List<Future<?>> tasks = new CopyOnWriteArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            begin(injector, slots, threads, tasks);
            try {
                if (plan.killsAtFailpoints()) {
                    missed = points.run(name(1), workload.records(), publisher);
                } else {
                    publisher.publish(workload.records());
                }
                awaitOutcomes(workload, publisher, events, tasks);
            } finally {
                injector.cancel();
                slots.cancel();
            }
        }
        for (Future<?> task : tasks) {
            task.get();
        }
        return missed;
    }

    private void begin(FaultInjector injector, SlotUsage slots, ExecutorService threads, List<Future<?>> tasks) {
        Consumer<Runnable> background = task -> {
            try {
                tasks.add(threads.submit(task));
            } catch (RejectedExecutionException e) {
                // The run is over; a task that was begun is still finished.
                task.run();
            }
        };
        background.accept(() -> injector.restartCrashed(background));
        background.accept(injector::restartBroker);
        if (!plan.killsAtFailpoints()) {
            background.accept(slots::follow);
        }
        if (plan.killEvery().isPositive() && !plan.killsAtFailpoints()) {
            background.accept(() -> injector.killWorkers(background));
        }
        if (plan.pauseEvery().isPositive()) {
            background.accept(injector::pauseWorkers);
        }
    }

    /** Waits until each record has an event, or no event arrived for the plan's patience. Publishes the edits of jobs with an outcome. */
    private void awaitOutcomes(Workload workload, JobPublisher publisher, EventTracker events, List<Future<?>> tasks)
            throws InterruptedException, ExecutionException {
        Map<String, List<RenderJob>> edits = new HashMap<>(workload.editsByParent());
        Instant published = Instant.now();
        Instant nextReport = published;
        while (!events.hasAll(workload.recordsByJob())) {
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
