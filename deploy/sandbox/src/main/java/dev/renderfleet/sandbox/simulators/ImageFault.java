package dev.renderfleet.sandbox.simulators;

/** Something is wrong with the picture's bytes. */
public enum ImageFault {
    WRONG_MIME,
    CORRUPT_PNG,
    WRONG_SIZE,
    BLANK,
    NOISE,
    TRUNCATED_FILE,
    TRUNCATED_BASE64,
    /** Sound pictures in other spellings of base64. */
    URL_SAFE_BASE64,
    UNPADDED_BASE64,
    DATA_URL
}
