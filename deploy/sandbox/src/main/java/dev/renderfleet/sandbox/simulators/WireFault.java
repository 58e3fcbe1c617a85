package dev.renderfleet.sandbox.simulators;

/** Something is odd about how the answer comes over the wire. */
public enum WireFault {
    HANG,
    RESET,
    RESET_MID_BODY,
    CLOSE_MID_BODY,
    DRIP,
    CHUNKED,
    GZIP,
    HTML,
    EMPTY,
    UNKNOWN_FIELDS,
    LARGE_HEADERS
}
