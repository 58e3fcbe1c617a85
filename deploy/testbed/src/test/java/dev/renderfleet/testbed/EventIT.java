package dev.renderfleet.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.contracts.event.EventParts.ParentEdit;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.EventCodec;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.sandbox.s3.ActiveS3Faults.ActiveFault;
import dev.renderfleet.sandbox.s3.S3Fault;
import dev.renderfleet.testbed.system.FleetSystem;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What travels besides the JSON: jobs as a plain client writes them, events with their envelope as a plain client reads them. */
class EventIT {

    private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    private static final Duration LONG_ENOUGH = Duration.ofMinutes(2);

    private static TestFleet fleet;
    private static FleetSystem.RunningProcess worker;
    private static KafkaProducer<byte[], byte[]> producer;
    private static KafkaConsumer<byte[], byte[]> consumer;
    private static final List<ConsumerRecord<byte[], byte[]>> READ = new ArrayList<>();

    @BeforeAll
    static void start() {
        fleet = TestFleet.start("events", "--time-scale", "100");
        worker = fleet.worker("worker-1", Map.of());
        Map<String, Object> kafka =
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, fleet.sandbox().bootstrapServers());
        producer = new KafkaProducer<>(kafka, new ByteArraySerializer(), new ByteArraySerializer());
        consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        fleet.sandbox().bootstrapServers(),
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                        "read_committed"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        List<TopicPartition> partitions = consumer.partitionsFor(Topics.EVENTS).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    @AfterAll
    static void stop() {
        producer.close();
        consumer.close();
        Path spool = Path.of("target", "it", "events", "spool", "worker-1");
        try {
            // The process's own folder, with nothing in it but its lock and its name.
            assertThat(spool.resolve("0"))
                    .isDirectoryNotContaining(file -> !file.endsWith("lock") && !file.endsWith("owner"));
        } finally {
            fleet.close();
        }
    }

    @Test
    void bareJsonWithoutAKeyYieldsACloudEventAndAReplayHasTheSameId() throws Exception {
        String json = "{\"tenant\":\"plain\",\"idempotencyKey\":\"hello-1\",\"prompt\":\"A red vase on a beach\"}";
        String id = JobId.of("plain", "hello-1").value();

        publish(json, TRACE);
        ConsumerRecord<byte[], byte[]> first = awaitEvents(id, 1).getFirst();
        publish(json, null);
        ConsumerRecord<byte[], byte[]> again = awaitEvents(id, 2).getLast();

        assertThat(text(first.key())).isEqualTo(id);
        assertThat(header(first, CloudEvents.ID)).matches(id + ":completed:render.jobs/\\d+/\\d+");
        assertThat(header(first, CloudEvents.TYPE)).isEqualTo("dev.renderfleet.render.completed.v1");
        assertThat(header(first, CloudEvents.SPECVERSION)).isEqualTo("1.0");
        assertThat(header(first, CloudEvents.SOURCE)).isEqualTo("renderfleet/worker");
        assertThat(header(first, CloudEvents.SUBJECT)).isEqualTo(id);
        assertThat(header(first, CloudEvents.TENANT)).isEqualTo("plain");
        assertThat(header(first, CloudEvents.CONTENT_TYPE)).startsWith("application/json");
        assertThat(header(first, CloudEvents.TRACEPARENT)).isEqualTo(TRACE);
        assertThat(header(first, CloudEvents.REPLAY)).isNull();
        assertThat(completed(first).replay()).isFalse();

        assertThat(again.key()).isEqualTo(first.key());
        assertThat(again.partition()).isEqualTo(first.partition());
        assertThat(header(again, CloudEvents.ID)).isEqualTo(header(first, CloudEvents.ID));
        assertThat(header(again, CloudEvents.REPLAY)).isEqualTo("true");
        assertThat(header(again, CloudEvents.TRACEPARENT)).isNull();
        assertThat(completed(again).images()).isEqualTo(completed(first).images());

        String metrics = metrics();
        assertThat(metrics)
                .containsPattern("renderfleet_jobs_total\\{[^}]*outcome=\"completed\"[^}]*replay=\"true\"[^}]*} 1\\.0")
                .containsPattern("renderfleet_model_call_seconds_count\\{[^}]*provider=\"gemini\"")
                .containsPattern("renderfleet_job_seconds_bucket\\{[^}]*le=\"3600.0\"")
                .containsPattern("renderfleet_hold_seconds\\{[^}]*provider=\"gemini\"")
                .contains("renderfleet_window_used", "renderfleet_slots_used", "renderfleet_consumer_lag")
                .contains("renderfleet_unsettled_seconds", "renderfleet_spool_files", "renderfleet_spool_bytes")
                .doesNotContain("hello-1", id);
    }

    @Test
    void aReferenceOutOfTheBucketReachesTheModelAndTheBillIsTheEventsCost() throws Exception {
        byte[] vase = resource("/catalogue/products/vase.png");
        fleet.bucket().put("inputs/shop/x.png", vase, "image/png");
        String prompt = "The vase on a terrace, for EventIT";
        String id = JobId.of("shop", "with-reference").value();

        publish("""
                {"tenant":"shop","idempotencyKey":"with-reference","prompt":"%s","model":"nano-banana",
                 "references":[{"uri":"s3://renderfleet/inputs/shop/x.png","role":"product"}]}""".formatted(prompt), "not a traceparent");
        ConsumerRecord<byte[], byte[]> record = awaitEvents(id, 1).getFirst();
        RenderCompleted event = completed(record);

        assertThat(header(record, CloudEvents.TRACEPARENT)).isNull();
        // The request log shows sizes only: base64 of the picture is in the body, and the simulator counted its tokens.
        List<Integer> sizes = new ArrayList<>();
        for (JsonNode request : fleet.simulator().requests(100)) {
            if (request.path("path").asText().contains("generateContent")) {
                sizes.add(request.path("bodyBytes").asInt());
            }
        }
        assertThat(sizes).anySatisfy(bytes -> assertThat(bytes).isGreaterThan(vase.length * 4 / 3));
        assertThat(event.usage().promptTokens()).isGreaterThanOrEqualTo(560);
        assertThat(fleet.simulator().ledger(100).entries())
                .filteredOn(entry -> entry.promptText().contains(prompt))
                .singleElement()
                .satisfies(entry ->
                        assertThat(entry.usdMicros()).isEqualTo(event.cost().usdMicros()));
    }

    /** The simulator refuses a turn without its signature, and bills each query. */
    @Test
    void anEditContinuesItsParentsSessionAndItsSearchesAreOnTheBill() throws Exception {
        String parent = JobId.of("shop", "edit-0").value();
        String child = JobId.of("shop", "edit-1").value();
        String prompt = "The same at night in Oslo, for EventIT";

        publish("""
                {"tenant":"shop","idempotencyKey":"edit-0","prompt":"A mug in the morning","model":"nano-banana"}""", null);
        awaitEvents(parent, 1);
        publish("""
                {"tenant":"shop","idempotencyKey":"edit-1","prompt":"%s","model":"nano-banana","parent":"%s",
                 "grounding":{"webSearch":true}}""".formatted(prompt, parent), null);
        RenderCompleted event = completed(awaitEvents(child, 1).getFirst());

        assertThat(event.edit()).isEqualTo(new ParentEdit(parent, ParentEdit.SESSION));
        assertThat(event.usage().searches()).isEqualTo(3);
        assertThat(Objects.requireNonNull(event.search()).displayHtml()).isNotBlank();
        String session =
                "sessions/shop/" + child + "/" + event.images().getFirst().sha256() + ".json";
        assertThat(fleet.bucket().find(session)).as(session).isPresent();
        assertThat(fleet.simulator().ledger(100).entries())
                .filteredOn(entry -> entry.promptText().contains(prompt))
                .singleElement()
                .satisfies(entry ->
                        assertThat(entry.usdMicros()).isEqualTo(event.cost().usdMicros()));

        publish("""
                {"tenant":"rival","idempotencyKey":"edit-2","prompt":"Show me","model":"nano-banana","parent":"%s"}""".formatted(parent), null);
        RenderEvent refused = new EventCodec()
                .decode(awaitEvents(JobId.of("rival", "edit-2").value(), 1)
                        .getFirst()
                        .value());
        assertThat(refused)
                .isInstanceOfSatisfying(
                        RenderRejected.class,
                        rejected -> assertThat(rejected.field()).isEqualTo("parent"));
    }

    /** Seven refusals: the store's client tries five times, then the job waits without an attempt. */
    @Test
    void aSkewedClockOfTheStoreDelaysAReferenceAndFailsNoJob() throws Exception {
        fleet.bucket().put("inputs/shop/skewed.png", resource("/catalogue/products/vase.png"), "image/png");
        fleet.control()
                .s3Faults(S3Fault.of(S3Fault.Kind.SKEWED)
                        .forMethod("GET")
                        .forPath("/renderfleet/inputs/shop/skewed.png")
                        .times(7));
        String id = JobId.of("shop", "skewed-reference").value();

        publish("""
                {"tenant":"shop","idempotencyKey":"skewed-reference","prompt":"The vase at sea","model":"nano-banana",
                 "references":[{"uri":"s3://renderfleet/inputs/shop/skewed.png","role":"product"}]}""", null);
        RenderCompleted event = completed(awaitEvents(id, 1).getFirst());

        assertThat(event.attempts()).hasSize(1);
        assertThat(fleet.control().clearS3Faults().stream()
                        .mapToInt(ActiveFault::applied)
                        .sum())
                .isEqualTo(7);
    }

    private static void publish(String json, @Nullable String traceparent)
            throws ExecutionException, InterruptedException {
        var record = new ProducerRecord<byte[], byte[]>(Topics.JOBS, json.getBytes(StandardCharsets.UTF_8));
        if (traceparent != null) {
            record.headers().add("traceparent", traceparent.getBytes(StandardCharsets.UTF_8));
        }
        producer.send(record).get();
    }

    private static List<ConsumerRecord<byte[], byte[]>> awaitEvents(String jobId, int count) {
        Awaitility.await("events of " + jobId).atMost(LONG_ENOUGH).until(() -> {
            consumer.poll(Duration.ofMillis(200)).forEach(READ::add);
            return of(jobId).size() >= count;
        });
        return of(jobId);
    }

    private static List<ConsumerRecord<byte[], byte[]>> of(String jobId) {
        return READ.stream().filter(record -> text(record.key()).equals(jobId)).toList();
    }

    private static RenderCompleted completed(ConsumerRecord<byte[], byte[]> record) {
        return (RenderCompleted) new EventCodec().decode(record.value());
    }

    private static @Nullable String header(ConsumerRecord<byte[], byte[]> record, String name) {
        var header = record.headers().lastHeader(name);
        return header == null ? null : text(header.value());
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static String metrics() throws IOException, InterruptedException {
        try (var http = HttpClient.newHttpClient()) {
            return http.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + worker.httpPort() + "/q/metrics"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(EventIT.class.getResourceAsStream(name))) {
            return in.readAllBytes();
        }
    }
}
