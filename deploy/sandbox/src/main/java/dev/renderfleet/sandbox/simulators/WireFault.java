package dev.renderfleet.sandbox.simulators;

/** Something is odd about how the answer comes over the wire. */
public enum WireFault {
    HANG,
    RESET,
    RESET_MID_BODY,
    CLOSE_MID_BODY,
    /** The last hundred bytes are missing: all pictures have arrived, the usage has not. */
    CLOSE_NEAR_END,
    /** A gateway gives up while the model draws. */
    GATEWAY_524,
    DRIP,
    CHUNKED,
    GZIP,
    /** Sound JSON under another content type. */
    PLAIN_TEXT,
    OCTET_STREAM,
    /** Explicit nulls in place of absent fields. */
    NULLS,
    SNAKE_CASE,
    /** Values of another type in fields that a picture does not need. */
    WRONG_TYPES,
    NO_USAGE,
    HTML,
    EMPTY,
    UNKNOWN_FIELDS,
    LARGE_HEADERS
}
