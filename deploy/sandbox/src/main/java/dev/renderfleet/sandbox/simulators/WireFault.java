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
    /** Sound JSON under another content type. */
    PLAIN_TEXT,
    OCTET_STREAM,
    /** Explicit nulls in place of absent fields. */
    NULLS,
    SNAKE_CASE,
    HTML,
    EMPTY,
    UNKNOWN_FIELDS,
    LARGE_HEADERS
}
