package dev.renderfleet.testbed;

import dev.renderfleet.cli.cluster.Bucket;
import dev.renderfleet.cli.cluster.EventConsumer;
import dev.renderfleet.cli.cluster.JobPublisher;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.wire.ConsumerGroups;
import dev.renderfleet.sandbox.SandboxControl;
import dev.renderfleet.sandbox.SandboxEndpoints;
import dev.renderfleet.sandbox.SimulatorControl;
import dev.renderfleet.testbed.audit.Auditor;
import dev.renderfleet.testbed.audit.Breach;
import dev.renderfleet.testbed.audit.Evidence;
import dev.renderfleet.testbed.audit.Verdict;
import dev.renderfleet.testbed.jobs.PlainJob;
import dev.renderfleet.testbed.jobs.SandboxCluster;
import dev.renderfleet.testbed.system.FleetSystem;
import dev.renderfleet.testbed.system.Paths;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.common.GroupState;
import org.awaitility.Awaitility;

/** A sandbox and workers as real processes, for one test class; and a client's view of them. */
public final class TestFleet implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(100);

    private final FleetSystem system;
    private final SandboxEndpoints sandbox;
    private final EventConsumer reader;
    private final List<RenderEvent> events = new ArrayList<>();

    private TestFleet(FleetSystem system, SandboxEndpoints sandbox) {
        this.system = system;
        this.sandbox = sandbox;
        this.reader = new EventConsumer(SandboxCluster.kafka(sandbox), EventConsumer.From.BEGINNING);
    }

    /** With a model that draws in scaled time, unless these options say otherwise. */
    public static TestFleet start(String name, String... sandboxOptions) {
        return start(name, List.of("--time-scale", "20", "--without", "postgres"), sandboxOptions);
    }

    /** The same with PostgreSQL, for schedulers. */
    static TestFleet startWithPostgres(String name, String... sandboxOptions) {
        return start(name, List.of("--time-scale", "20"), sandboxOptions);
    }

    private static TestFleet start(String name, List<String> common, String... more) {
        var system = FleetSystem.begin(paths(name), false, _ -> {});
        List<String> options = new ArrayList<>(common);
        options.addAll(List.of(more));
        return new TestFleet(system, system.startSandbox(options));
    }

    /** Starts a scheduler and waits until it is ready. */
    FleetSystem.RunningProcess scheduler(String name, Map<String, String> more) {
        Map<String, String> settings = new TreeMap<>(FleetSystem.schedulerEnvironment(sandbox));
        settings.putAll(more);
        FleetSystem.RunningProcess scheduler = system.startScheduler(name, settings);
        system.awaitReady(scheduler);
        return scheduler;
    }

    /** Paths of a test, whose folder is empty. */
    public static Paths paths(String name) {
        Path state = Path.of("target", "it", name);
        Paths.empty(state);
        return new Paths(Path.of("..", ".."), state);
    }

    public FleetSystem.RunningProcess worker(String name, Map<String, String> more) {
        Map<String, String> settings = new TreeMap<>(FleetSystem.workerEnvironment(sandbox));
        settings.putAll(FleetSystem.simulatedGemini(sandbox));
        settings.putAll(more);
        FleetSystem.RunningProcess worker = system.startWorker(name, settings);
        system.awaitReady(worker);
        return worker;
    }

    /** Waits until that many workers share the partitions, so that no rebalance falls into what follows. */
    void awaitGroupOf(int workers) {
        try (Admin admin =
                Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, (Object) sandbox.bootstrapServers()))) {
            Awaitility.await("group of " + workers)
                    .atMost(Duration.ofMinutes(2))
                    .until(() -> {
                        ConsumerGroupDescription group = admin.describeConsumerGroups(List.of(ConsumerGroups.WORKERS))
                                .all()
                                .get()
                                .values()
                                .iterator()
                                .next();
                        return group.groupState() == GroupState.STABLE
                                && group.members().size() == workers
                                && group.members().stream()
                                        .noneMatch(member -> member.assignment()
                                                .topicPartitions()
                                                .isEmpty());
                    });
        }
    }

    /** What the worker answers at that path. */
    static HttpResponse<String> get(FleetSystem.RunningProcess worker, String path)
            throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + worker.httpPort() + path);
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                    HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    public void stop(FleetSystem.RunningProcess worker) {
        system.stop(worker, Duration.ofSeconds(60));
    }

    public SandboxEndpoints sandbox() {
        return sandbox;
    }

    Bucket bucket() {
        return SandboxCluster.bucket(sandbox);
    }

    SandboxControl control() {
        return new SandboxControl(sandbox.control());
    }

    public SimulatorControl simulator() {
        return new SimulatorControl(sandbox.simulator("gemini").control());
    }

    /** Judges all that was published so far; whether a job may fail is the test's to know. */
    public Verdict audit() {
        var evidence = new Evidence();
        simulator().callsByPrompt().forEach(evidence::addBill);
        return new Auditor(SandboxCluster.kafka(sandbox), bucket())
                .audit(evidence, EnumSet.complementOf(EnumSet.of(Breach.FAILED)));
    }

    public void publish(List<RenderJob> jobs) throws InterruptedException {
        try (var publisher = new JobPublisher(SandboxCluster.kafka(sandbox))) {
            publisher.publish(jobs);
        }
    }

    /** All events so far, in the order they were read. */
    List<RenderEvent> events() {
        events.addAll(reader.poll(POLL));
        return List.copyOf(events);
    }

    public List<RenderEvent> awaitEvents(int count, Duration atMost) {
        Awaitility.await("events").atMost(atMost).pollInterval(POLL).until(() -> events().size() >= count);
        return events();
    }

    public static RenderJob job(String tenant, String key, String prompt) {
        return PlainJob.of(tenant, key, "nano-banana", prompt, OutputSize.K1);
    }

    @Override
    public void close() {
        reader.close();
        system.close();
    }
}
