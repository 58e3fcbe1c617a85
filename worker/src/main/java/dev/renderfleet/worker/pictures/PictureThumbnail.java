package dev.renderfleet.worker.pictures;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** A picture in few pixels, for people to recognise it. */
public final class PictureThumbnail {

    private PictureThumbnail() {}

    /**
     * About 500 × 500 pixels of the picture; empty if it is none, broken or too large. Waits while others decode.
     * Fails only if the file cannot be read.
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
