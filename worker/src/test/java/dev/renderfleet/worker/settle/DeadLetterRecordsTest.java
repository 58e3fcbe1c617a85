package dev.renderfleet.worker.settle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.wire.DeadLetters;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.Topics;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DeadLetterRecordsTest {

    private static final byte[] KEY = {0, (byte) 0xff, 1};
    private static final byte[] BINARY = {(byte) 0xc3, 0x28, 0, (byte) 0xfe};
    private static final DecodedJob.Refused REFUSED =
            new DecodedJob.Refused(FailureCode.MALFORMED, "prompt", "send a prompt", null);

    @Test
    void keyHeadersAndValueAreTheOriginalOnesByteForByte() {
        Header[] headers = {
            new RecordHeader("twice", BINARY),
            new RecordHeader("null", null),
            new RecordHeader("twice", "second".getBytes(UTF_8)),
            new RecordHeader(DeadLetters.CODE, "of a letter that was published again".getBytes(UTF_8)),
            new RecordHeader("large", new byte[100_000])
        };

        var letter = DeadLetterRecords.of(record(KEY, BINARY, headers), REFUSED);

        assertThat(letter.topic()).isEqualTo(Topics.JOBS_DLQ);
        assertThat(letter.key()).isEqualTo(KEY);
        assertThat(letter.value()).isEqualTo(BINARY);
        assertThat(letter.headers().toArray()).startsWith(headers);
        assertThat(letter.headers().lastHeader(DeadLetters.CODE).value()).isEqualTo("malformed".getBytes(UTF_8));
        assertThat(letter.headers().lastHeader(DeadLetters.OFFSET).value()).isEqualTo("7".getBytes(UTF_8));
    }

    @Test
    void aTombstoneStaysOne() {
        var letter = DeadLetterRecords.of(record(null, null), REFUSED);

        assertThat(letter.value()).isNull();
        assertThat(letter.key()).isNull();
        assertThat(letter.headers().lastHeader(DeadLetters.ORIGINAL_BYTES)).isNull();
    }

    @Test
    void aLongValueIsCutAndItsSizeNamed() {
        byte[] value = new byte[DeadLetters.VALUE_BYTES_MAX + 1];
        Arrays.fill(value, (byte) 'x');

        var letter = DeadLetterRecords.of(record(KEY, value), REFUSED);

        assertThat(letter.value()).isEqualTo(Arrays.copyOf(value, DeadLetters.VALUE_BYTES_MAX));
        assertThat(letter.headers().lastHeader(DeadLetters.ORIGINAL_BYTES).value())
                .isEqualTo("524289".getBytes(UTF_8));
    }

    private static ConsumerRecord<byte[], byte[]> record(
            byte @Nullable [] key, byte @Nullable [] value, Header... headers) {
        return new ConsumerRecord<>(
                Topics.JOBS,
                0,
                7,
                0,
                TimestampType.CREATE_TIME,
                key == null ? -1 : key.length,
                value == null ? -1 : value.length,
                key,
                value,
                new RecordHeaders(List.of(headers)),
                Optional.empty());
    }
}
