package dev.renderfleet.worker.pictures;

import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.spi.IIORegistry;
import javax.imageio.stream.FileImageInputStream;

/**
 * Decodes a picture completely and keeps a sample of its pixels. All callers share a budget of pixels being decoded.
 */
final class SampledPixels {

    /** Pixels kept of a picture: about 1 MB. */
    private static final int KEPT = 1 << 18;

    /** Budget of pixels being decoded, in units of {@link #UNIT}: the largest allowed picture. */
    private static final int UNITS = 10;

    private static final int BYTES_PER_PIXEL = 4;

    /** The least that a picture counts, since each keeps its samples. */
    private static final int UNIT = (int) (PictureHeader.PIXELS_MAX / UNITS);

    private static final Semaphore BUDGET = new Semaphore(UNITS, true);

    static {
        // No temporary files besides the spool.
        ImageIO.setUseCache(false);
        // Registered explicitly, since discovery depends on the first thread's context class loader.
        IIORegistry registry = IIORegistry.getDefaultInstance();
        registry.registerServiceProvider(new WebPImageReaderSpi());
        registry.registerServiceProvider(new JPEGImageReaderSpi());
    }

    private SampledPixels() {}

    /**
     * The sampled picture.
     *
     * @throws IOException if it cannot be decoded, for any exception of the decoder and for want of memory
     */
    static BufferedImage decode(Path file, PictureHeader.Known header) throws IOException {
        int step = (int) Math.max(1, Math.ceil(Math.sqrt((double) header.pixels() / KEPT)));
        return decode(header, () -> {
            BufferedImage sampled = header.mime().equals("image/png") ? PngRows.sample(file, step) : null;
            return sampled != null ? sampled : sampleByImageIo(file, header, step);
        });
    }

    /** As {@link #decode}, without its budget and limits of memory. */
    static BufferedImage sampleByImageIo(Path file, PictureHeader.Known header, int step) throws IOException {
        return read(file, header, sampling -> sampling.setSourceSubsampling(step, step, 0, 0));
    }

    /** As {@link #decode}, but all pixels of a part. */
    static BufferedImage decodePart(Path file, PictureHeader.Known header, Rectangle part) throws IOException {
        return decode(header, () -> read(file, header, sampling -> sampling.setSourceRegion(part)));
    }

    private interface Decoding {
        BufferedImage run() throws IOException;
    }

    private static BufferedImage decode(PictureHeader.Known header, Decoding decoding) throws IOException {
        // WebP is decoded fully before it is sampled, so one at a time.
        boolean whole = header.mime().equals("image/webp");
        long bytes = header.pixels() * BYTES_PER_PIXEL;
        if (whole && bytes > Runtime.getRuntime().maxMemory() / 2) {
            throw new IIOException(
                    "needs " + (bytes >> 20) + " MiB of memory, which is more than half of this worker's");
        }
        int units = whole ? UNITS : Math.clamp((header.pixels() + UNIT - 1) / UNIT, 1, UNITS);
        BUDGET.acquireUninterruptibly(units);
        try {
            return decoding.run();
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            // Decoders throw various exceptions for broken files. A file that exhausts memory would end each worker.
            throw new IIOException(e.toString(), e);
        } finally {
            BUDGET.release(units);
        }
    }

    private static BufferedImage read(Path file, PictureHeader.Known header, Consumer<ImageReadParam> wanted)
            throws IOException {
        Iterator<ImageReader> readers = ImageIO.getImageReadersByMIMEType(header.mime());
        if (!readers.hasNext()) {
            throw new IIOException("no decoder for " + header.mime());
        }
        ImageReader reader = readers.next();
        try (FileImageInputStream in =
                header.mime().equals("image/webp") ? new WebpInput(file) : new FileImageInputStream(file.toFile())) {
            reader.setInput(in, true, true);
            if (reader.getWidth(0) != header.width() || reader.getHeight(0) != header.height()) {
                throw new IIOException("has two sizes");
            }
            var damage = new DamageListener();
            reader.addIIOReadWarningListener(damage);
            var sampling = reader.getDefaultReadParam();
            wanted.accept(sampling);
            BufferedImage sampled = reader.read(0, sampling);
            damage.check();
            return sampled;
        } finally {
            reader.dispose();
        }
    }

    /** libjpeg fills missing parts with grey and only warns. */
    private static final class DamageListener implements IIOReadWarningListener {

        private String found = "";

        @Override
        public void warningOccurred(ImageReader source, String warning) {
            String words = warning.toLowerCase(Locale.ROOT);
            // Padding between two segments, as some cameras write it.
            boolean harmless = words.contains("extraneous bytes");
            if (!harmless && (words.contains("corrupt") || words.contains("premature"))) {
                found = warning;
            }
        }

        void check() throws IIOException {
            if (!found.isEmpty()) {
                throw new IIOException(found);
            }
        }
    }

    /**
     * Whether all but a few pixels have the same colour, within the deviation of compression. Transparent pixels are equal whatever
     * their colour.
     */
    static boolean isBlank(BufferedImage sampled) {
        int[] first = premultiplied(sampled, 0, 0);
        long others = 0;
        long tolerated = (long) sampled.getWidth() * sampled.getHeight() / 20_000;
        for (int y = 0; y < sampled.getHeight(); y++) {
            for (int x = 0; x < sampled.getWidth(); x++) {
                if (differs(first, premultiplied(sampled, x, y)) && ++others > tolerated) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean differs(int[] one, int[] other) {
        for (int i = 0; i < one.length; i++) {
            if (Math.abs(one[i] - other[i]) > 8) {
                return true;
            }
        }
        return false;
    }

    /** Channels as 0 to 255. Not by getRGB, which converts colour spaces pixel by pixel and takes seconds. */
    static int[] premultiplied(BufferedImage image, int x, int y) {
        ColorModel colors = image.getColorModel();
        Raster raster = image.getRaster();
        if (colors instanceof IndexColorModel) {
            int argb = image.getRGB(x, y);
            return premultiply(new int[] {(argb >> 16) & 0xFF, (argb >> 8) & 0xFF, argb & 0xFF, argb >>> 24});
        }
        int[] pixel = raster.getPixel(x, y, (int[]) null);
        for (int band = 0; band < pixel.length; band++) {
            int bits = raster.getSampleModel().getSampleSize(band);
            pixel[band] = bits > 8 ? pixel[band] >> (bits - 8) : pixel[band] * 255 / ((1 << bits) - 1);
        }
        return colors.hasAlpha() && !colors.isAlphaPremultiplied() ? premultiply(pixel) : pixel;
    }

    private static int[] premultiply(int[] pixel) {
        int alpha = pixel[pixel.length - 1];
        for (int band = 0; band < pixel.length - 1; band++) {
            pixel[band] = pixel[band] * alpha / 255;
        }
        return pixel;
    }
}
