package dev.renderfleet.sandbox.control;

import dev.renderfleet.sandbox.s3.FaultBook;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The parts beside the simulator that the control API can disturb.
 *
 * @param kafkaRestart asked at the time of use, as the broker may be up later than the control API
 * @param s3Faults empty in a sandbox without S3
 */
public record Neighbours(Supplier<Optional<Runnable>> kafkaRestart, Optional<FaultBook> s3Faults) {
    public static final Neighbours NONE = new Neighbours(Optional::empty, Optional.empty());
}
