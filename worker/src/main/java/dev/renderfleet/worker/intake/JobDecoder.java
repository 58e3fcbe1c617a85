package dev.renderfleet.worker.intake;

import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.worker.settle.Delivery;
import java.util.UUID;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Decodes records. Never throws: a record that the codec fails on, which is a fault of the worker, is tried twice and then refused as
 * {@link FailureCode#INTERNAL}. Safe for use by many threads.
 */
final class JobDecoder {

    private static final Logger LOG = Logger.getLogger(JobDecoder.class);
    private static final JobCodec CODEC = new JobCodec();

    private final Function<Delivery, DecodedJob> codec;

    JobDecoder() {
        this(delivery -> CODEC.decode(delivery.record().value(), delivery.headers()));
    }

    JobDecoder(Function<Delivery, DecodedJob> codec) {
        this.codec = codec;
    }

    DecodedJob decode(Delivery delivery) {
        try {
            return codec.apply(delivery);
        } catch (RuntimeException | StackOverflowError first) {
            LOG.errorf(first, "record not decoded, second try, record=%s", delivery.coordinates());
            return again(delivery);
        }
    }

    private DecodedJob again(Delivery delivery) {
        try {
            return codec.apply(delivery);
        } catch (RuntimeException | StackOverflowError second) {
            String reference = UUID.randomUUID().toString();
            LOG.errorf(second, "record not decoded, record=%s reference=%s", delivery.coordinates(), reference);
            return new DecodedJob.Refused(
                    FailureCode.INTERNAL,
                    null,
                    "a fault of the worker: the record could not be decoded; its log has the reference " + reference,
                    owner(delivery));
        }
    }

    private static @Nullable JobRef owner(Delivery delivery) {
        try {
            return CODEC.owner(delivery.record().value(), delivery.headers());
        } catch (RuntimeException | StackOverflowError _) {
            return null;
        }
    }
}
