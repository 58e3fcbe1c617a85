package dev.renderfleet.worker.settle;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.Topics;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Encodes events. An event that cannot be encoded, which is a fault of the worker, is tried twice; then a dead letter and a
 * {@code failed} event with its attempts and cost take its place. Never throws for such a fault. Safe for use by many threads.
 */
final class OutcomeRecords {

    private static final Logger LOG = Logger.getLogger(OutcomeRecords.class);

    private final Function<RenderEvent, byte[]> codec;
    private final InstantSource clock;
    private final String source;

    /** @param source CloudEvents source of this worker, a URI reference */
    OutcomeRecords(Function<RenderEvent, byte[]> codec, InstantSource clock, String source) {
        this.codec = codec;
        this.clock = clock;
        this.source = source;
    }

    /**
     * What is published for a record.
     *
     * @param event the event among the records, if one could be encoded
     */
    record Encoded(
            List<ProducerRecord<byte[], byte[]>> records,
            @Nullable RenderEvent event) {}

    /**
     * Encodes the outcome of a record.
     *
     * @param cause the record that led to the outcome, as {@code topic/partition/offset}
     */
    Encoded of(Delivery delivery, RenderEvent event, String cause) {
        return encoded(delivery, event, cause)
                .or(() -> encoded(delivery, event, cause))
                .map(record -> new Encoded(List.of(record), event))
                .orElseGet(() -> inPlaceOf(delivery, event, cause));
    }

    /** The first of these that can be encoded, beside a dead letter: with its attempts, without them, none. */
    private Encoded inPlaceOf(Delivery delivery, RenderEvent event, String cause) {
        String reference = UUID.randomUUID().toString();
        LOG.errorf("outcome not encoded, record=%s reference=%s", delivery.coordinates(), reference);
        String message =
                "a fault of the worker: the outcome could not be encoded; its log has the reference " + reference;
        var refused = new DecodedJob.Refused(FailureCode.INTERNAL, null, message, event.job());
        var letter = DeadLetterRecords.of(delivery.record(), refused);
        for (RenderEvent failed : List.of(failed(event, attempts(event), message), failed(event, List.of(), message))) {
            Optional<ProducerRecord<byte[], byte[]>> record = encoded(delivery, failed, cause);
            if (record.isPresent()) {
                return new Encoded(List.of(letter, record.get()), failed);
            }
        }
        return new Encoded(List.of(letter), null);
    }

    private Optional<ProducerRecord<byte[], byte[]>> encoded(Delivery delivery, RenderEvent event, String cause) {
        try {
            Map<String, String> headers = CloudEvents.ofEvent(
                    event, cause, source, clock.instant(), CloudEvents.traceparent(delivery.headers()));
            JobRef job = event.job();
            var record = new ProducerRecord<>(Topics.EVENTS, job.jobId().getBytes(UTF_8), codec.apply(event));
            headers.forEach((name, text) -> record.headers().add(name, text.getBytes(UTF_8)));
            return Optional.of(record);
        } catch (RuntimeException | StackOverflowError bug) {
            LOG.errorf(bug, "event not encoded, record=%s", delivery.coordinates());
            return Optional.empty();
        }
    }

    private static RenderFailed failed(RenderEvent event, List<Attempt> attempts, String message) {
        Usage usage = switch (event) {
            case RenderCompleted completed -> completed.usage();
            case RenderFailed failed -> failed.usage();
            case RenderRejected _, RenderCanceled _ -> Usage.NONE;
        };
        Cost cost = switch (event) {
            case RenderCompleted completed -> completed.cost();
            case RenderFailed failed -> failed.cost();
            case RenderCanceled canceled -> canceled.cost();
            case RenderRejected _ -> Cost.NONE;
        };
        return new RenderFailed(
                event.job(), event.replay(), FailureCode.INTERNAL, true, message, null, attempts, usage, cost);
    }

    private static List<Attempt> attempts(RenderEvent event) {
        return switch (event) {
            case RenderCompleted completed -> completed.attempts();
            case RenderFailed failed -> failed.attempts();
            case RenderCanceled canceled -> canceled.calls();
            case RenderRejected _ -> List.of();
        };
    }
}
