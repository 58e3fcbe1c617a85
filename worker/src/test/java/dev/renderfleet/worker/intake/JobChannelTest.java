package dev.renderfleet.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.wire.ConsumerGroups;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.worker.intake.Window.Reservation;
import dev.renderfleet.worker.job.JobResult;
import dev.renderfleet.worker.settle.Acceptance;
import dev.renderfleet.worker.settle.OutcomePublisher.Result;
import dev.renderfleet.worker.settle.QuietSettler;
import dev.renderfleet.worker.settle.Settler;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.Metadata;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What acknowledging a message of the channel does to its record. */
@Timeout(60)
class JobChannelTest {

    private static final TopicPartition PARTITION = new TopicPartition(Topics.JOBS, 0);
    private static final byte[] VALUE = "{}".getBytes(StandardCharsets.UTF_8);
    private static final Reservation ROOM = new Reservation("a-model", VALUE.length);
    private static final RenderEvent EVENT = new RenderCanceled(
            new JobRef("0".repeat(40), "acme", "k", "f".repeat(64), null, Map.of()), false, "m", new Cost(0, "v"));

    private final List<String> published = new CopyOnWriteArrayList<>();
    private final List<Long> committed = new CopyOnWriteArrayList<>();
    private final List<String> happened = new CopyOnWriteArrayList<>();
    private final Settler settler = QuietSettler.make((outcomes, after, _) -> {
        outcomes.forEach(outcome -> published.add(outcome.topic()));
        after.values().forEach(offset -> committed.add(offset.offset()));
        return new Result.Published();
    });
    private final List<Message<IncomingJob>> messages = new ArrayList<>();
    private final JobChannel channel = new JobChannel(
            QuietSettler.settlement(settler, InstantSource.system()), 4, 100, () -> happened.add("gave up"));

    @BeforeEach
    void consumed() {
        settler.member(new ConsumerGroupMetadata(ConsumerGroups.WORKERS));
        settler.assigned(List.of(PARTITION));
        settler.start();
        channel.messages().subscribe().with(messages::add);
        emit(0);
    }

    @AfterEach
    void ends() {
        settler.close();
    }

    private void emit(long offset) {
        emit(offset, VALUE);
    }

    private void emit(long offset, byte @Nullable [] value) {
        assertThat(channel.window().tryReserve(ROOM)).isTrue();
        var record = new ConsumerRecord<byte[], byte[]>(Topics.JOBS, 0, offset, null, value);
        if (settler.accept(PARTITION, offset) instanceof Acceptance.Accepted(var assignment)) {
            channel.emit(
                    new IncomingJob(Deliveries.of(record, assignment), new JobCodec().decode(VALUE, Map.of()), ROOM));
        }
    }

    @Test
    void aMessageThatIsAcknowledgedWithItsOutcomeIsSettled() {
        messages.getFirst().ack(Metadata.of(new JobResult.Outcome(EVENT, "render.jobs/0/0")));

        assertThat(published).containsExactly(Topics.EVENTS);
        assertThat(committed).containsExactly(1L);
        assertThat(channel.held()).isZero();
    }

    @Test
    void messagesAreAcknowledgedInAnyOrder() throws InterruptedException {
        emit(1);
        assertThat(channel.window().tryReserve(ROOM))
                .as("half of the window is full")
                .isFalse();

        messages.getLast().ack(Metadata.of(new JobResult.Outcome(EVENT, "render.jobs/0/0")));
        assertThat(channel.held()).isOne();
        assertThat(channel.awaitEmpty(Duration.ZERO)).isFalse();

        messages.getFirst().ack(Metadata.of(new JobResult.Outcome(EVENT, "render.jobs/0/0")));
        assertThat(channel.awaitEmpty(Duration.ZERO)).isTrue();
        assertThat(committed.getLast()).isEqualTo(2);
    }

    @Test
    void anInvalidRecordGoesToTheDeadLetters() {
        var decoded = new JobCodec().decode(VALUE, Map.of());
        assertThat(decoded).isInstanceOf(DecodedJob.Refused.class);

        messages.getFirst().ack(Metadata.of(decoded));

        assertThat(published).containsExactly(Topics.JOBS_DLQ);
        assertThat(committed).containsExactly(1L);
    }

    @Test
    void aTombstoneGoesToTheDeadLetters() {
        messages.clear();
        emit(1, null);

        messages.getFirst().ack(Metadata.of(new JobCodec().decode(null, Map.of())));

        assertThat(published).containsExactly(Topics.JOBS_DLQ);
    }

    @Test
    void aReleasedRecordIsLeftToItsNextOwner() {
        messages.getFirst().ack(Metadata.of(new JobResult.Released()));

        assertThat(published).isEmpty();
        assertThat(committed).isEmpty();
        assertThat(channel.held()).isZero();
    }

    @Test
    void aRecordThatCannotBeProcessedEndsTheWorkerAndIsNotSettled() {
        messages.getFirst().nack(new IllegalStateException("unexpected"));

        assertThat(happened).containsExactly("gave up");
        assertThat(committed).isEmpty();
    }

    @Test
    void anAcknowledgementWithoutResultIsRefused() {
        assertThatThrownBy(() -> messages.getFirst().ack()).isInstanceOf(IllegalArgumentException.class);
        assertThat(committed).isEmpty();
    }
}
