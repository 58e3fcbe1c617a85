package dev.renderfleet.contracts.job;

/** What a reference picture is for. On the wire in lower case. */
public enum ReferenceRole implements WireNamed {
    PRODUCT,
    STYLE,
    CHARACTER,
    BACKGROUND,
    MASK
}
