package dev.renderfleet.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.catalogue.Router;
import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.wire.ConsumerGroups;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.intake.Lanes.LaneState;
import dev.renderfleet.worker.job.JobResult;
import dev.renderfleet.worker.settle.Acceptance;
import dev.renderfleet.worker.settle.OutcomePublisher.Result;
import dev.renderfleet.worker.settle.QuietSettler;
import dev.renderfleet.worker.settle.Settler;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.awaitility.Awaitility;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.Metadata;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which records enter the window, which are deferred, and how these are read again. */
@Timeout(60)
class LanesTest {
    /** Each look acknowledges or advances the clock, so there are many. */
    private static final Duration POLL = Duration.ofMillis(5);

    private static final TopicPartition P0 = new TopicPartition(Topics.JOBS, 0);
    private static final TopicPartition P1 = new TopicPartition(Topics.JOBS, 1);
    private static final String PRO = "gemini-3-pro-image";
    private static final String FLASH = "gemini-3.1-flash-image";
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final RenderEvent EVENT = new RenderCanceled(
            new JobRef("0".repeat(40), "acme", "k", "f".repeat(64), null, Map.of()), false, "m", new Cost(0, "v"));

    private final SettableClock clock = new SettableClock(NOW);
    private final List<Long> committed = new CopyOnWriteArrayList<>();
    private final Settler settler = QuietSettler.make((_, after, _) -> {
        after.values().forEach(offset -> committed.add(offset.offset()));
        return new Result.Published();
    });
    private final List<Message<IncomingJob>> messages = new CopyOnWriteArrayList<>();
    private final JobChannel channel = new JobChannel(QuietSettler.settlement(settler, clock), 8, 100_000, () -> {
        throw new AssertionError("gave up");
    });
    private final ModelCatalogue catalogue = ModelCatalogue.builtIn();
    private final Lanes lanes = new Lanes(channel, new Router(catalogue, Set.of("proof", "gemini")), catalogue, clock);
    private int acknowledged;
    private final LogConsumer log = new LogConsumer();
    private final DeferredReader reader = new DeferredReader(lanes, clock);

    @BeforeEach
    void consumed() {
        settler.member(new ConsumerGroupMetadata(ConsumerGroups.WORKERS));
        settler.assigned(List.of(P0, P1));
        settler.start();
        channel.messages().subscribe().with(messages::add);
        lanes.partitions(2);
    }

    @AfterEach
    void ends() {
        reader.close();
        settler.close();
    }

    @Test
    void jobsOfOtherModelsPassThoseThatFindNoRoom() {
        publish(P0, 0, 100, PRO);
        publish(P0, 100, 1, "proof");
        publish(P0, 101, 1, FLASH);
        publish(P0, 102, 1, "no such model");

        assertThat(emitted()).containsExactly("0/0", "0/1", "0/2", "0/3", "0/100", "0/101", "0/102");
        assertThat(lanes.states())
                .containsExactly(
                        new LaneState(PRO, 4, 96),
                        new LaneState(FLASH, 1, 0),
                        new LaneState(Lanes.NO_MODEL, 1, 0),
                        new LaneState("proof", 1, 0));
        assertThat(lanes.deferred()).isEqualTo(96);
    }

    @Test
    void anAliasAndAJobWithoutModelAreInTheLaneOfTheirModel() {
        publish(P0, 0, 1, "nano-banana-pro");
        publish(P0, 1, 1, null);

        assertThat(lanes.states()).extracting(LaneState::model).doesNotContain(Lanes.NO_MODEL, "nano-banana-pro");
    }

    /** References of a host that does not answer are waited for up to an hour. */
    @Test
    void jobsWithReferencesAtOneHostKeepOutNeitherAnotherHostsNorThoseWithout() {
        String dead = "dead.example";
        String quick = IntStream.range(0, 100)
                .mapToObj(number -> "quick-" + number + ".example")
                .filter(host -> Math.floorMod(host.hashCode() - dead.hashCode(), LaneNames.HOST_LANES) != 0)
                .findFirst()
                .orElseThrow();

        publish(P0, 0, 100, withReference(dead));
        publish(P0, 100, 1, withReference(quick));
        publish(P0, 101, 1, PRO);

        assertThat(emitted()).containsExactly("0/0", "0/1", "0/2", "0/3", "0/100", "0/101");
        assertThat(lanes.states()).containsExactly(new LaneState(PRO, 6, 96));
    }

    /** They wait for a job that may come after them, as when its worker died. */
    @Test
    void editsKeepOutNoJobWithoutAParent() {
        publish(P0, 0, 100, PRO + "','parent':'0123456789abcdef0123456789abcdef01234567','batchId':'b");
        publish(P0, 100, 1, PRO);

        assertThat(emitted()).containsExactly("0/0", "0/1", "0/2", "0/3", "0/100");
    }

    private static String withReference(String host) {
        return PRO + "','references':[{'uri':'https://" + host + "/a.png','role':'product'}],'batchId':'b";
    }

    @Test
    void twoStuckModelsKeepNoThirdOut() {
        publish(P0, 0, 100, PRO);
        publish(P0, 100, 100, FLASH);
        publish(P0, 200, 1, "proof");

        assertThat(emitted()).contains("0/200");
        assertThat(lanes.deferred()).isEqualTo(200 - 4 - 2);
    }

    @Test
    void deferredRecordsAreReadAgainInOrderEachOnce() {
        publish(P0, 0, 50, PRO);
        publish(P1, 0, 50, FLASH);
        publish(P0, 50, 50, FLASH);

        start();
        Awaitility.await().pollInterval(POLL).until(() -> {
            acknowledgeAll(new JobResult.Outcome(EVENT, "render.jobs/0/0"));
            return messages.size() == 150 && channel.held() == 0;
        });

        assertThat(emitted()).doesNotHaveDuplicates().hasSize(150);
        assertThat(emitted())
                .containsSubsequence(LongStream.range(0, 50)
                        .mapToObj(offset -> "0/" + offset)
                        .toList());
        assertThat(lanes.deferred()).isZero();
        assertThat(committed).contains(100L);
    }

    @Test
    void aNewRecordDoesNotPassDeferredOnesOfItsLane() {
        publish(P0, 0, 5, PRO);
        acknowledgeAll(new JobResult.Released());

        publish(P0, 5, 1, PRO);

        assertThat(emitted()).doesNotContain("0/4", "0/5");
        assertThat(lanes.deferred()).isEqualTo(2);
    }

    @Test
    void theOldestIsReadFirstWhateverItsPartition() {
        publish(P0, 0, 4, PRO);
        take(record(P0, 4, PRO, 300));
        take(record(P0, 5, PRO, 500));
        take(record(P1, 0, PRO, 200));
        take(record(P1, 1, PRO, 400));
        acknowledgeAll(new JobResult.Released());

        assertThat(lanes.next())
                .extracting(record -> record.partition().partition() + "/" + record.offset())
                .containsExactly("1/0", "0/4", "1/1", "0/5");
    }

    @Test
    void lanesTakeTurns() {
        publish(P0, 0, 300, PRO);
        publish(P0, 300, 300, FLASH);
        acknowledgeAll(new JobResult.Released());

        List<String> turns = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            List<DeferredRecord> batch = lanes.next();
            turns.add(batch.getFirst().room().lane());
            batch.forEach(record -> channel.window().release(record.room()));
        }

        assertThat(turns).containsExactly(PRO, FLASH, PRO, FLASH);
    }

    @Test
    void aDeferredRecordThatWasDeletedIsSettledWithoutOutcome() {
        publish(P0, 0, 8, PRO);
        log.delete(P0, 5);
        log.delete(P0, 7);
        log.end(P0, 8);

        start();
        Awaitility.await().until(() -> {
            acknowledgeAll(new JobResult.Outcome(EVENT, "render.jobs/0/0"));
            return lanes.deferred() == 0 && channel.held() == 0;
        });
        take(record(P0, 8, "proof", 1));
        acknowledgeAll(new JobResult.Outcome(EVENT, "render.jobs/0/0"));

        assertThat(emitted()).doesNotContain("0/5", "0/7").hasSize(7);
        assertThat(committed.getLast()).isEqualTo(9);
    }

    @Test
    void deferredRecordsOfARevokedPartitionAreLeftToTheNextOwner() {
        publish(P0, 0, 8, PRO);
        publish(P1, 0, 1, PRO);
        acknowledgeAll(new JobResult.Released());
        List<DeferredRecord> beingRead = lanes.next();
        assertThat(beingRead)
                .extracting(record -> record.partition().partition())
                .containsExactly(1, 0, 0, 0);

        settler.lost(List.of(P0));
        lanes.remove(List.of(P0));
        lanes.putBack(beingRead);

        assertThat(lanes.deferred()).isOne();
        lanes.emit(beingRead.getLast(), record(P0, beingRead.getLast().offset(), PRO, 1));
        assertThat(emitted()).hasSize(4);
    }

    @Test
    void whatCannotBeReadStaysDeferredAndTakesNoRoomOnceTheReaderStops() throws InterruptedException {
        publish(P0, 0, 9, PRO);
        log.unavailable.add(P0);
        acknowledgeAll(new JobResult.Released());
        start();
        Awaitility.await().until(() -> channel.held() == 4);

        reader.stop();

        assertThat(channel.awaitEmpty(Duration.ofSeconds(30))).isTrue();
        assertThat(lanes.deferred()).isEqualTo(5);
        assertThat(emitted()).hasSize(4);
        assertThat(reader.thread().fault()).isEmpty();
    }

    @Test
    void aPartitionThatCannotBeReadKeepsOutNoOtherOfItsLane() {
        publish(P0, 0, 20, PRO);
        publish(P1, 100, 4, PRO);
        log.unavailable.add(P0);
        acknowledgeAll(new JobResult.Released());

        start();
        Awaitility.await().pollInterval(POLL).until(() -> {
            clock.advance(Duration.ofSeconds(1));
            return emitted().contains("1/103");
        });
        assertThat(emitted()).hasSize(8);

        log.unavailable.clear();
        Awaitility.await().pollInterval(POLL).until(() -> {
            clock.advance(Duration.ofSeconds(1));
            acknowledgeAll(new JobResult.Outcome(EVENT, "render.jobs/0/0"));
            return lanes.deferred() == 0 && channel.held() == 0;
        });
        assertThat(emitted()).doesNotHaveDuplicates().hasSize(24);
    }

    @Test
    void deferredRecordsAreBoundedAndThePartitionsShareTheBound() {
        lanes.partitions(Lanes.DEFERRED_RECORDS_MAX / 3);
        publish(P0, 0, 4 + 3, PRO);

        assertThat(take(record(P0, 7, PRO, 1))).isFalse();
        assertThat(take(record(P1, 0, PRO, 1))).isTrue();
        assertThat(take(record(P0, 7, "proof", 1))).isTrue();
    }

    private void start() {
        reader.start(() -> log);
    }

    private void publish(TopicPartition partition, long from, int count, @Nullable String model) {
        for (long offset = from; offset < from + count; offset++) {
            ConsumerRecord<byte[], byte[]> record = record(partition, offset, model, offset);
            log.append(record);
            assertThat(take(record)).isTrue();
        }
    }

    private boolean take(ConsumerRecord<byte[], byte[]> record) {
        var partition = new TopicPartition(record.topic(), record.partition());
        return settler.accept(partition, record.offset()) instanceof Acceptance.Accepted(var assignment)
                && lanes.take(Deliveries.of(record, assignment));
    }

    private static ConsumerRecord<byte[], byte[]> record(
            TopicPartition partition, long offset, @Nullable String model, long published) {
        String json = "{'tenant':'acme','idempotencyKey':'%s-%d','prompt':'A vase'%s}"
                .formatted(partition.partition(), offset, model == null ? "" : ",'model':'" + model + "'")
                .replace('\'', '"');
        byte[] value = json.getBytes(StandardCharsets.UTF_8);
        return new ConsumerRecord<>(
                partition.topic(),
                partition.partition(),
                offset,
                NOW.minus(Duration.ofHours(1)).toEpochMilli() + published,
                TimestampType.CREATE_TIME,
                0,
                value.length,
                null,
                value,
                new RecordHeaders(),
                Optional.empty());
    }

    private List<String> emitted() {
        return messages.stream()
                .map(message -> message.getPayload().delivery())
                .map(delivery -> delivery.partition().partition() + "/" + delivery.offset())
                .toList();
    }

    private void acknowledgeAll(JobResult result) {
        List<Message<IncomingJob>> all = List.copyOf(messages);
        all.subList(acknowledged, all.size()).forEach(message -> message.ack(Metadata.of(result)));
        acknowledged = all.size();
    }
}
