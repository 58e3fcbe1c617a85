package dev.renderfleet.worker.settle;

import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.EventCodec;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jboss.logging.Logger;

/**
 * Publishes the outcome of a record and settles the record in the same transaction, so that both become visible exactly once. Blocks
 * the job's thread until then, or until the outcome is set aside because it cannot be written. Publishes nothing if the record's partition was reassigned: its new owner finds the outcome in the
 * ledger. Safe for use by many threads.
 */
public final class Settlement {

    private static final Logger LOG = Logger.getLogger(Settlement.class);

    private final Settler settler;
    private final OutcomeRecords records;
    private final OutcomeListener listener;

    /**
     * @param source CloudEvents source of this worker, a URI reference
     */
    public Settlement(Settler settler, EventCodec codec, OutcomeListener listener, InstantSource clock, String source) {
        this(settler, new OutcomeRecords(codec::encode, clock, source), listener);
    }

    Settlement(Settler settler, OutcomeRecords records, OutcomeListener listener) {
        this.settler = settler;
        this.records = records;
        this.listener = listener;
    }

    /**
     * Publishes the outcome and settles the record.
     *
     * @param record the record that led to the outcome, as {@code topic/partition/offset}
     */
    public void publish(Delivery delivery, RenderEvent event, String record) {
        settle(delivery, event, record, List.of());
    }

    /** Sends an invalid record to the dead letters, publishes a rejection if tenant and key are known, and settles the record. */
    public void reject(Delivery delivery, DecodedJob.Refused refused) {
        LOG.infof(
                "record rejected, record=%s code=%s field=%s reason=%s",
                delivery.coordinates(), refused.code().wireName(), refused.field(), refused.message());
        JobRef job = refused.job();
        if (job != null) {
            reject(
                    delivery,
                    refused,
                    new RenderRejected(job, false, refused.code(), refused.field(), refused.message()));
        } else {
            settle(
                    delivery,
                    List.of(DeadLetterRecords.of(delivery.record(), refused)),
                    () -> listener.unattributed(refused.code()));
        }
    }

    /** The same with another event than a rejection. */
    public void reject(Delivery delivery, DecodedJob.Refused refused, RenderEvent event) {
        settle(delivery, event, delivery.coordinates(), List.of(DeadLetterRecords.of(delivery.record(), refused)));
    }

    private void settle(
            Delivery delivery, RenderEvent event, String record, List<ProducerRecord<byte[], byte[]>> more) {
        OutcomeRecords.Encoded encoded = records.of(delivery, event, record);
        List<ProducerRecord<byte[], byte[]>> outcome = new ArrayList<>(more);
        outcome.addAll(encoded.records());
        RenderEvent published = encoded.event();
        settle(delivery, outcome, () -> {
            if (published == null) {
                listener.unattributed(FailureCode.INTERNAL);
            } else {
                listener.published(published);
            }
        });
    }

    /** Returns when the outcome is settled, left to another worker, or set aside; then it is settled later. */
    private void settle(Delivery delivery, List<ProducerRecord<byte[], byte[]>> outcome, Runnable onSettled) {
        String record = delivery.coordinates();
        FinishedRecord finished = settler.finish(delivery, outcome);
        finished.released().join();
        var _ = finished.settled().thenAccept(settled -> {
            if (settled) {
                onSettled.run();
            } else {
                LOG.infof("outcome left to the new owner of the partition, record=%s", record);
            }
        });
    }
}
