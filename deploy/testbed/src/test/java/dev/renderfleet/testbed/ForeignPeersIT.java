package dev.renderfleet.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.sandbox.SandboxProcess;
import dev.renderfleet.sandbox.process.Ports;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Clients and a store that share no code with ours: Python's Kafka, S3 and OpenAI clients, and moto's S3 server. Needs {@code python3} with
 * {@code venv}, and PyPI.
 */
@Tag("long")
class ForeignPeersIT {

    private static final Path PYTHON = Path.of("target", "foreign-peers").toAbsolutePath();
    private static final Path SCRIPTS =
            Path.of("src", "test", "resources", "foreign").toAbsolutePath();
    private static final String BUCKET = "pictures";
    private static final int JOBS = 20;
    private static final Duration INSTALLED_WITHIN = Duration.ofMinutes(5);
    private static final Duration DONE_WITHIN = Duration.ofMinutes(2);

    @Test
    void aStockPythonClientIsServedOutOfAStoreOfAnotherMake() throws Exception {
        install();
        int port = Ports.choose("", 0);
        URI endpoint = URI.create("http://127.0.0.1:" + port);
        Process store = new ProcessBuilder(
                        PYTHON.resolve("bin/python").toString(),
                        SCRIPTS.resolve("store.py").toString(),
                        Integer.toString(port))
                .redirectErrorStream(true)
                .redirectOutput(PYTHON.resolve("moto.log").toFile())
                .start();
        try (TestFleet fleet = TestFleet.start("foreign")) {
            createBucket(endpoint);
            fleet.worker(
                    "worker-1",
                    Map.of(
                            "RENDERFLEET_S3_ENDPOINT",
                            endpoint.toString(),
                            "RENDERFLEET_S3_BUCKET",
                            BUCKET,
                            "RENDERFLEET_S3_ACCESS_KEY",
                            "key",
                            "RENDERFLEET_S3_SECRET_KEY",
                            "secret"));

            String printed = run(
                    DONE_WITHIN,
                    PYTHON.resolve("bin/python").toString(),
                    SCRIPTS.resolve("client.py").toString(),
                    fleet.sandbox().bootstrapServers(),
                    endpoint.toString(),
                    BUCKET,
                    Integer.toString(JOBS));

            assertThat(printed.lines())
                    .containsExactlyInAnyOrderElementsOf(IntStream.range(0, JOBS)
                            .mapToObj(number -> "completed vase-" + number + " sound")
                            .toList());
            assertThat(fleet.simulator().ledger().calls()).isEqualTo(JOBS);
        } finally {
            store.destroyForcibly();
        }
    }

    @Test
    void openAisOwnClientUnderstandsTheSimulator() throws Exception {
        install();
        try (var sandbox = SandboxProcess.start("--without", "kafka,postgres,s3", "--time-scale", "100")) {
            var simulator = sandbox.endpoints().simulator("openai");

            String printed = run(
                    DONE_WITHIN,
                    PYTHON.resolve("bin/python").toString(),
                    SCRIPTS.resolve("openai_images.py").toString(),
                    simulator.baseUrl(),
                    simulator.apiKey());

            assertThat(printed).isEqualTo("""
                two 2 1536x1024 True True
                style BadRequestError 400 unknown_parameter style
                size BadRequestError 400 invalid_value size
                limited RateLimitError 429 rate_limit_exceeded None
                broke RateLimitError 429 insufficient_quota None
                moderated BadRequestError 400 moderation_blocked None
                gone NotFoundError 404 model_not_found None
                one 1 1024x1024 True True
                mask 1 1024x1024 True True
                mask size BadRequestError 400 invalid_mask_size mask
                bytes BadRequestError 400 unsupported_file_mimetype image
                seventeen BadRequestError 400 array_above_max_length image
                model None
                """);
        }
    }

    private static void install() throws IOException, InterruptedException {
        Path wanted = SCRIPTS.resolve("requirements.txt");
        Path installed = PYTHON.resolve("requirements.txt");
        if (!Files.exists(installed) || Files.mismatch(wanted, installed) >= 0) {
            run(INSTALLED_WITHIN, "python3", "-m", "venv", PYTHON.toString());
            run(INSTALLED_WITHIN, PYTHON.resolve("bin/pip").toString(), "install", "--quiet", "-r", wanted.toString());
            Files.copy(wanted, installed, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void createBucket(URI endpoint) {
        try (var http = HttpClient.newHttpClient()) {
            HttpRequest create = HttpRequest.newBuilder(endpoint.resolve("/" + BUCKET))
                    .PUT(HttpRequest.BodyPublishers.noBody())
                    .build();
            Awaitility.await("bucket in the foreign store")
                    .atMost(DONE_WITHIN)
                    .ignoreExceptions()
                    .until(() -> http.send(create, BodyHandlers.discarding()).statusCode() == 200);
        }
    }

    /** What it prints. Fails with that if it does not end well and in time. */
    private static String run(Duration within, String... command) throws IOException, InterruptedException {
        Path out = Files.createTempFile("foreign", ".out");
        Process process = new ProcessBuilder(List.of(command))
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        boolean ended = process.waitFor(within.toSeconds(), TimeUnit.SECONDS);
        process.destroyForcibly().waitFor();
        String printed = Files.readString(out);
        assertThat(ended).as("ended in time: %s", printed).isTrue();
        assertThat(process.exitValue()).as(printed).isZero();
        return printed;
    }
}
