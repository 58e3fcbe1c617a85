package dev.renderfleet.contracts.job;

/** What is behind the subject of an image. On the wire in lower case. */
public enum Background implements WireNamed {
    /** An alpha channel; not with JPEG, which has none. */
    TRANSPARENT,
    OPAQUE
}
