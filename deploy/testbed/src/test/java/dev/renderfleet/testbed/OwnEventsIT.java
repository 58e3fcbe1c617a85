package dev.renderfleet.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.testbed.system.FleetSystem.RunningProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The events that schedulers publish themselves, on a broker whose transactions hide them; each comes once. */
@Tag("long")
class OwnEventsIT {

    private static final Duration SOON = Duration.ofMinutes(1);
    private static final int REQUESTS = 40;

    @Test
    void aRefusedRequestIsRejectedOnceThoughTheLeaderIsKilled() throws Exception {
        try (var fleet = TestFleet.startWithPostgres("own-events");
                var producer = new KafkaProducer<byte[], byte[]>(producer(fleet, Map.of()))) {
            RunningProcess first = fleet.scheduler("scheduler-1", Map.of());
            fleet.scheduler("scheduler-2", Map.of());

            request(producer, 0, REQUESTS / 2);
            fleet.awaitEvents(1, SOON);
            request(producer, REQUESTS / 2, REQUESTS);
            first.part().kill();
            fleet.awaitEvents(REQUESTS, SOON);
            // A last one behind whatever was published twice.
            request(producer, REQUESTS, REQUESTS + 1);

            assertThat(awaitLast(fleet))
                    .allSatisfy(event -> assertThat(event).isInstanceOf(RenderRejected.class))
                    .extracting(event -> event.job().jobId())
                    .containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(0, REQUESTS)
                            .mapToObj(OwnEventsIT::id)
                            .toList());
        }
    }

    /** The new leader cannot read the former one's event until the transaction ends, and must not take it for unpublished. */
    @Test
    void anEventBehindAnOpenTransactionIsNotPublishedAgainByTheNextLeader() throws Exception {
        try (var fleet = TestFleet.startWithPostgres("own-events-hidden");
                var producer = new KafkaProducer<byte[], byte[]>(producer(fleet, Map.of()));
                var worker = new KafkaProducer<byte[], byte[]>(producer(
                        fleet,
                        Map.of(
                                ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                                "a-worker",
                                ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
                                300_000)))) {
            RunningProcess first = fleet.scheduler("scheduler-1", Map.of());
            RunningProcess second = fleet.scheduler("scheduler-2", Map.of());
            worker.initTransactions();
            worker.beginTransaction();
            int partition = worker.send(
                            new ProducerRecord<>(Topics.EVENTS, id(0).getBytes(UTF_8), "{}".getBytes(UTF_8)))
                    .get()
                    .partition();

            request(producer, 0, 1);
            Awaitility.await("the event is written").atMost(SOON).until(() -> end(fleet, partition) >= 3);
            first.part().kill();
            Awaitility.await("the second one leads")
                    .atMost(SOON)
                    .until(() -> health(second).contains("\"loop own-events\": \"running\""));
            Awaitility.await("nothing more is written")
                    .during(Duration.ofSeconds(3))
                    .atMost(SOON)
                    .until(() -> end(fleet, partition) == 3);
            worker.abortTransaction();
            request(producer, REQUESTS, REQUESTS + 1);

            assertThat(awaitLast(fleet))
                    .extracting(event -> event.job().jobId())
                    .containsExactlyInAnyOrder(id(0), id(REQUESTS));
        }
    }

    private static List<RenderEvent> awaitLast(TestFleet fleet) {
        Awaitility.await("the last event")
                .atMost(SOON)
                .until(() -> fleet.events().stream()
                        .anyMatch(event -> event.job().jobId().equals(id(REQUESTS))));
        return fleet.events();
    }

    private static String health(RunningProcess scheduler) throws InterruptedException {
        try {
            return TestFleet.get(scheduler, "/q/health/ready").body();
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Behind all records, those of open transactions included. */
    private static long end(TestFleet fleet, int partition) {
        var place = new TopicPartition(Topics.EVENTS, partition);
        Map<String, Object> settings =
                Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, fleet.sandbox().bootstrapServers());
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            return consumer.endOffsets(List.of(place)).getOrDefault(place, 0L);
        }
    }

    /** Without a prompt. */
    private static void request(KafkaProducer<byte[], byte[]> producer, int from, int to) throws Exception {
        for (int i = from; i < to; i++) {
            String job = "{\"tenant\":\"shop\",\"idempotencyKey\":\"job-%d\",\"model\":\"nano-banana\"}".formatted(i);
            producer.send(new ProducerRecord<>(Topics.REQUESTS, job.getBytes(UTF_8)))
                    .get();
        }
    }

    private static String id(int number) {
        return JobId.of("shop", "job-" + number).value();
    }

    private static Map<String, Object> producer(TestFleet fleet, Map<String, Object> more) {
        return Stream.concat(
                        more.entrySet().stream(),
                        Map.<String, Object>of(
                                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                                fleet.sandbox().bootstrapServers(),
                                ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
                                ByteArraySerializer.class,
                                ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
                                ByteArraySerializer.class)
                                .entrySet()
                                .stream())
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }
}
