package dev.renderfleet.contracts.signal;

import dev.renderfleet.contracts.event.FailureCode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A provider refuses every call of an account: its key or its payment. No worker with that account may call the provider before
 * {@code until}. The last one of an account is kept by compaction, so that a worker that starts later begins with one call.
 *
 * @param provider the provider's name, as in the catalogue of models
 * @param account distinguishes accounts without naming them: 8 hex digits of a digest of the API key
 * @param until end of the hold by the sender's clock; the reader limits how far ahead it may be. In the past and without
 *     {@code refusedSince}: a call was accepted again
 * @param reason the refusal's code; {@link FailureCode#UNRECOGNISED} for a code of a later version
 * @param refusedSince since when the account has been refused; null from older senders, and once it is accepted again
 * @param origin the sending process, unique among running processes; readers ignore their own signals
 */
public record ProviderHold(
        String provider,
        String account,
        Instant until,
        FailureCode reason,
        @Nullable Instant refusedSince,
        String origin)
        implements Signal {

    @Override
    public String key() {
        return provider + "@" + account;
    }
}
