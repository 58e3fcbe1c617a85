package dev.renderfleet.sandbox.control;

import dev.renderfleet.sandbox.s3.ActiveS3Faults;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The parts beside the simulators that the control API can disturb.
 *
 * @param kafkaRestart asked at the time of use, as the broker may be up later than the control API
 * @param s3Faults empty in a sandbox without S3
 */
public record SandboxParts(Supplier<Optional<Runnable>> kafkaRestart, Optional<ActiveS3Faults> s3Faults) {
    public static final SandboxParts NONE = new SandboxParts(Optional::empty, Optional.empty());
}
