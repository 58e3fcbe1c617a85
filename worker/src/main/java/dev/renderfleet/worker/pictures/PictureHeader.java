package dev.renderfleet.worker.pictures;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/**
 * Format and size of a PNG, JPEG or WebP file, read without decoding pixels, since a file of a few bytes can claim gigapixels.
 */
public sealed interface PictureHeader {

    /** Above the largest picture of any provider (4K at 1:8 is 1,536 × 12,288). */
    int EDGE_MAX = 16_384;

    /** Above the largest picture of any provider (4K at 1:1 has 16.8 million). */
    long PIXELS_MAX = 40_000_000;

    /**
     * The header of a picture.
     *
     * @param mime as detected
     */
    record Known(String mime, int width, int height) implements PictureHeader {

        /** Whether the picture is within the bounds for decoding. */
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

    /** Reads a file's header. Throws {@link UncheckedIOException} if the file cannot be read. */
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
