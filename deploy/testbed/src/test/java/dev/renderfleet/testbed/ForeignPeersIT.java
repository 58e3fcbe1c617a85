package dev.renderfleet.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.sandbox.SandboxProcess;
import dev.renderfleet.sandbox.process.Ports;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients and a store that share no code with ours: Python's Kafka and S3 clients, moto's S3 server, and the providers' own clients for
 * Python, which shows that our adapters and simulators do not only agree with each other. Needs {@code python3} with {@code venv}, and PyPI.
 */
@Tag("long")
class ForeignPeersIT {

    private static final String BUCKET = "pictures";
    private static final int JOBS = 20;
    private static final Duration BUCKET_WITHIN = Duration.ofMinutes(1);

    @Test
    void aStockPythonClientIsServedOutOfAStoreOfAnotherMake() throws Exception {
        var python = PythonEnvironment.install();
        int port = Ports.choose("", 0);
        URI endpoint = URI.create("http://127.0.0.1:" + port);
        Process store = python.start("store.py", Integer.toString(port));
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

            String printed = python.printed(
                    "client.py",
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

    @ParameterizedTest
    @ValueSource(strings = {"openai", "gemini", "dashscope"})
    void theProvidersOwnClientUnderstandsTheSimulator(String provider) throws Exception {
        var python = PythonEnvironment.install();
        try (var sandbox = SandboxProcess.start("--without", "kafka,postgres,s3", "--time-scale", "100")) {
            var simulator = sandbox.endpoints().simulator(provider);

            String printed = python.printed(provider + "_images.py", simulator.baseUrl(), simulator.apiKey());

            assertThat(printed).isEqualTo(PythonEnvironment.text(provider + "_images.txt"));
        }
    }

    private static void createBucket(URI endpoint) {
        try (var http = HttpClient.newHttpClient()) {
            HttpRequest create = HttpRequest.newBuilder(endpoint.resolve("/" + BUCKET))
                    .PUT(HttpRequest.BodyPublishers.noBody())
                    .build();
            Awaitility.await("bucket in the foreign store")
                    .atMost(BUCKET_WITHIN)
                    .ignoreExceptions()
                    .until(() -> http.send(create, BodyHandlers.discarding()).statusCode() == 200);
        }
    }
}
