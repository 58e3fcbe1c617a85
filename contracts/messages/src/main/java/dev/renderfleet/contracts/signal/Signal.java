package dev.renderfleet.contracts.signal;

/**
 * Something that all parts of a fleet shall know at once. A signal is advice that is soon outdated: losing one costs a call that is
 * refused, never a job.
 */
public sealed interface Signal permits Hold {

    /** The signal's name on the wire, such as {@code hold}. */
    default String name() {
        return switch (this) {
            case Hold _ -> "hold";
        };
    }

    /** What it is about; the Kafka record key, so that signals about one thing stay in order. */
    String key();
}
