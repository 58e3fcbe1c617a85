package dev.renderfleet.worker.pictures;

import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Translates a mask of ours (white: edit, black: keep) into the form of OpenAI's API and its copies: a PNG of the picture's size that is
 * transparent where the picture is edited. Holds a few megabytes at a time. Safe for use by many threads.
 */
public final class AlphaMask {

    /** A picture of 4K has 8 to 16 million. */
    private static final long PIXELS_MAX = 16_777_216;

    private static final int PART_PIXELS_MAX = 1 << 22;
    private static final int OPAQUE = 0xFF;

    private AlphaMask() {}

    /**
     * Why the mask does not fit the picture that is edited; null: it does.
     *
     * @throws UncheckedIOException if a file cannot be read
     */
    public static @Nullable String misfit(Path mask, Path picture) {
        if (!(PictureHeader.read(mask) instanceof PictureHeader.Known header)
                || !(PictureHeader.read(picture) instanceof PictureHeader.Known edited)) {
            return "the mask or the image is none";
        }
        return header.width() == edited.width() && header.height() == edited.height()
                ? null
                : "the mask has %d × %d pixels, the image %d × %d"
                        .formatted(header.width(), header.height(), edited.width(), edited.height());
    }

    /**
     * Writes the translated mask.
     *
     * @param picture the picture that is edited
     * @return null, or why the mask does not fit the picture
     * @throws IOException if a file cannot be read or written
     */
    public static @Nullable String translate(Path mask, Path picture, Path target) throws IOException {
        String misfit = misfit(mask, picture);
        if (misfit != null) {
            return misfit;
        }
        var header = (PictureHeader.Known) PictureHeader.read(mask);
        if (header.pixels() > PIXELS_MAX) {
            return "the mask has " + header.pixels() + " pixels; the limit is " + PIXELS_MAX;
        }
        return ProcessorPool.<@Nullable String, IOException>run(() -> {
            write(mask, header, target);
            return null;
        });
    }

    private static void write(Path mask, PictureHeader.Known header, Path target) throws IOException {
        int width = header.width();
        int rows = Math.max(1, PART_PIXELS_MAX / width);
        var row = new int[width];
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(target), 1 << 16);
                var png = new PngWriter(out, width, header.height(), PngWriter.Channels.RGBA)) {
            for (int top = 0; top < header.height(); top += rows) {
                var part = new Rectangle(0, top, width, Math.min(rows, header.height() - top));
                BufferedImage pixels = SampledPixels.decodePart(mask, header, part);
                // A palette's pixels always come with alpha.
                boolean alpha = pixels.getColorModel().hasAlpha() || pixels.getColorModel() instanceof IndexColorModel;
                for (int y = 0; y < part.height; y++) {
                    for (int x = 0; x < width; x++) {
                        row[x] = (OPAQUE - brightness(SampledPixels.premultiplied(pixels, x, y), alpha)) << 24;
                    }
                    png.writeRow(row, 0);
                }
            }
        }
    }

    /** The mean of the colours, 0 to 255. */
    private static int brightness(int[] pixel, boolean alpha) {
        int colours = Math.max(1, alpha ? pixel.length - 1 : pixel.length);
        int sum = 0;
        for (int i = 0; i < colours; i++) {
            sum += pixel[i];
        }
        return sum / colours;
    }
}
