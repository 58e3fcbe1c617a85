package dev.renderfleet.contracts.job;

/** How much a model may think before it renders. On the wire in lower case. */
public enum ThinkingLevel implements WireNamed {
    MINIMAL,
    MEDIUM,
    HIGH
}
