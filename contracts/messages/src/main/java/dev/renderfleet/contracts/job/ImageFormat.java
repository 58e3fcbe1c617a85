package dev.renderfleet.contracts.job;

/** A picture's file format. On the wire in lower case. */
public enum ImageFormat implements WireNamed {
    PNG,
    JPEG,
    WEBP
}
