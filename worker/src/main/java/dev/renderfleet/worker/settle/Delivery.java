package dev.renderfleet.worker.settle;

import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * One record of {@code render.jobs} in this worker's hands.
 *
 * @param headers the record's headers as UTF-8 text; of equal names the last
 * @param timestamp the record's own
 * @param acknowledge lets its offset be committed; called once, after its outcome is announced
 */
public record Delivery(
        Bytes value,
        Map<String, String> headers,
        String topic,
        int partition,
        long offset,
        Instant timestamp,
        Supplier<CompletionStage<Void>> acknowledge) {

    public Delivery {
        headers = Map.copyOf(headers);
    }

    /** A record's key or value, handed from Kafka to the decoder. */
    @SuppressWarnings("ArrayRecordComponent") // Passed on once, never compared.
    public record Bytes(byte[] array) {}

    /** Where it stands, as {@code topic/partition/offset}. */
    public String coordinates() {
        return topic + "/" + partition + "/" + offset;
    }
}
