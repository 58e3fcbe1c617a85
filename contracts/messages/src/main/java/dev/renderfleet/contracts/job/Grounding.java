package dev.renderfleet.contracts.job;

/** Which web sources the model may consult; each search may cost extra. */
public record Grounding(boolean webSearch, boolean imageSearch) {}
