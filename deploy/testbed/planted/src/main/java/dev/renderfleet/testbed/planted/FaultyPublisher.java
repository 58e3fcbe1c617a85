package dev.renderfleet.testbed.planted;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.wire.EventCodec;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.worker.settle.OutcomePublisher;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** Publishes other events than those it is given, or none, for some jobs. */
record FaultyPublisher(OutcomePublisher publisher, PlantedBug bug) implements OutcomePublisher {

    private static final EventCodec CODEC = new EventCodec();

    @Override
    public Result publish(
            List<ProducerRecord<byte[], byte[]>> outcomes,
            Map<TopicPartition, OffsetAndMetadata> after,
            ConsumerGroupMetadata member) {
        return publisher.publish(outcomes.stream().flatMap(this::faulty).toList(), after, member);
    }

    @Override
    public void close() {
        publisher.close();
    }

    private Stream<ProducerRecord<byte[], byte[]>> faulty(ProducerRecord<byte[], byte[]> record) {
        return record.topic().equals(Topics.EVENTS)
                ? events(CODEC.decode(record.value())).map(event -> with(event, record))
                : Stream.of(record);
    }

    private static ProducerRecord<byte[], byte[]> with(RenderEvent event, ProducerRecord<byte[], byte[]> record) {
        return new ProducerRecord<>(
                record.topic(), record.partition(), record.key(), CODEC.encode(event), record.headers());
    }

    private Stream<RenderEvent> events(RenderEvent event) {
        String job = event.job().jobId();
        if (bug.hits(PlantedBug.LOSE_OUTCOME, job)) {
            return Stream.empty();
        }
        if (bug.hits(PlantedBug.ANNOUNCE_TWICE, job)) {
            return Stream.of(event, event);
        }
        if (event instanceof RenderCompleted done && bug.hits(PlantedBug.CONFLICTING_OUTCOME, job)) {
            return Stream.of(
                    event,
                    new RenderFailed(
                            done.job(),
                            false,
                            FailureCode.INTERNAL,
                            true,
                            "planted",
                            null,
                            done.attempts(),
                            done.usage(),
                            done.cost()));
        }
        return Stream.of(bug == PlantedBug.HIDE_ATTEMPT ? withoutUnknowns(event) : event);
    }

    private static RenderEvent withoutUnknowns(RenderEvent event) {
        return switch (event) {
            case RenderCompleted e ->
                new RenderCompleted(
                        e.job(),
                        e.replay(),
                        e.images(),
                        e.model(),
                        known(e.attempts()),
                        e.usage(),
                        e.cost(),
                        e.latency(),
                        e.provenance());
            case RenderFailed e ->
                new RenderFailed(
                        e.job(),
                        e.replay(),
                        e.code(),
                        e.retryable(),
                        e.message(),
                        e.providerReason(),
                        known(e.attempts()),
                        e.usage(),
                        e.cost());
            case RenderRejected _, RenderCanceled _ -> event;
        };
    }

    private static List<Attempt> known(List<Attempt> attempts) {
        return attempts.stream()
                .filter(attempt -> !attempt.outcome().equals(FailureCode.UNKNOWN_OUTCOME.wireName()))
                .toList();
    }
}
