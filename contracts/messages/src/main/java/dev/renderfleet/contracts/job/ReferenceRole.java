package dev.renderfleet.contracts.job;

/** Purpose of a reference image. On the wire in lower case. */
public enum ReferenceRole implements WireNamed {
    PRODUCT,
    STYLE,
    CHARACTER,
    BACKGROUND,
    MASK
}
