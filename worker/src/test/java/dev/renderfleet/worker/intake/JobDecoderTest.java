package dev.renderfleet.worker.intake;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.worker.settle.Delivery;
import dev.renderfleet.worker.settle.DeliverySamples;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A fault of the codec is one record's, not the process's. */
class JobDecoderTest {

    private static final Delivery JOB = DeliverySamples.of(
            "{\"tenant\":\"t\",\"idempotencyKey\":\"k\",\"prompt\":\"A red vase\",\"model\":\"nano-banana\"}"
                    .getBytes(UTF_8));

    private final AtomicInteger tries = new AtomicInteger();

    @Test
    void aRecordThatIsDecodedAtTheSecondTryIsAJob() {
        assertThat(failing(1, new IllegalStateException("a bug")).decode(JOB)).isInstanceOf(DecodedJob.Accepted.class);
    }

    @Test
    void aRecordThatCannotBeDecodedTwiceIsRefusedAsInternalAndNamesItsJob() {
        assertThat(failing(2, new IllegalStateException("a bug")).decode(JOB))
                .isInstanceOfSatisfying(DecodedJob.Refused.class, refused -> {
                    assertThat(refused.code()).isEqualTo(FailureCode.INTERNAL);
                    assertThat(refused.message()).contains("reference");
                    assertThat(refused.job()).extracting(JobRef::idempotencyKey).isEqualTo("k");
                });
        assertThat(tries).hasValue(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "garbage"})
    void aRecordWithoutAJobIsRefusedToo(String value) {
        Delivery delivery = DeliverySamples.of(value.isEmpty() ? null : value.getBytes(UTF_8));

        assertThat(failing(2, new StackOverflowError()).decode(delivery))
                .isInstanceOfSatisfying(
                        DecodedJob.Refused.class,
                        refused -> assertThat(refused.job()).isNull());
    }

    private JobDecoder failing(int times, Throwable bug) {
        return new JobDecoder(delivery -> {
            if (tries.incrementAndGet() <= times) {
                switch (bug) {
                    case RuntimeException e -> throw e;
                    case Error e -> throw e;
                    default -> throw new AssertionError(bug);
                }
            }
            return new JobCodec().decode(delivery.record().value(), delivery.headers());
        });
    }
}
