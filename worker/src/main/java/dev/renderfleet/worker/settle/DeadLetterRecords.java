package dev.renderfleet.worker.settle;

import dev.renderfleet.contracts.wire.DeadLetters;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.Topics;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Makes dead letters: key, headers and value of the record byte for byte, then the headers of {@link DeadLetters}. */
final class DeadLetterRecords {

    private DeadLetterRecords() {}

    static ProducerRecord<byte[], byte[]> of(ConsumerRecord<byte[], byte[]> record, DecodedJob.Refused refused) {
        byte[] value = record.value();
        var letter = new ProducerRecord<>(Topics.JOBS_DLQ, null, record.key(), shortened(value), record.headers());
        DeadLetters.headers(
                        refused, record.topic(), record.partition(), record.offset(), value == null ? 0 : value.length)
                .forEach((name, text) -> letter.headers().add(name, text.getBytes(StandardCharsets.UTF_8)));
        return letter;
    }

    /** A tombstone stays one. */
    private static byte[] shortened(byte[] value) {
        return value == null || value.length <= DeadLetters.VALUE_BYTES_MAX
                ? value
                : Arrays.copyOf(value, DeadLetters.VALUE_BYTES_MAX);
    }
}
