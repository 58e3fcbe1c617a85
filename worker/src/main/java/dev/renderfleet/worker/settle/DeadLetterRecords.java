package dev.renderfleet.worker.settle;

import dev.renderfleet.contracts.wire.DeadLetters;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.Topics;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;

/** Makes dead letters: key, headers and value of the record byte for byte, then the headers of {@link DeadLetters}. */
final class DeadLetterRecords {

    private static final int CUT = 4;

    private DeadLetterRecords() {}

    static ProducerRecord<byte[], byte[]> of(ConsumerRecord<byte[], byte[]> record, DecodedJob.Refused refused) {
        byte[] value = record.value();
        var letter = new ProducerRecord<>(Topics.JOBS_DLQ, null, record.key(), shortened(value), record.headers());
        DeadLetters.headers(
                        refused, record.topic(), record.partition(), record.offset(), value == null ? 0 : value.length)
                .forEach((name, text) -> letter.headers().add(name, text.getBytes(StandardCharsets.UTF_8)));
        return letter;
    }

    /**
     * A shorter form of a dead letter that its topic does not take: without key and original headers, or with a quarter of the value,
     * whichever is larger. Empty if the record is none, or as short as can be.
     */
    static Optional<ProducerRecord<byte[], byte[]>> shorter(ProducerRecord<byte[], byte[]> letter) {
        if (!letter.topic().equals(Topics.JOBS_DLQ)) {
            return Optional.empty();
        }
        int valueBytes = letter.value() == null ? 0 : letter.value().length;
        List<Header> own = own(letter);
        int dropped = letter.headers().toArray().length - own.size();
        boolean hasMore = dropped > 0 || letter.key() != null;
        if (hasMore && FinishedRecord.bytes(letter) > 2L * valueBytes) {
            var shorter = new ProducerRecord<byte[], byte[]>(letter.topic(), null, null, letter.value(), own);
            return Optional.of(with(shorter, DeadLetters.HEADERS_DROPPED, dropped));
        }
        if (valueBytes == 0) {
            return Optional.empty();
        }
        byte[] value = Arrays.copyOf(letter.value(), valueBytes / CUT);
        var shorter = new ProducerRecord<>(letter.topic(), null, letter.key(), value, letter.headers());
        return Optional.of(with(shorter, DeadLetters.ORIGINAL_BYTES, valueBytes));
    }

    /** The last header of each name that a dead letter has. */
    private static List<Header> own(ProducerRecord<byte[], byte[]> letter) {
        return DeadLetters.NAMES.stream()
                .map(letter.headers()::lastHeader)
                .filter(Objects::nonNull)
                .toList();
    }

    private static ProducerRecord<byte[], byte[]> with(ProducerRecord<byte[], byte[]> letter, String name, int number) {
        if (own(letter).stream().noneMatch(header -> header.key().equals(name))) {
            letter.headers().add(name, Integer.toString(number).getBytes(StandardCharsets.UTF_8));
        }
        return letter;
    }

    /** A tombstone stays one. */
    private static byte[] shortened(byte[] value) {
        return value == null || value.length <= DeadLetters.VALUE_BYTES_MAX
                ? value
                : Arrays.copyOf(value, DeadLetters.VALUE_BYTES_MAX);
    }
}
