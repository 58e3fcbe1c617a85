package dev.renderfleet.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.sandbox.kafka.SandboxTopics;
import dev.renderfleet.sandbox.s3.S3Fault;
import dev.renderfleet.sandbox.s3.S3Fault.Kind;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.errors.ErrorResponseException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The real runnable jar as a child process: every part once, and what is left after its end. */
class SandboxIT {
    private static final int POISON_BYTES = 50 * 1024 * 1024;
    private static final Duration POLL_TIMEOUT = Duration.ofSeconds(30);

    private static SandboxProcess sandbox;

    @BeforeAll
    static void start() {
        sandbox = SandboxProcess.start("--time-scale", "100");
    }

    @AfterAll
    static void stop() {
        sandbox.close();
    }

    @Test
    void carriesRecordsInTransactionsAlsoPoisonousOnes() {
        try (var producer =
                        new KafkaProducer<>(producerSettings(), new ByteArraySerializer(), new ByteArraySerializer());
                var consumer = new KafkaConsumer<>(
                        consumerSettings(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            var _ = producer.send(new ProducerRecord<>(SandboxTopics.JOBS, "small".getBytes(StandardCharsets.UTF_8)));
            var _ = producer.send(new ProducerRecord<>(SandboxTopics.JOBS, new byte[POISON_BYTES]));
            producer.commitTransaction();

            consumer.subscribe(List.of(SandboxTopics.JOBS));
            var sizes = new ArrayList<Integer>();
            Awaitility.await().atMost(POLL_TIMEOUT).untilAsserted(() -> {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                    sizes.add(record.value().length);
                }
                assertThat(sizes).containsExactlyInAnyOrder(5, POISON_BYTES);
            });
            assertThat(consumer.partitionsFor(SandboxTopics.EVENTS)).hasSize(6);
        }
    }

    /** A few kilobytes on the wire, more than a worker's memory behind them. */
    @Test
    void boundsTheRealSizeOfCompressedRecords() {
        Map<String, Object> settings = new HashMap<>(producerSettings());
        settings.remove("transactional.id");
        settings.put("compression.type", "gzip");
        settings.put("max.request.size", 2 * POISON_BYTES);
        try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            var bomb = producer.send(new ProducerRecord<>(SandboxTopics.JOBS, new byte[3 * POISON_BYTES / 2]));

            assertThatThrownBy(bomb::get).hasCauseInstanceOf(RecordTooLargeException.class);
        }
    }

    @Test
    void keepsTopicsWhenTheBrokerRestarts() throws Exception {
        sandbox.control().restartKafka();

        Map<String, Object> settings =
                Map.of("bootstrap.servers", sandbox.endpoints().bootstrapServers());
        try (var admin = Admin.create(settings)) {
            assertThat(admin.listTopics().names().get()).contains(SandboxTopics.JOBS, SandboxTopics.EVENTS);
        }
    }

    @Test
    void putsAnObjectOnlyOnce() throws Exception {
        var s3 = sandbox.endpoints().store();
        var client = MinioClient.builder()
                .endpoint(s3.endpoint())
                .region(s3.region())
                .credentials(s3.accessKey(), s3.secretKey())
                .build();
        byte[] data = "claim".getBytes(StandardCharsets.UTF_8);
        var put = PutObjectArgs.builder()
                .bucket(s3.bucket())
                .object("ledger/job.json")
                .data(data, data.length)
                .headers(Map.of("If-None-Match", "*"))
                .build();

        client.putObject(put);

        assertThatThrownBy(() -> client.putObject(put))
                .isInstanceOfSatisfying(
                        ErrorResponseException.class,
                        refusal -> assertThat(refusal.response().code()).isEqualTo(412));
    }

    @Test
    void runsSql() throws Exception {
        var database = sandbox.endpoints().database();
        try (var connection = DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
                var result = connection.createStatement().executeQuery("select version()")) {
            result.next();
            assertThat(result.getString(1)).startsWith("PostgreSQL 18");
        }
    }

    @Test
    void drawsAndBillsEvenIfNobodyWaits() throws Exception {
        assertThat(generate("a boat", POLL_TIMEOUT)).contains("inlineData");

        assertThatThrownBy(() -> generate("a ship [[sim:LATE seconds=20]]", Duration.ofMillis(300)))
                .isInstanceOf(HttpTimeoutException.class);

        var simulator = sandbox.simulator("gemini");
        Awaitility.await().atMost(POLL_TIMEOUT).untilAsserted(() -> {
            var ledger = simulator.ledger(10);
            assertThat(ledger.calls()).isEqualTo(2);
            assertThat(ledger.entries().getLast().clientGone()).isTrue();
        });
    }

    /** As a fault harness runs it: the broker is elsewhere. */
    @Test
    void controlsS3FaultsAlsoWithoutGeminiAndKafka() throws Exception {
        try (var parts = SandboxProcess.start("--without", "kafka,postgres,simulators")) {
            var s3 = parts.endpoints().store();
            assertThat(parts.endpoints().kafka()).isNull();
            assertThat(parts.endpoints().simulators()).isEmpty();
            assertThat(statusOf(s3.endpoint())).isEqualTo(404);

            parts.control().s3Faults(S3Fault.of(Kind.SLOW_DOWN).forMethod("GET"), S3Fault.of(Kind.DOWN));

            assertThat(statusOf(s3.directEndpoint())).isEqualTo(404);
            assertThatThrownBy(() -> statusOf(s3.endpoint())).isInstanceOf(IOException.class);
            assertThat(parts.control().s3Faults()).hasSize(2);
            assertThat(parts.control().clearS3Faults().getLast().applied()).isPositive();
            assertThat(statusOf(s3.endpoint())).isEqualTo(404);
            assertThatThrownBy(parts.control()::restartKafka).hasMessageContaining("without kafka");
            assertThat(Path.of(parts.endpoints().data(), "sandbox.log")).isEmptyFile();
        }
    }

    /** 404 comes from the store itself: there is no such key. */
    private static int statusOf(String endpoint) throws IOException, InterruptedException {
        try (var client = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(URI.create(endpoint + "/renderfleet/key"))
                    .timeout(POLL_TIMEOUT)
                    .build();
            return client.send(request, BodyHandlers.discarding()).statusCode();
        }
    }

    @Test
    void leavesNothingWhenStopped() throws IOException {
        var stopped = SandboxProcess.start("--without", "kafka");
        Remains remains = Remains.of(stopped);

        stopped.close();

        assertNothingIsLeft(remains);
    }

    @Test
    void leavesNothingWhenKilled() throws IOException {
        var killed = SandboxProcess.start("--without", "kafka", "--without", "simulators");
        Remains remains = Remains.of(killed);

        killed.kill();

        assertNothingIsLeft(remains);
    }

    /** PostgreSQL's children end a moment after their parent. */
    private static void assertNothingIsLeft(Remains remains) {
        Awaitility.await().atMost(POLL_TIMEOUT).untilAsserted(() -> {
            assertThat(remains.postgres().isAlive()).isFalse();
            assertThat(remains.data()).doesNotExist();
        });
    }

    @Test
    void namesThePortThatIsTaken() {
        String taken = sandbox.endpoints().bootstrapServers().split(":", -1)[1];

        assertThatThrownBy(() -> SandboxProcess.start("--simulator-port", taken))
                .hasMessageContaining("exit code 2")
                .hasMessageContaining("port " + taken)
                .hasMessageContaining("--simulator-port");
    }

    private record Remains(ProcessHandle postgres, Path data) {
        static Remains of(SandboxProcess sandbox) throws IOException {
            Path data = Path.of(sandbox.endpoints().data());
            String pid =
                    Files.readAllLines(data.resolve("postgres/postmaster.pid")).getFirst();
            return new Remains(ProcessHandle.of(Long.parseLong(pid)).orElseThrow(), data);
        }
    }

    private static String generate(String prompt, Duration timeout) throws IOException, InterruptedException {
        var gemini = sandbox.endpoints().simulator("gemini");
        var request = HttpRequest.newBuilder(
                        URI.create(gemini.baseUrl() + "/v1beta/models/gemini-nano-banana-2.1:generateContent"))
                .header("x-goog-api-key", gemini.apiKey())
                .timeout(timeout)
                .POST(BodyPublishers.ofString("{\"contents\":[{\"parts\":[{\"text\":\"%s\"}]}]}".formatted(prompt)))
                .build();
        try (var client = HttpClient.newHttpClient()) {
            return client.send(request, BodyHandlers.ofString()).body();
        }
    }

    private static Map<String, Object> producerSettings() {
        return Map.of(
                "bootstrap.servers",
                sandbox.endpoints().bootstrapServers(),
                "transactional.id",
                "it",
                "max.request.size",
                64 * 1024 * 1024,
                "buffer.memory",
                128L * 1024 * 1024);
    }

    private static Map<String, Object> consumerSettings() {
        return Map.of(
                "bootstrap.servers", sandbox.endpoints().bootstrapServers(),
                "group.id", "it",
                "group.protocol", "consumer",
                "isolation.level", "read_committed",
                "auto.offset.reset", "earliest");
    }
}
