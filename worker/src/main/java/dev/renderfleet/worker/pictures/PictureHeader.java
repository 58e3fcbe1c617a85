package dev.renderfleet.worker.pictures;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/**
 * What a file's first bytes say about the picture in it, without decoding a pixel: a file of a few bytes can claim
 * gigapixels. PNG, JPEG and WebP are known.
 */
public sealed interface PictureHeader {

    /** More than the largest picture of any provider (4K at 1:8 is 1,536 × 12,288), less than what hurts. */
    int EDGE_MAX = 16_384;

    /** As above; 4K at 1:1 is 16.8 million. */
    long PIXELS_MAX = 40_000_000;

    /**
     * The header of a picture.
     *
     * @param mime as the bytes say
     */
    record Known(String mime, int width, int height) implements PictureHeader {

        /** Whether it may be decoded at all. */
        public boolean decodable() {
            return width <= EDGE_MAX && height <= EDGE_MAX && pixels() <= PIXELS_MAX;
        }

        /** Width times height. */
        public long pixels() {
            return (long) width * height;
        }
    }

    /** Not a header of a known picture format. */
    record Unknown(String reason) implements PictureHeader {}

    /** Reads the header of that file. Fails only if the file cannot be read. */
    static PictureHeader read(Path file) {
        try {
            return switch (PictureScan.header(file)) {
                case PictureScan.Intact(Known header, boolean _) -> header;
                case PictureScan.Broken(boolean _, String reason) -> new Unknown(reason);
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
