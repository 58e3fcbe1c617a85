package dev.renderfleet.worker.limits;

import dev.renderfleet.contracts.event.FailureCode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Snapshot of a provider's account, for metrics and health.
 *
 * @param refusedSince since when the provider refuses the account; null if it does not
 * @param recheckAt when the next canary may be called; null if now
 * @param reason of the refusal; null in normal operation
 */
public record ProviderState(
        String provider,
        @Nullable Instant refusedSince,
        @Nullable Instant recheckAt,
        @Nullable FailureCode reason) {}
