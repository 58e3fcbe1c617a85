package dev.renderfleet.testbed.demo;

import dev.renderfleet.cli.cluster.EventConsumer;
import dev.renderfleet.cli.cluster.JobPublisher;
import dev.renderfleet.cli.cluster.KafkaCluster;
import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.sandbox.SandboxEndpoints;
import dev.renderfleet.testbed.demo.SampleCatalogue.Item;
import dev.renderfleet.testbed.jobs.SandboxCluster;
import dev.renderfleet.testbed.system.FleetSystem;
import dev.renderfleet.testbed.system.Paths;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
            "Free: the model is simulated, unless GEMINI_API_KEY is set; then the real one is asked, after a confirmation."
        },
        mixinStandardHelpOptions = true)
public final class DemoCommand implements Callable<Integer> {

    private static final String KEY_VARIABLE = "GEMINI_API_KEY";
    private static final Duration OUTCOMES_MAX = Duration.ofMinutes(15);
    private static final Duration POLL = Duration.ofMillis(200);

    /** Two calls of the default model at its worst-case price. */
    private static final long JOB_BUDGET_USD_MICROS = 200_000;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--keep", description = "Leave everything running, and print where it is and how to publish a job.")
    private boolean keep;

    @Option(names = "--yes", description = "Do not ask before spending money with " + KEY_VARIABLE + ".")
    private boolean yes;

    @Option(
            names = "--model",
            defaultValue = "nano-banana",
            description = "Model id or alias. Default: ${DEFAULT-VALUE}")
    private String model = "";

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
        String realKey = System.getenv(KEY_VARIABLE);
        boolean real = realKey != null && !realKey.isBlank() && !model.equals("proof");
        SampleCatalogue catalogue = SampleCatalogue.load();
        if (real && !confirmed(catalogue)) {
            return 1;
        }
        try (var system = FleetSystem.begin(Paths.here(), keep, report::step)) {
            Instant begun = Instant.now();
            SandboxEndpoints sandbox = start(system, report, real);
            report.step(String.format(
                    Locale.ROOT,
                    "Everything is up after %.1f s.",
                    Duration.between(begun, Instant.now()).toMillis() / 1e3));
            boolean good = render(catalogue, sandbox, report);
            if (keep) {
                system.keep();
                report.step(howToUse(sandbox, real));
            }
            return good ? 0 : 1;
        }
    }

    private boolean confirmed(SampleCatalogue catalogue) {
        int jobs = catalogue.products().size()
                * catalogue.backgrounds().size()
                * catalogue.locales().size();
        String most = String.format(
                Locale.ROOT,
                "%s is set: this asks the real model for %d images and spends money, at most %.2f USD (%.2f a job).",
                KEY_VARIABLE,
                jobs,
                jobs * JOB_BUDGET_USD_MICROS / 1e6,
                JOB_BUDGET_USD_MICROS / 1e6);
        spec.commandLine().getOut().println(most);
        if (yes) {
            return true;
        }
        if (!TerminalPrompt.isAttached()) {
            throw new UserError(
                    "Nobody is there to confirm; --yes confirms, unsetting " + KEY_VARIABLE + " simulates.");
        }
        String answer = TerminalPrompt.ask("Go on? [y/N] ");
        return answer.strip().toLowerCase(Locale.ROOT).startsWith("y");
    }

    private SandboxEndpoints start(FleetSystem system, DemoReport report, boolean real) {
        report.step("Starting the sandbox (Kafka, PostgreSQL, S3, Gemini simulator) ...");
        SandboxEndpoints sandbox = system.startSandbox(List.of(
                "--time-scale", Double.toString(timeScale),
                "--kafka-port", Integer.toString(kafkaPort),
                "--s3-port", Integer.toString(s3Port)));
        report.step("Starting a worker and the scheduler ...");
        Map<String, String> settings = new TreeMap<>(FleetSystem.workerEnvironment(sandbox));
        if (!real) {
            settings.putAll(FleetSystem.simulatedGemini(sandbox));
        }
        var worker = system.startWorker("worker-1", settings);
        var scheduler = system.startScheduler(FleetSystem.schedulerEnvironment(sandbox));
        system.awaitReady(worker);
        system.awaitReady(scheduler);
        return sandbox;
    }

    private boolean render(SampleCatalogue catalogue, SandboxEndpoints sandbox, DemoReport report)
            throws IOException, InterruptedException {
        String run = LocalDateTime.now(ZoneId.systemDefault())
                .format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT));
        Path folder = out == null ? Path.of("demo-output", run) : out;
        Files.createDirectories(folder);
        var bucket = SandboxCluster.bucket(sandbox);
        catalogue.products().forEach(product -> bucket.put(product.key(), product.bytes(), "image/png"));
        List<Item> items = catalogue.items(bucket.name(), run, model, JOB_BUDGET_USD_MICROS);
        Map<String, RenderEvent> events = publishAndAwait(items, SandboxCluster.kafka(sandbox), report);
        List<DemoOutcome> outcomes = items.stream()
                .map(item -> DemoOutcome.of(item, events.get(id(item)), bucket, folder))
                .toList();
        report.table(outcomes);
        Path page = ContactSheet.write(folder, "Renderfleet demo " + run, outcomes, catalogue.products());
        report.step("Images and contact sheet: " + page.toAbsolutePath());
        return outcomes.stream().allMatch(DemoOutcome::good);
    }

    private static Map<String, RenderEvent> publishAndAwait(List<Item> items, KafkaCluster kafka, DemoReport report)
            throws InterruptedException {
        Map<String, Item> wanted = new LinkedHashMap<>();
        items.forEach(item -> wanted.put(id(item), item));
        Map<String, RenderEvent> events = new HashMap<>();
        try (var reader = new EventConsumer(kafka, EventConsumer.From.NOW);
                var publisher = new JobPublisher(kafka)) {
            publisher.publish(items.stream().map(Item::job).toList());
            report.step(
                    "Published " + items.size() + " jobs to render.jobs; waiting for their outcomes on render.events.");
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

    private static String id(Item item) {
        return JobId.of(item.job().tenant(), item.job().idempotencyKey()).value();
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
