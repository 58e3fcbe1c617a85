package dev.renderfleet.sandbox.simulators;

/**
 * A call that its model accepted, as far as rules, ledger and latency are concerned.
 *
 * @param model the provider's id
 * @param prompt all texts of the call, as they are billed
 * @param digest of model and request, so that the same request always gets the same behaviours and latency
 */
public record SimulatedCall(String model, String prompt, String digest) {}
