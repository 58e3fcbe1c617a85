package dev.renderfleet.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.wire.DeadLetters;
import dev.renderfleet.contracts.wire.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
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
import org.junit.jupiter.api.Test;

/** Every kind of bad record through a real worker, published as any client would: bare JSON, no headers, one partition. */
class BadInputIT {

    private static final int POISON_BYTES = 50 << 20;
    private static final int DEPTH = 10_000;

    /** Fields of a job by the rejection that they must yield, and the field that it must name. */
    private static final Map<String, Expected> CASES = cases();

    private record Expected(FailureCode code, String field, String fields) {}

    private static Map<String, Expected> cases() {
        Map<String, Expected> cases = new LinkedHashMap<>();
        add(cases, "unknown-model", FailureCode.UNKNOWN_MODEL, "model", "'prompt':'p','model':'dall-e-2'");
        add(
                cases,
                "retired-model",
                FailureCode.RETIRED_MODEL,
                "model",
                "'prompt':'p','model':'gemini-3-pro-image-preview'");
        add(cases, "prompt-type", FailureCode.INVALID_FIELD, "prompt", "'prompt':17");
        add(cases, "no-prompt", FailureCode.INVALID_FIELD, "prompt", "'priority':1");
        add(
                cases,
                "references-15",
                FailureCode.INVALID_FIELD,
                "references",
                "'prompt':'p','references':["
                        + "{'uri':'https://example.com/a.png','role':'product'},".repeat(14)
                        + "{'uri':'https://example.com/a.png','role':'product'}]");
        add(
                cases,
                "ref-loopback",
                FailureCode.REFERENCE_FORBIDDEN,
                "references[0].uri",
                reference("https://127.0.0.1/a"));
        add(
                cases,
                "ref-metadata",
                FailureCode.REFERENCE_FORBIDDEN,
                "references[0].uri",
                reference("https://169.254.169.254/latest/meta-data"));
        add(
                cases,
                "ref-private",
                FailureCode.REFERENCE_FORBIDDEN,
                "references[0].uri",
                reference("https://10.0.0.8/a.png"));
        add(
                cases,
                "ref-localhost",
                FailureCode.REFERENCE_FORBIDDEN,
                "references[0].uri",
                reference("https://localhost/a"));
        add(
                cases,
                "ref-foreign",
                FailureCode.REFERENCE_FORBIDDEN,
                "references[0].uri",
                reference("s3://renderfleet/inputs/other-tenant/a.png"));
        add(
                cases,
                "ref-ledger",
                FailureCode.REFERENCE_FORBIDDEN,
                "references[0].uri",
                reference("s3://renderfleet/ledger/a.json"));
        add(
                cases,
                "ref-missing",
                FailureCode.REFERENCE_UNAVAILABLE,
                "references[0].uri",
                reference("s3://renderfleet/inputs/bad/none.png"));
        add(
                cases,
                "ref-huge-pixels",
                FailureCode.REFERENCE_INVALID,
                "references[0].uri",
                reference("s3://renderfleet/inputs/bad/gigapixels.png"));
        add(
                cases,
                "ref-not-a-picture",
                FailureCode.REFERENCE_INVALID,
                "references[0].uri",
                reference("s3://renderfleet/inputs/bad/text.png"));
        add(
                cases,
                "callback-private",
                FailureCode.INVALID_FIELD,
                "callback",
                "'prompt':'p','callback':'https://192.168.1.1/x'");
        add(
                cases,
                "deadline-past",
                FailureCode.DEADLINE_PASSED,
                "deadline",
                "'prompt':'p','deadline':'2020-01-01T00:00:00Z'");
        add(
                cases,
                "budget-negative",
                FailureCode.INVALID_FIELD,
                "budget.maxUsdMicros",
                "'prompt':'p','budget':{'maxUsdMicros':-1}");
        add(
                cases,
                "label-control",
                FailureCode.INVALID_FIELD,
                "labels.sku",
                "'prompt':'p','labels':{'sku':'a\\u0000b'}");
        add(cases, "enum", FailureCode.INVALID_FIELD, "output.size", "'prompt':'p','output':{'size':'8K'}");
        return cases;
    }

    private static void add(Map<String, Expected> cases, String key, FailureCode code, String field, String fields) {
        cases.put(key, new Expected(code, field, fields));
    }

    private static String reference(String uri) {
        return "'prompt':'p','references':[{'uri':'" + uri + "','role':'product'}]";
    }

    @Test
    void eachBadRecordIsToldWhyAndBlocksNothingAndCostsNothing() throws Exception {
        try (var fleet = TestFleet.start("bad-input", "--time-scale", "100")) {
            fleet.bucket().put("inputs/bad/gigapixels.png", gigapixels(), "image/png");
            fleet.bucket().put("inputs/bad/text.png", "not a picture".getBytes(StandardCharsets.UTF_8), "image/png");
            fleet.worker("worker-1", Map.of());

            publishAll(fleet);

            List<RenderEvent> events = fleet.awaitEvents(CASES.size() + 4, Duration.ofMinutes(2));
            judgeRejections(events);
            judgeDeadLetters(fleet);
            // All went to one partition, so the good one at its end shows that nothing blocked it.
            assertThat(events).filteredOn(RenderCompleted.class::isInstance).hasSize(1);
            assertThat(fleet.simulator().ledger().calls()).isEqualTo(1);
            assertThat(Files.readString(Path.of("target/it/bad-input/logs/worker-1.log")))
                    .doesNotContain(fleet.sandbox().store().secretKey())
                    .doesNotContain(fleet.sandbox().simulator("gemini").apiKey());
        }
    }

    private static void judgeRejections(List<RenderEvent> events) {
        Map<String, RenderRejected> rejected = events.stream()
                .filter(RenderRejected.class::isInstance)
                .map(RenderRejected.class::cast)
                .collect(Collectors.toMap(event -> event.job().idempotencyKey(), event -> event));
        CASES.forEach((key, expected) -> assertThat(rejected.get(key)).as(key).satisfies(event -> {
            assertThat(event.code()).isEqualTo(expected.code());
            assertThat(event.field()).isEqualTo(expected.field());
            assertThat(event.message()).isNotBlank();
        }));
        assertThat(rejected).hasEntrySatisfying("large", code(FailureCode.TOO_LARGE));
        assertThat(rejected).hasEntrySatisfying("deep", code(FailureCode.MALFORMED));
        assertThat(rejected).hasEntrySatisfying("cut", code(FailureCode.MALFORMED));
    }

    private static Consumer<RenderRejected> code(FailureCode expected) {
        return event -> assertThat(event.code()).isEqualTo(expected);
    }

    private static void judgeDeadLetters(TestFleet fleet) {
        List<ConsumerRecord<byte[], byte[]>> letters = new ArrayList<>();
        try (var consumer = new KafkaConsumer<>(
                Map.<String, Object>of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, fleet.sandbox().bootstrapServers()),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(Topics.JOBS_DLQ).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> {
                consumer.poll(Duration.ofMillis(200)).forEach(letters::add);
                return letters.stream()
                                .anyMatch(letter ->
                                        Arrays.equals(letter.value(), "garbage".getBytes(StandardCharsets.UTF_8)))
                        && letters.stream()
                                .anyMatch(letter -> letter.value() != null && letter.value().length > 100_000);
            });
        }
        assertThat(letters).allSatisfy(letter -> {
            assertThat(letter.headers().lastHeader(DeadLetters.REASON)).isNotNull();
            assertThat(letter.headers().lastHeader(DeadLetters.OFFSET)).isNotNull();
            assertThat(letter.value() == null || letter.value().length <= DeadLetters.VALUE_BYTES_MAX)
                    .isTrue();
        });
        assertThat(letters)
                .anySatisfy(letter -> assertThat(letter.headers().lastHeader(DeadLetters.ORIGINAL_BYTES))
                        .isNotNull());
    }

    private static void publishAll(TestFleet fleet) throws ExecutionException, InterruptedException {
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, fleet.sandbox().bootstrapServers(),
                        ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 2 * POISON_BYTES,
                        ProducerConfig.BUFFER_MEMORY_CONFIG, 4L * POISON_BYTES),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (Map.Entry<String, Expected> one : CASES.entrySet()) {
                send(producer, job(one.getKey(), one.getValue().fields()));
            }
            send(producer, "garbage");
            send(producer, "{\"prompt\":\"no tenant\"}");
            send(producer, "{\"tenant\":\"../etc\",\"idempotencyKey\":\"k\",\"prompt\":\"p\"}");
            send(producer, job("cut", "'prompt':'p'").replace("}", ""));
            send(producer, job("large", "'prompt':'" + "x".repeat(POISON_BYTES) + "'"));
            send(producer, job("deep", "'prompt':'p','x':" + "[".repeat(DEPTH) + "]".repeat(DEPTH)));
            producer.send(new ProducerRecord<>(Topics.JOBS, 0, null, null)).get();
            send(producer, job("good", "'prompt':'a vase','model':'nano-banana'"));
        }
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, String value)
            throws ExecutionException, InterruptedException {
        producer.send(new ProducerRecord<>(Topics.JOBS, 0, null, value.getBytes(StandardCharsets.UTF_8)))
                .get();
    }

    private static String job(String key, String fields) {
        return ("{'tenant':'bad','idempotencyKey':'" + key + "'," + fields + "}").replace('\'', '"');
    }

    /** A PNG of a few bytes whose header promises 20 gigapixels. */
    private static byte[] gigapixels() {
        var header = java.nio.ByteBuffer.allocate(17);
        header.put("IHDR".getBytes(StandardCharsets.US_ASCII)).putInt(200_000).putInt(100_000);
        header.put(new byte[] {8, 2, 0, 0, 0});
        var crc = new java.util.zip.CRC32();
        crc.update(header.array());
        return java.nio.ByteBuffer.allocate(8 + 4 + 17 + 4)
                .put(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'})
                .putInt(13)
                .put(header.array())
                .putInt((int) crc.getValue())
                .array();
    }
}
