package dev.renderfleet.contracts.signal;

/**
 * A message to all processes of a fleet. Short-lived advice: a lost signal costs a refused call, never a job.
 */
public sealed interface Signal permits Hold {

    /** The signal's name on the wire, such as {@code hold}. */
    default String name() {
        return switch (this) {
            case Hold _ -> "hold";
        };
    }

    /** The subject. Also the Kafka record key, so that signals about one subject stay in order. */
    String key();
}
