package dev.renderfleet.contracts.signal;

import dev.renderfleet.contracts.event.FailureCode;
import java.time.Instant;

/**
 * A provider refuses calls of a model. No worker may call it before {@code until}.
 *
 * @param provider the provider's name, as in the catalogue of models
 * @param model the model's id in the catalogue, not an alias
 * @param until end of the hold by the sender's clock; the reader limits how far ahead it may be
 * @param reason the refusal's code; {@link FailureCode#UNRECOGNISED} for a code of a later version
 * @param origin the sending process, unique among running processes; readers ignore their own signals
 */
public record Hold(String provider, String model, Instant until, FailureCode reason, String origin) implements Signal {

    @Override
    public String key() {
        return provider + "/" + model;
    }
}
