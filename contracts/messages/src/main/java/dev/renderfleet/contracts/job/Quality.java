package dev.renderfleet.contracts.job;

/** How much effort the model puts into an image; each level has its own price. On the wire in lower case. */
public enum Quality implements WireNamed {
    LOW,
    MEDIUM,
    HIGH
}
