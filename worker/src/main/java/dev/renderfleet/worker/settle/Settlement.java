package dev.renderfleet.worker.settle;

import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.DeadLetters;
import dev.renderfleet.contracts.wire.Decoded;
import dev.renderfleet.contracts.wire.EventCodec;
import dev.renderfleet.worker.render.Pause;
import io.smallrye.reactive.messaging.MutinyEmitter;
import io.smallrye.reactive.messaging.kafka.api.OutgoingKafkaRecordMetadata;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The one place where a job's outcome leaves the worker: announced first, its record acknowledged after. Blocks the job's thread
 * until Kafka has the event; while Kafka does not answer it keeps trying, so an outcome is announced at least once. The
 * acknowledged offset is committed with the next ones, up to the first gap. Safe for use by
 * many threads.
 */
public final class Settlement {

    private static final Logger LOG = Logger.getLogger(Settlement.class);
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final MutinyEmitter<byte[]> events;
    private final MutinyEmitter<byte[]> deadLetters;
    private final EventCodec codec;
    private final OutcomeWatch watch;
    private final InstantSource clock;
    private final Pause pause;
    private final String source;

    /**
     * @param source CloudEvents source of this worker, a URI reference
     */
    public Settlement(
            MutinyEmitter<byte[]> events,
            MutinyEmitter<byte[]> deadLetters,
            EventCodec codec,
            OutcomeWatch watch,
            InstantSource clock,
            Pause pause,
            String source) {
        this.events = events;
        this.deadLetters = deadLetters;
        this.codec = codec;
        this.watch = watch;
        this.clock = clock;
        this.pause = pause;
        this.source = source;
    }

    /** Publishes the outcome, then acknowledges the record. */
    public void announce(Delivery delivery, RenderEvent event) {
        publish(delivery, event);
        acknowledge(delivery);
    }

    /** Sends an unreadable record to the dead letters, tells a rejection where tenant and key are known, then acknowledges. */
    public void refuse(Delivery delivery, Decoded.Refused refused) {
        LOG.infof(
                "record %s refused: %s %s %s",
                delivery.coordinates(), refused.code().wireName(), refused.field(), refused.message());
        JobRef job = refused.job();
        Map<String, String> headers = new HashMap<>(delivery.headers());
        byte[] value = delivery.value().array();
        headers.putAll(
                DeadLetters.headers(refused, delivery.topic(), delivery.partition(), delivery.offset(), value.length));
        send(deadLetters, job == null ? null : job.jobId(), shortened(value), headers);
        if (job != null) {
            publish(delivery, new RenderRejected(job, false, refused.code(), refused.field(), refused.message()));
        } else {
            watch.unattributed(refused.code());
        }
        acknowledge(delivery);
    }

    private void publish(Delivery delivery, RenderEvent event) {
        Map<String, String> headers =
                CloudEvents.ofEvent(event, source, clock.instant(), CloudEvents.traceparent(delivery.headers()));
        send(events, event.job().jobId(), codec.encode(event), headers);
        watch.announced(event);
    }

    private void send(MutinyEmitter<byte[]> channel, @Nullable String key, byte[] value, Map<String, String> headers) {
        while (true) {
            try {
                channel.sendMessageAndAwait(message(key, value, headers));
                return;
            } catch (RuntimeException e) {
                LOG.warnf("Kafka does not take an outcome, trying again: %s", e.getMessage());
                if (!pause.pause(RETRY)) {
                    throw e;
                }
            }
        }
    }

    private static Message<byte[]> message(@Nullable String key, byte[] value, Map<String, String> headers) {
        var kafkaHeaders = new RecordHeaders();
        headers.forEach((name, text) -> kafkaHeaders.add(name, text.getBytes(StandardCharsets.UTF_8)));
        var metadata = OutgoingKafkaRecordMetadata.<byte[]>builder().withHeaders(kafkaHeaders);
        if (key != null) {
            metadata.withKey(key.getBytes(StandardCharsets.UTF_8));
        }
        return Message.of(value).addMetadata(metadata.build());
    }

    private static byte[] shortened(byte[] value) {
        return value.length <= DeadLetters.VALUE_BYTES_MAX ? value : Arrays.copyOf(value, DeadLetters.VALUE_BYTES_MAX);
    }

    private static void acknowledge(Delivery delivery) {
        delivery.acknowledge().get().toCompletableFuture().join();
    }
}
