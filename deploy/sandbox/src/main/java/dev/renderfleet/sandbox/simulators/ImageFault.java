package dev.renderfleet.sandbox.simulators;

/** Something is wrong with the picture's bytes. */
public enum ImageFault {
    WRONG_MIME,
    CORRUPT_PNG,
    WRONG_SIZE,
    /** The next smaller size. */
    HALF_SIZE,
    BLANK,
    NOISE,
    TRUNCATED_FILE,
    TRUNCATED_BASE64,
    /** A sound picture in a size that older models draw for its ratio. */
    OLDER_SIZE,
    /** A sound JPEG that lies on its side, with an EXIF orientation that turns it. */
    EXIF_TURNED,
    /** A sound WebP of one colour with a broken colour profile. */
    JUNK_PROFILE,
    /** Sound pictures in other spellings of base64. */
    URL_SAFE_BASE64,
    UNPADDED_BASE64,
    DATA_URL
}
