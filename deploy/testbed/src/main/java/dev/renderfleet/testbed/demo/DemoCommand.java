package dev.renderfleet.testbed.demo;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.cli.cluster.EventConsumer;
import dev.renderfleet.cli.cluster.KafkaCluster;
import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.cli.scheduler.SchedulerClient;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.sandbox.SandboxEndpoints;
import dev.renderfleet.testbed.demo.SampleCatalogue.Item;
import dev.renderfleet.testbed.jobs.SandboxCluster;
import dev.renderfleet.testbed.system.FleetSystem;
import dev.renderfleet.testbed.system.Paths;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Starts a fleet, renders the sample catalogue and verifies each object. */
@Command(
        name = "demo",
        description = {
            "Starts the sandbox, a worker and the scheduler, renders a sample catalogue and shows the outcome.",
            "Free: the model is simulated, unless GEMINI_API_KEY is set; then the real one is asked, after a"
                    + " confirmation."
        },
        mixinStandardHelpOptions = true)
public final class DemoCommand implements Callable<Integer> {

    private static final String DAY_CAP_USD = "20";
    private static final Duration OUTCOMES_MAX = Duration.ofMinutes(15);
    private static final Duration POLL = Duration.ofMillis(200);

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--keep", description = "Leave everything running, and print where it is and how to publish a job.")
    private boolean keep;

    @Option(names = "--yes", description = "Do not ask before spending money with a provider's key.")
    private boolean yes;

    @Option(
            names = "--model",
            defaultValue = "nano-banana",
            description = "Model id or alias. Default: ${DEFAULT-VALUE}")
    private String model = "";

    @Option(
            names = "--all-models",
            description = {
                "Render one product with each model of the catalogue instead, to compare them side by side.",
                "A provider is asked for real where its key is set, such as OPENAI_API_KEY, and simulated otherwise."
            })
    private boolean allModels;

    @Option(
            names = "--time-scale",
            defaultValue = "5",
            description = "How much faster than life the simulated model draws. Default: ${DEFAULT-VALUE}")
    private double timeScale;

    @Option(names = "--out", description = "Folder for images and contact sheet. Default: demo-output/<time>")
    private @Nullable Path out;

    @Option(
            names = "--kafka-port",
            defaultValue = "0",
            description = "Port of the sandbox's Kafka. Default: a free one")
    private int kafkaPort;

    @Option(names = "--s3-port", defaultValue = "0", description = "Port of the sandbox's S3. Default: a free one")
    private int s3Port;

    @Override
    public Integer call() throws Exception {
        var report = new DemoReport(spec.commandLine().getOut());
        DemoPlan plan = DemoPlan.of(System.getenv(), allModels, model, LocalDate.now(ZoneOffset.UTC));
        SampleCatalogue catalogue = SampleCatalogue.load();
        if (!plan.real().isEmpty() && !confirmed(plan, catalogue)) {
            return 1;
        }
        try (var system = FleetSystem.begin(Paths.here(), keep, report::step)) {
            Instant begun = Instant.now();
            SandboxEndpoints sandbox = startSandbox(system, report);
            URI scheduler = startFleet(system, sandbox, report, plan);
            report.step(String.format(
                    Locale.ROOT,
                    "Everything is up after %.1f s.",
                    Duration.between(begun, Instant.now()).toMillis() / 1e3));
            boolean good = render(plan, catalogue, sandbox, scheduler, report);
            if (keep) {
                system.keep();
                report.step(howToUse(sandbox, plan.real().contains("gemini")));
            }
            return good ? 0 : 1;
        }
    }

    private boolean confirmed(DemoPlan plan, SampleCatalogue catalogue) {
        List<Item> paid = plan.paid(plan.items(catalogue, "bucket", "run"));
        String most = String.format(
                Locale.ROOT,
                "%s is set: this asks the real provider for %d images and spends money, at most %.2f USD.",
                plan.keyVariables(),
                paid.size(),
                DemoPlan.worstUsdMicros(paid) / 1e6);
        spec.commandLine().getOut().println(most);
        if (yes) {
            return true;
        }
        if (!TerminalPrompt.isAttached()) {
            throw new UserError("There is no terminal to confirm on; --yes confirms, unsetting " + plan.keyVariables()
                    + " simulates.");
        }
        String answer = TerminalPrompt.ask("Go on? [y/N] ");
        return answer.strip().toLowerCase(Locale.ROOT).startsWith("y");
    }

    private SandboxEndpoints startSandbox(FleetSystem system, DemoReport report) {
        report.step("Starting the sandbox (Kafka, PostgreSQL, S3, simulated providers) ...");
        return system.startSandbox(List.of(
                "--time-scale", Double.toString(timeScale),
                "--kafka-port", Integer.toString(kafkaPort),
                "--s3-port", Integer.toString(s3Port)));
    }

    /** Returns the scheduler's address. */
    private static URI startFleet(FleetSystem system, SandboxEndpoints sandbox, DemoReport report, DemoPlan plan)
            throws IOException {
        report.step("Starting a worker and the scheduler ...");
        Map<String, String> settings = new TreeMap<>(FleetSystem.workerEnvironment(sandbox));
        Set<String> simulated = new HashSet<>(sandbox.simulators().keySet());
        simulated.removeAll(plan.real());
        settings.putAll(FleetSystem.simulated(sandbox, simulated, Paths.here()));
        var worker = system.startWorker("worker-1", settings);
        Map<String, String> ofScheduler = new TreeMap<>(FleetSystem.schedulerEnvironment(sandbox));
        ofScheduler.put("RENDERFLEET_MODELS_FILE", settings.get("RENDERFLEET_MODELS_FILE"));
        ofScheduler.put("RENDERFLEET_SCHEDULER_CAPS_FLEET_DAY", DAY_CAP_USD);
        var scheduler = system.startScheduler("scheduler", ofScheduler);
        URI address = URI.create("http://127.0.0.1:" + scheduler.httpPort());
        Files.writeString(
                Paths.here().profile(), "RENDERFLEET_SCHEDULER_URL=" + address + "\n", StandardOpenOption.APPEND);
        system.awaitReady(worker);
        system.awaitReady(scheduler);
        return address;
    }

    private boolean render(
            DemoPlan plan, SampleCatalogue catalogue, SandboxEndpoints sandbox, URI scheduler, DemoReport report)
            throws IOException, InterruptedException {
        String run = LocalDateTime.now(ZoneId.systemDefault())
                .format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT));
        Path folder = out == null ? Path.of("demo-output", run) : out;
        Files.createDirectories(folder);
        var bucket = SandboxCluster.bucket(sandbox);
        catalogue.products().forEach(product -> bucket.put(product.key(), product.bytes(), "image/png"));
        List<Item> items = plan.items(catalogue, bucket.name(), run);
        Map<String, RenderEvent> events = submitAndAwait(items, SandboxCluster.kafka(sandbox), scheduler, report);
        List<DemoOutcome> outcomes = items.stream()
                .map(item -> DemoOutcome.of(item, events.get(item.jobId()), bucket, folder))
                .toList();
        report.table(outcomes);
        Path page = ContactSheet.write(folder, "Renderfleet demo " + run, outcomes, catalogue.products());
        report.step("Images and contact sheet: " + page.toAbsolutePath());
        return outcomes.stream().allMatch(DemoOutcome::good);
    }

    private static Map<String, RenderEvent> submitAndAwait(
            List<Item> items, KafkaCluster kafka, URI scheduler, DemoReport report) throws InterruptedException {
        Map<String, Item> wanted = new LinkedHashMap<>();
        items.forEach(item -> wanted.put(item.jobId(), item));
        Map<String, RenderEvent> events = new HashMap<>();
        try (var reader = new EventConsumer(kafka, EventConsumer.From.NOW);
                var client = new SchedulerClient(scheduler)) {
            JsonNode answer = client.submit(SchedulerClient.NDJSON, BodyPublishers.ofString(lines(items)))
                    .json();
            report.step("Submitted " + answer.path("accepted").asLong() + " jobs to the scheduler, which may spend "
                    + DAY_CAP_USD + ".00 USD a day; waiting for outcomes on render.events.");
            Item last = items.getLast();
            report.step("Why does " + last.job().idempotencyKey() + " wait? "
                    + client.get("/v1/jobs/" + last.jobId() + "/why")
                            .json()
                            .path("sentence")
                            .asText());
            Instant giveUp = Instant.now().plus(OUTCOMES_MAX);
            while (events.size() < items.size() && Instant.now().isBefore(giveUp)) {
                for (RenderEvent event : reader.poll(POLL)) {
                    if (wanted.containsKey(event.job().jobId())) {
                        events.put(event.job().jobId(), event);
                        report.progress(events.size(), items.size(), event.job().idempotencyKey());
                    }
                }
            }
        }
        return events;
    }

    /** A job in each line. The last one waits: an edit for its parent, another for the first job, which it is made to depend on. */
    private static String lines(List<Item> items) {
        var codec = new JobCodec();
        List<String> lines = new ArrayList<>(items.stream()
                .map(item -> new String(codec.encode(item.job()), StandardCharsets.UTF_8))
                .toList());
        if (!items.getLast().isEdit()) {
            String needs = "{\"dependsOn\":[\"" + items.getFirst().jobId() + "\"],";
            lines.set(lines.size() - 1, needs + lines.getLast().substring(1));
        }
        return String.join("\n", lines);
    }

    private static String howToUse(SandboxEndpoints sandbox, boolean real) {
        return """

            Everything goes on running:
              Kafka       %s   (topics render.jobs, render.events)
              S3          %s   bucket %s, access key %s, secret key %s
              PostgreSQL  %s
              Gemini      %s

            Publish a job:
              ./fleet publish --prompt "A red vase on a beach" --ratio 16:9
            or with any Kafka client:
              echo '{"tenant":"demo","idempotencyKey":"hello-1","prompt":"A red vase on a beach"}' | kcat -P -b %s -t render.jobs
            or through the scheduler, and look what waits:
              ./fleet submit job.json
              ./fleet queue
            Read outcomes:  ./fleet events --from-beginning
            End it:         ./fleet stop""".formatted(
                        sandbox.bootstrapServers(),
                        sandbox.store().endpoint(),
                        sandbox.store().bucket(),
                        sandbox.store().accessKey(),
                        sandbox.store().secretKey(),
                        sandbox.database().jdbcUrl(),
                        real
                                ? "the real one: each job spends money"
                                : sandbox.simulator("gemini").baseUrl() + "   (simulated)",
                        sandbox.bootstrapServers());
    }
}
