package dev.renderfleet.contracts.signal;

/**
 * A message to all processes of a fleet. Holds and cancels are advice: a lost one costs a refused call, or one that is not wanted any more,
 * never a job.
 */
public sealed interface Signal permits Hold, ProviderHold, FleetSetup, Cancel {

    /** The signal's name on the wire, such as {@code hold}. */
    default String name() {
        return switch (this) {
            case Hold _ -> "hold";
            case ProviderHold _ -> "provider-hold";
            case FleetSetup _ -> "fleet";
            case Cancel _ -> "cancel";
        };
    }

    /** The subject. Also the Kafka record key, so that signals about one subject stay in order. */
    String key();
}
