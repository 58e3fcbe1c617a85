package dev.renderfleet.worker.pictures;

import java.awt.Graphics2D;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;

/** Makes thumbnails of pictures. */
public final class PictureThumbnail {

    private PictureThumbnail() {}

    /**
     * A thumbnail of about 500 × 500 pixels, turned as its EXIF orientation says; empty if the file is no picture, broken or too large.
     * Waits for the pixel budget. Throws {@link UncheckedIOException} if the file cannot be read.
     */
    public static Optional<BufferedImage> of(Path file) {
        return ProcessorPool.run(() -> {
            try {
                return switch (PictureScan.whole(file)) {
                    case PictureScan.Intact(PictureHeader.Known header, boolean _)
                    when header.decodable() -> decode(file, header);
                    case PictureScan.Intact _, PictureScan.Broken _ -> Optional.empty();
                };
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static Optional<BufferedImage> decode(Path file, PictureHeader.Known header) {
        try {
            return Optional.of(turned(SampledPixels.decode(file, header), header.orientation()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static BufferedImage turned(BufferedImage stored, int orientation) {
        if (orientation == ExifOrientation.NORMAL) {
            return stored;
        }
        int width = stored.getWidth();
        int height = stored.getHeight();
        boolean turned = ExifOrientation.isTurned(orientation);
        var shown = new BufferedImage(turned ? height : width, turned ? width : height, BufferedImage.TYPE_INT_ARGB);
        Graphics2D graphics = shown.createGraphics();
        graphics.drawImage(stored, toShown(orientation, width, height), null);
        graphics.dispose();
        return shown;
    }

    /** From stored to shown coordinates. */
    private static AffineTransform toShown(int orientation, int width, int height) {
        return switch (orientation) {
            case 2 -> new AffineTransform(-1, 0, 0, 1, width, 0);
            case 3 -> new AffineTransform(-1, 0, 0, -1, width, height);
            case 4 -> new AffineTransform(1, 0, 0, -1, 0, height);
            case 5 -> new AffineTransform(0, 1, 1, 0, 0, 0);
            case 6 -> new AffineTransform(0, 1, -1, 0, height, 0);
            case 7 -> new AffineTransform(0, -1, -1, 0, height, width);
            case 8 -> new AffineTransform(0, -1, 1, 0, 0, width);
            default -> new AffineTransform();
        };
    }
}
