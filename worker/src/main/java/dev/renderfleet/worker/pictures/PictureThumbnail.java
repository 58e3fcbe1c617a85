package dev.renderfleet.worker.pictures;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Makes thumbnails of pictures. */
public final class PictureThumbnail {

    private PictureThumbnail() {}

    /**
     * A thumbnail of about 500 × 500 pixels; empty if the file is no picture, broken or too large. Waits for the pixel budget. Throws
     * {@link java.io.UncheckedIOException} if the file cannot be read.
     */
    public static Optional<BufferedImage> of(Path file) {
        return switch (PictureHeader.read(file)) {
            case PictureHeader.Known header when header.decodable() -> decode(file, header);
            case PictureHeader.Known _, PictureHeader.Unknown _ -> Optional.empty();
        };
    }

    private static Optional<BufferedImage> decode(Path file, PictureHeader.Known header) {
        try {
            return Optional.of(SampledPixels.decode(file, header));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
