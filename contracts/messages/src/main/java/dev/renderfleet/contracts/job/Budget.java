package dev.renderfleet.contracts.job;

/**
 * Upper bound of what the job may cost.
 *
 * @param maxUsdMicros in millionths of a US dollar, 0 or more; a job whose worst price is higher is rejected before anything is spent
 */
public record Budget(long maxUsdMicros) {}
