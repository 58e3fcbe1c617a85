package dev.renderfleet.contracts.job;

/** File format of an image. On the wire in lower case. */
public enum ImageFormat implements WireNamed {
    PNG,
    JPEG,
    WEBP
}
