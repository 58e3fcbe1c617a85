package dev.renderfleet.worker.settle;

import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.DeadLetters;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.EventCodec;
import dev.renderfleet.contracts.wire.Topics;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the outcome of a record and settles the record in the same transaction, so that both become visible exactly once. Blocks
 * the job's thread until then. Publishes nothing if the record's partition was reassigned: its new owner finds the outcome in the
 * ledger. Safe for use by many threads.
 */
public final class Settlement {

    private static final Logger LOG = Logger.getLogger(Settlement.class);

    private final Settler settler;
    private final EventCodec codec;
    private final OutcomeListener listener;
    private final InstantSource clock;
    private final String source;

    /**
     * @param source CloudEvents source of this worker, a URI reference
     */
    public Settlement(Settler settler, EventCodec codec, OutcomeListener listener, InstantSource clock, String source) {
        this.settler = settler;
        this.codec = codec;
        this.listener = listener;
        this.clock = clock;
        this.source = source;
    }

    /** Publishes the outcome and settles the record. */
    public void publish(Delivery delivery, RenderEvent event) {
        settle(delivery, event, List.of());
    }

    /** Sends an invalid record to the dead letters, publishes a rejection if tenant and key are known, and settles the record. */
    public void reject(Delivery delivery, DecodedJob.Refused refused) {
        LOG.infof(
                "record %s refused: %s %s %s",
                delivery.coordinates(), refused.code().wireName(), refused.field(), refused.message());
        JobRef job = refused.job();
        var letter = List.of(deadLetter(delivery, refused, job));
        if (job != null) {
            settle(
                    delivery,
                    new RenderRejected(job, false, refused.code(), refused.field(), refused.message()),
                    letter);
        } else if (settler.settle(delivery, letter)) {
            listener.unattributed(refused.code());
        }
    }

    private void settle(Delivery delivery, RenderEvent event, List<ProducerRecord<byte[], byte[]>> more) {
        List<ProducerRecord<byte[], byte[]>> outcome = new ArrayList<>(more);
        outcome.add(eventRecord(delivery, event));
        if (settler.settle(delivery, outcome)) {
            listener.published(event);
        } else {
            LOG.infof("outcome left to the new owner of the partition: record=%s", delivery.coordinates());
        }
    }

    private ProducerRecord<byte[], byte[]> eventRecord(Delivery delivery, RenderEvent event) {
        Map<String, String> headers =
                CloudEvents.ofEvent(event, source, clock.instant(), CloudEvents.traceparent(delivery.headers()));
        return record(Topics.EVENTS, event.job().jobId(), codec.encode(event), headers);
    }

    private static ProducerRecord<byte[], byte[]> deadLetter(
            Delivery delivery, DecodedJob.Refused refused, @Nullable JobRef job) {
        byte[] value = delivery.value().array();
        Map<String, String> headers = new HashMap<>(delivery.headers());
        headers.putAll(DeadLetters.headers(
                refused,
                delivery.partition().topic(),
                delivery.partition().partition(),
                delivery.offset(),
                value.length));
        return record(Topics.JOBS_DLQ, job == null ? null : job.jobId(), shortened(value), headers);
    }

    private static ProducerRecord<byte[], byte[]> record(
            String topic, @Nullable String key, byte[] value, Map<String, String> headers) {
        byte[] keyBytes = key == null ? null : key.getBytes(StandardCharsets.UTF_8);
        var record = new ProducerRecord<byte[], byte[]>(topic, keyBytes, value);
        headers.forEach((name, text) -> record.headers().add(name, text.getBytes(StandardCharsets.UTF_8)));
        return record;
    }

    private static byte[] shortened(byte[] value) {
        return value.length <= DeadLetters.VALUE_BYTES_MAX ? value : Arrays.copyOf(value, DeadLetters.VALUE_BYTES_MAX);
    }
}
