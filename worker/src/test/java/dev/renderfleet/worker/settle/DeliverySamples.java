package dev.renderfleet.worker.settle;

import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.worker.settle.Delivery.Assignment;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** Deliveries for tests of what is done with one. */
public final class DeliverySamples {

    private DeliverySamples() {}

    /** The record at {@code render.jobs/0/7} with that value, without key and headers. */
    public static Delivery of(byte @Nullable [] value) {
        return of(new ConsumerRecord<>(Topics.JOBS, 0, 7, null, value));
    }

    static Delivery of(ConsumerRecord<byte[], byte[]> record) {
        var assignment = new Assignment(new PartitionProgress(Checkpoints.of(List.of(), 0)));
        return new Delivery(record, Map.of(), assignment);
    }
}
