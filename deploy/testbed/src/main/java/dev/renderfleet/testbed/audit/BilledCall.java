package dev.renderfleet.testbed.audit;

import java.time.Instant;

/**
 * A call on a provider's bill.
 *
 * @param model its id in the catalogue
 * @param usdMicros 0 on a server of one's own
 * @param continued whether earlier turns came with it
 */
public record BilledCall(String model, Instant at, long usdMicros, boolean continued) {}
