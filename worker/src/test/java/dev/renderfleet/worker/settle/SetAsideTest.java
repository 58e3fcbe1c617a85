package dev.renderfleet.worker.settle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.wire.ConsumerGroups;
import dev.renderfleet.contracts.wire.DeadLetters;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.settle.StableOffsets.Commits;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidPidMappingException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One outcome that cannot be written blocks no other, and is not lost. */
@Timeout(30)
class SetAsideTest {

    private static final TopicPartition PARTITION = new TopicPartition(Topics.JOBS, 0);

    private final Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-23T12:00:00Z"));
    private final ChoosyKafka kafka = new ChoosyKafka();
    private final Settler settler = new Settler(
            kafka,
            new KnownOffsets(() -> Commits.of(committed)),
            Failpoints.NONE,
            _ -> true,
            () -> {
                throw new AssertionError("gave up");
            },
            clock);

    /** Refuses transactions that contain such a record. */
    private final class ChoosyKafka implements OutcomePublisher {
        private final List<ProducerRecord<byte[], byte[]>> written = new CopyOnWriteArrayList<>();
        private final AtomicInteger transactions = new AtomicInteger();
        private volatile Predicate<ProducerRecord<byte[], byte[]>> refused = _ -> false;
        private volatile KafkaException refusal = new TopicAuthorizationException("no WRITE");

        @Override
        public Result publish(
                List<ProducerRecord<byte[], byte[]>> outcomes,
                Map<TopicPartition, OffsetAndMetadata> after,
                ConsumerGroupMetadata member) {
            transactions.incrementAndGet();
            if (outcomes.stream().anyMatch(refused)) {
                return new Result.NotPublished(new KafkaException("in an error state", refusal));
            }
            written.addAll(outcomes);
            committed.putAll(after);
            return new Result.Published();
        }

        @Override
        public void close() {}
    }

    @BeforeEach
    void joined() {
        settler.assigned(List.of(PARTITION));
    }

    @AfterEach
    void ends() {
        settler.close();
    }

    /** The settler begins with all of these, as it does after some time without Kafka. */
    private void settlesAll() {
        settler.member(new ConsumerGroupMetadata(ConsumerGroups.WORKERS));
        settler.start();
    }

    @Test
    void oneOutcomeThatItsTopicRefusesIsSetAsideAndTheOthersAreSettled() throws Exception {
        kafka.refused = record -> record.topic().equals(Topics.JOBS_DLQ);
        List<FinishedRecord> all = new ArrayList<>();
        for (int offset = 0; offset < 500; offset++) {
            all.add(finished(offset, offset == 123 ? Topics.JOBS_DLQ : Topics.EVENTS));
        }

        settlesAll();

        for (FinishedRecord each : all) {
            each.released().get(5, TimeUnit.SECONDS);
        }
        assertThat(kafka.written).hasSize(499);
        assertThat(all.get(123).settled()).isNotDone();
        assertThat(Objects.requireNonNull(committed.get(PARTITION)).offset())
                .as("the record stays open")
                .isEqualTo(123);
        assertThat(settler.setAside()).singleElement().satisfies(aside -> {
            assertThat(aside.record()).isEqualTo("render.jobs/0/123");
            assertThat(aside.topics()).isEqualTo(Topics.JOBS_DLQ);
            assertThat(aside.cause()).contains("no WRITE");
        });
        assertThat(settler.fault()).isEmpty();
        clock.advance(Duration.ofSeconds(7));
        assertThat(settler.unsettledFor()).isEqualTo(Duration.ofSeconds(7));
    }

    @Test
    void outcomesThatAreSetAsideAreTriedAgainAtABoundedPaceAndSettledOnceTheCauseIsRepaired() throws Exception {
        kafka.refused = record -> record.topic().equals(Topics.JOBS_DLQ);
        List<FinishedRecord> all = List.of(finished(0, Topics.JOBS_DLQ), finished(1, Topics.JOBS_DLQ));
        settlesAll();
        Awaitility.await().until(() -> settler.setAside().size() == 2);
        int before = kafka.transactions.get();
        finished(2, Topics.EVENTS).settled().get(5, TimeUnit.SECONDS);
        assertThat(kafka.transactions).as("not tried again yet").hasValue(before + 1);

        clock.advance(OutcomeQueue.SET_ASIDE_RETRY);
        Awaitility.await().until(() -> kafka.transactions.get() > before + 1);
        Awaitility.await().until(() -> settler.setAside().size() == 2);
        kafka.refused = _ -> false;
        clock.advance(OutcomeQueue.SET_ASIDE_RETRY);

        for (FinishedRecord each : all) {
            assertThat(each.settled().get(5, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(committed.get(PARTITION)).isEqualTo(new OffsetAndMetadata(3, ""));
        Awaitility.await().until(() -> settler.setAside().isEmpty());
        assertThat(settler.unsettledFor()).isZero();
    }

    @Test
    void kafkaUnavailableSetsNothingAsideAndIsNoReasonToRestart() throws Exception {
        kafka.refused = _ -> true;
        kafka.refusal = new TimeoutException("no broker");
        List<FinishedRecord> all = new ArrayList<>();
        for (int offset = 0; offset < 5; offset++) {
            all.add(finished(offset, Topics.EVENTS));
        }
        settlesAll();
        Awaitility.await().until(() -> kafka.transactions.get() > 50);
        clock.advance(Duration.ofHours(1));

        assertThat(settler.setAside()).isEmpty();
        Awaitility.await("once the thread has made a turn")
                .untilAsserted(() -> assertThat(settler.fault()).isEmpty());
        kafka.refused = _ -> false;
        for (FinishedRecord each : all) {
            assertThat(each.settled().get(5, TimeUnit.SECONDS)).isTrue();
        }
    }

    /** Whatever the reason: a topic without a leader, a broker's own fault. */
    @Test
    void anOutcomeThatFailsWhileOthersAreSettledIsSetAsideForAnyReason() throws Exception {
        kafka.refused = record -> record.topic().equals(Topics.JOBS_DLQ);
        kafka.refusal = new TimeoutException("no leader");
        FinishedRecord unwritable = finished(0, Topics.JOBS_DLQ);
        settlesAll();
        Awaitility.await().until(() -> kafka.transactions.get() > 5);
        assertThat(settler.setAside()).isEmpty();

        for (int offset = 1; offset < 20; offset++) {
            finished(offset, Topics.EVENTS).settled().get(5, TimeUnit.SECONDS);
        }

        unwritable.released().get(5, TimeUnit.SECONDS);
        assertThat(settler.setAside()).hasSize(1);
    }

    @Test
    void aFailureThatARestartMayRepairIsAFaultAfterAQuarterOfAnHour() {
        kafka.refused = _ -> true;
        kafka.refusal = new InvalidPidMappingException("the transactional id has expired");
        finished(0, Topics.EVENTS);
        settlesAll();
        Awaitility.await().until(() -> kafka.transactions.get() > 0);
        clock.advance(Duration.ofMinutes(9));
        assertThat(settler.fault()).isEmpty();
        clock.advance(Duration.ofMinutes(7));

        Awaitility.await().until(() -> settler.fault().isPresent());
        assertThat(settler.fault().orElseThrow()).contains("no outcome settled for 960 s", "has expired");
    }

    @Test
    void anOutcomeOfAReassignedPartitionIsNotKept() throws Exception {
        kafka.refused = _ -> true;
        FinishedRecord unwritable = finished(0, Topics.JOBS_DLQ);
        settlesAll();
        Awaitility.await().until(() -> settler.setAside().size() == 1);

        settler.revoked(List.of(PARTITION));

        assertThat(unwritable.settled().get(5, TimeUnit.SECONDS)).isFalse();
        assertThat(settler.setAside()).isEmpty();
    }

    @Test
    void aDeadLetterThatIsTooLargeIsShortenedUntilItFits() throws Exception {
        kafka.refused = record -> FinishedRecord.bytes(record) > 40_000;
        kafka.refusal = new RecordTooLargeException("max.message.bytes");
        var record = new ConsumerRecord<>(PARTITION.topic(), 0, 0, new byte[9], new byte[400_000]);
        record.headers().add("original", new byte[20_000]);
        FinishedRecord letter = finished(0, DeadLetterRecords.of(record, refused()));
        settlesAll();

        assertThat(letter.settled().get(5, TimeUnit.SECONDS)).isTrue();

        assertThat(kafka.written).singleElement().satisfies(written -> {
            assertThat(written.value().length).isBetween(5_000, 40_000);
            assertThat(written.headers().lastHeader(DeadLetters.ORIGINAL_BYTES).value())
                    .isEqualTo("400000".getBytes(StandardCharsets.UTF_8));
            assertThat(written.headers().lastHeader(DeadLetters.CODE)).isNotNull();
        });
    }

    @Test
    void aDeadLetterThatIsTooLargeInAnyFormIsPublishedWholeOnceItsTopicTakesIt() throws Exception {
        kafka.refused = _ -> true;
        kafka.refusal = new RecordTooLargeException("max.message.bytes");
        var record = new ConsumerRecord<>(PARTITION.topic(), 0, 0, new byte[9], new byte[4_000]);
        FinishedRecord letter = finished(0, DeadLetterRecords.of(record, refused()));
        settlesAll();
        Awaitility.await().until(() -> settler.setAside().size() == 1);

        kafka.refused = _ -> false;
        clock.advance(OutcomeQueue.SET_ASIDE_RETRY);

        assertThat(letter.settled().get(5, TimeUnit.SECONDS)).isTrue();
        assertThat(kafka.written).singleElement().satisfies(written -> {
            assertThat(written.value()).hasSize(4_000);
            assertThat(written.headers().lastHeader(DeadLetters.ORIGINAL_BYTES)).isNull();
        });
    }

    @Test
    void headersThatAreTooLargeAreLeftOutAndCounted() throws Exception {
        kafka.refused = record -> FinishedRecord.bytes(record) > 40_000;
        kafka.refusal = new RecordTooLargeException("max.message.bytes");
        var record = new ConsumerRecord<>(PARTITION.topic(), 0, 0, new byte[9], new byte[1_000]);
        record.headers().add("original", new byte[50_000]).add("original", null);
        FinishedRecord letter = finished(0, DeadLetterRecords.of(record, refused()));
        settlesAll();

        assertThat(letter.settled().get(5, TimeUnit.SECONDS)).isTrue();

        assertThat(kafka.written).singleElement().satisfies(written -> {
            assertThat(written.value()).hasSize(1_000);
            assertThat(written.headers().lastHeader("original")).isNull();
            assertThat(written.headers().lastHeader(DeadLetters.HEADERS_DROPPED).value())
                    .isEqualTo("2".getBytes(StandardCharsets.UTF_8));
            assertThat(written.headers().lastHeader(DeadLetters.CODE)).isNotNull();
        });
    }

    /** Else they would fill the memory. */
    @Test
    void beyondABoundTheyStayInTheWindowAndTheOthersAreSettledAllTheSame() throws Exception {
        kafka.refused = record -> record.topic().equals(Topics.JOBS_DLQ);
        for (int offset = 0; offset < OutcomeQueue.SET_ASIDE_MAX; offset++) {
            finished(offset, Topics.JOBS_DLQ);
        }
        settlesAll();
        Awaitility.await().until(() -> settler.setAside().size() == OutcomeQueue.SET_ASIDE_MAX);
        assertThat(settler.isSetAsideFull()).isFalse();

        FinishedRecord more = finished(OutcomeQueue.SET_ASIDE_MAX, Topics.JOBS_DLQ);
        FinishedRecord sound = finished(OutcomeQueue.SET_ASIDE_MAX + 1, Topics.EVENTS);

        assertThat(sound.settled().get(5, TimeUnit.SECONDS)).isTrue();
        assertThat(more.released()).isNotDone();
        Awaitility.await().until(settler::isSetAsideFull);
    }

    private static DecodedJob.Refused refused() {
        return new DecodedJob.Refused(FailureCode.MALFORMED, null, "not JSON", null);
    }

    private FinishedRecord finished(long offset, String topic) {
        return finished(offset, new ProducerRecord<>(topic, new byte[] {1}));
    }

    private FinishedRecord finished(long offset, ProducerRecord<byte[], byte[]> outcome) {
        var record = new ConsumerRecord<>(PARTITION.topic(), PARTITION.partition(), offset, new byte[0], new byte[0]);
        if (settler.accept(PARTITION, offset) instanceof Acceptance.Accepted(var assignment)) {
            return settler.finish(new Delivery(record, Map.of(), assignment), List.of(outcome));
        }
        throw new AssertionError("not accepted");
    }
}
