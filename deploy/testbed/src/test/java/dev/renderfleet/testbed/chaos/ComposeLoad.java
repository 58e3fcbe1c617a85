package dev.renderfleet.testbed.chaos;

import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.wire.ConsumerGroups;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.sandbox.SimulatorControl;
import dev.renderfleet.testbed.audit.Auditor;
import dev.renderfleet.testbed.audit.Breach;
import dev.renderfleet.testbed.audit.Evidence;
import dev.renderfleet.testbed.audit.Verdict;
import dev.renderfleet.testbed.chaos.CallsInFlight.InFlightCall;
import dev.renderfleet.testbed.jobs.PlainJob;
import dev.renderfleet.testbed.jobs.SandboxCluster;
import dev.renderfleet.testbed.jobs.WorkersGroup;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;

/**
 * Keeps the workers of a project busy from outside until {@link #judge}, and collects what that judges. A stock Kafka client publishes plain
 * JSON, without key and headers; one job in ten is published twice.
 */
final class ComposeLoad implements AutoCloseable {

    private static final List<ChaosModel> MODELS = List.of(ChaosModel.GEMINI, ChaosModel.OPENAI, ChaosModel.BFL);
    private static final int JOBS_MAX = 5_000;
    /** More than four workers have slots. */
    private static final int JOBS_OPEN = 5 * ComposeProject.SLOTS;

    private static final int TWICE_ONE_IN = 10;
    private static final double MODEL_SECONDS = 8;
    private static final double MODEL_P99_SECONDS = 20;
    private static final int PICTURE_BYTES = 60_000;

    private static final Duration LOOK = Duration.ofMillis(100);
    /** Until requests that a paused worker has sent reach the simulators. */
    private static final Duration IN_SOCKETS = Duration.ofSeconds(1);
    /** Far more than a job takes, and less than a dead broker or store is away. */
    private static final Duration STANDSTILL = Duration.ofSeconds(8);
    /** Also of a machine that has other work. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final ComposeProject project;
    private final List<RenderJob> jobs = IntStream.range(0, JOBS_MAX)
            .mapToObj(number -> PlainJob.of(
                    "tenant-" + number % 4,
                    "compose-" + number,
                    MODELS.get(number % MODELS.size()).id(),
                    "Catalogue picture " + number,
                    OutputSize.K1))
            .toList();
    private final Map<String, Integer> published = new ConcurrentHashMap<>();
    private final KillLog killLog = new KillLog();
    private final EventTracker events;
    private final WorkersGroup group;
    private final CallsInFlight calls;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final CompletableFuture<Void> publishing;

    ComposeLoad(ComposeProject project) {
        this.project = project;
        List<SimulatorControl> simulators = MODELS.stream().map(this::simulator).toList();
        simulators.forEach(simulator -> {
            simulator.latency(MODEL_SECONDS, MODEL_P99_SECONDS);
            simulator.pictureBytes(PICTURE_BYTES);
        });
        this.events = new EventTracker(SandboxCluster.kafka(project.endpoints()));
        this.group = new WorkersGroup(project.endpoints().bootstrapServers());
        this.calls = new CallsInFlight(
                simulators,
                SandboxCluster.bucket(project.endpoints()),
                jobs.stream().collect(Collectors.toMap(job -> job.prompt().resolved(), Workload::id)),
                events,
                true);
        this.publishing = CompletableFuture.runAsync(
                this::publish, task -> Thread.ofVirtual().name("load").start(task));
    }

    /** Waits until jobs complete that were not complete at the call: as many as four workers render at a time. */
    void awaitProgress() {
        int before = events.outcomes() + 4 * ComposeProject.SLOTS;
        Awaitility.await("more outcomes").atMost(PATIENCE).pollInterval(LOOK).until(() -> {
            failWithPublisher();
            return events.outcomes() >= before;
        });
    }

    /** Waits until what was killed is missed. */
    void awaitStandstill() {
        Awaitility.await("no outcome for " + STANDSTILL)
                .atMost(PATIENCE)
                .pollInterval(LOOK)
                .until(() -> events.lastProgress().isBefore(Instant.now().minus(STANDSTILL)));
    }

    /** Waits until that many workers own partitions. */
    void awaitOwners(int workers) {
        Awaitility.await("partitions with " + workers + " workers")
                .atMost(PATIENCE)
                .pollInterval(LOOK)
                .until(() -> group.owners() == workers);
    }

    /** Id of the broker that coordinates the workers' group. */
    int coordinator() {
        return workersGroup().coordinator().id();
    }

    private ConsumerGroupDescription workersGroup() {
        try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, (Object)
                project.endpoints().bootstrapServers()))) {
            return admin.describeConsumerGroups(List.of(ConsumerGroups.WORKERS))
                    .all()
                    .get()
                    .values()
                    .iterator()
                    .next();
        } catch (ExecutionException e) {
            throw new IllegalStateException("Kafka does not describe the group", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Kills a worker that has calls in flight. A second call of these is excused, as in {@code ./fleet chaos}. */
    void killWorker(String container) {
        String host = "/" + project.address(container);
        // Also the name by which the ledger knows it.
        String owner = workersGroup().members().stream()
                .filter(member -> member.host().equals(host))
                .map(MemberDescription::clientId)
                .findFirst()
                .orElseThrow();
        Awaitility.await("calls of " + container)
                .atMost(PATIENCE)
                .pollInterval(LOOK)
                .until(() -> !calls.ofKilled(owner).isEmpty());
        project.pause(container);
        Awaitility.await("requests in sockets").pollDelay(IN_SOCKETS).until(() -> true);
        Set<InFlightCall> out = calls.ofKilled(owner);
        Instant now = Instant.now();
        project.kill(container);
        killLog.killed(now, out);
    }

    /** Stops publishing, waits for the outcome of each record, ends the workers and judges. */
    Verdict judge() {
        stopped.countDown();
        publishing.join();
        Awaitility.await("outcomes of all records")
                .forever()
                .pollInterval(LOOK)
                .until(() -> events.hasAll(published)
                        || events.lastProgress().isBefore(Instant.now().minus(PATIENCE)));
        project.stopWorkers();
        var evidence = new Evidence();
        MODELS.forEach(model -> TestEnvironment.addBill(evidence, model, simulator(model)));
        killLog.addTo(evidence);
        return new Auditor(SandboxCluster.kafka(project.endpoints()), SandboxCluster.bucket(project.endpoints()))
                .audit(evidence, EnumSet.allOf(Breach.class));
    }

    /** Number of records that the broker has taken. */
    int records() {
        return published.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Of its worker's kill, for people. */
    String kills() {
        return killLog.inFlight() + " calls in flight at the kill; seconds from the kill to their outcomes: "
                + killLog.recoverySeconds(events);
    }

    @Override
    public void close() {
        stopped.countDown();
        group.close();
        events.close();
    }

    private void failWithPublisher() {
        if (publishing.isDone()) {
            publishing.join();
        }
    }

    private SimulatorControl simulator(ChaosModel model) {
        return new SimulatorControl(
                project.endpoints().simulator(model.provider()).control());
    }

    private void publish() {
        Map<String, Object> settings = Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                project.endpoints().bootstrapServers(),
                // Longer than a broker is away.
                ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                Math.toIntExact(PATIENCE.toMillis()));
        var codec = new JobCodec();
        try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            int next = 0;
            while (!stopped.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                for (; next < JOBS_MAX && published.size() < events.outcomes() + JOBS_OPEN; next++) {
                    byte[] json = codec.encode(jobs.get(next));
                    for (int times = next % TWICE_ONE_IN == 0 ? 2 : 1; times > 0; times--) {
                        producer.send(new ProducerRecord<>(Topics.JOBS, json)).get();
                        published.merge(Workload.id(jobs.get(next)), 1, Integer::sum);
                    }
                }
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("Kafka does not take the job", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
