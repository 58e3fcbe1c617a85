package dev.renderfleet.contracts.job;

/**
 * Upper bound of what the job may cost.
 *
 * @param maxUsdMicros in millionths of a US dollar, 0 or more; a job whose worst-case price is higher is rejected before any call
 */
public record Budget(long maxUsdMicros) {}
