package dev.renderfleet.contracts.job;

/** Which web searches the model may use; each search may cost extra. */
public record Grounding(boolean webSearch, boolean imageSearch) {}
