package dev.renderfleet.contracts.job;

/** How long a model may think before it draws. On the wire in lower case. */
public enum ThinkingLevel implements WireNamed {
    MINIMAL,
    MEDIUM,
    HIGH
}
