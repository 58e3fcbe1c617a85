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
     * @param width as stored
     * @param height as stored
     * @param orientation by EXIF, 1 to 8; 1 also where the data were not read
     */
    record Known(String mime, int width, int height, int orientation) implements PictureHeader {

        /** A picture that is shown as stored. */
        public Known(String mime, int width, int height) {
            this(mime, width, height, ExifOrientation.NORMAL);
        }

        Known turnedTo(int exifOrientation) {
            return new Known(mime, width, height, exifOrientation);
        }

        /** Pixels across when shown. */
        public int shownWidth() {
            return ExifOrientation.isTurned(orientation) ? height : width;
        }

        /** Pixels down when shown. */
        public int shownHeight() {
            return ExifOrientation.isTurned(orientation) ? width : height;
        }

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
