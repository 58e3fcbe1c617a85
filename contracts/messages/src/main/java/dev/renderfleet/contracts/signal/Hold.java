package dev.renderfleet.contracts.signal;

import dev.renderfleet.contracts.event.FailureCode;
import java.time.Instant;

/**
 * A provider refuses calls of a model: nobody shall call it before {@code until}.
 *
 * @param provider the provider's name, as in the catalogue of models
 * @param model the model's id in the catalogue, not an alias
 * @param until end of the hold by the sender's clock; how far ahead it may be is for the reader to bound
 * @param reason why; {@link FailureCode#UNRECOGNISED} where the sender is younger than the reader
 * @param origin who found out, unique among the parts that run; readers ignore what they sent themselves
 */
public record Hold(String provider, String model, Instant until, FailureCode reason, String origin) implements Signal {

    @Override
    public String key() {
        return provider + "/" + model;
    }
}
