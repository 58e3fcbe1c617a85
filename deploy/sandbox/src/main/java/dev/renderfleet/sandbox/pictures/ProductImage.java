package dev.renderfleet.sandbox.pictures;

import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A reference picture made ready to stand in a scene: decoded and brought to a workable size. One with a transparent
 * background is placed in the scene with its shadow; any other is shown as a print.
 *
 * @param product where in the image the thing itself is, without its shadow
 * @param foot the part of it that stands on the floor
 */
record ProductImage(BufferedImage image, boolean freed, Rectangle product, Rectangle foot) {
    /** The longer side of the image at most, however large the reference is. */
    static final int SIDE_MAX = 1024;

    /** The lowest part of a product, which is where it stands. */
    private static final double FOOT_SHARE = 0.06;

    private static final int OPAQUE_MIN = 128;
    private static final int VISIBLE_MIN = 3;

    /** Nothing if the file is in a format the JDK cannot read, such as WebP. */
    static Optional<ProductImage> of(ByteBuffer file) {
        byte[] bytes = new byte[file.remaining()];
        file.duplicate().get(bytes);
        try {
            BufferedImage decoded = decoded(bytes);
            return Optional.ofNullable(decoded).map(ProductImage::of);
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException _) {
            // The JDK's decoders say in all these ways that a file is broken.
            return Optional.empty();
        }
    }

    /** Leaves out pixels of a very large picture while reading, so that memory stays bounded too. */
    private static @Nullable BufferedImage decoded(byte[] bytes) throws IOException {
        try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
            var readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                return null;
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(in, true, true);
                int every = Math.max(1, Math.max(reader.getWidth(0), reader.getHeight(0)) / SIDE_MAX);
                var how = reader.getDefaultReadParam();
                how.setSourceSubsampling(every, every, 0, 0);
                return reader.read(0, how);
            } finally {
                reader.dispose();
            }
        }
    }

    private static ProductImage of(BufferedImage decoded) {
        double scale = Math.min(1, SIDE_MAX / (double) Math.max(decoded.getWidth(), decoded.getHeight()));
        int width = Math.max(1, (int) Math.round(decoded.getWidth() * scale));
        int height = Math.max(1, (int) Math.round(decoded.getHeight() * scale));
        BufferedImage image = scaled(decoded, width, height);
        if (decoded.getColorModel().hasAlpha() && (image.getRGB(0, 0) >>> 24) < OPAQUE_MIN) {
            return standing(image);
        }
        var all = new Rectangle(width, height);
        return new ProductImage(image, false, all, all);
    }

    /** Halves until it is near, then scales smoothly: one big step would leave out most pixels. */
    static BufferedImage scaled(BufferedImage source, int width, int height) {
        BufferedImage image = source;
        while (image.getWidth() > 2 * width && image.getHeight() > 2 * height) {
            image = step(image, image.getWidth() / 2, image.getHeight() / 2);
        }
        return step(image, width, height);
    }

    private static BufferedImage step(BufferedImage source, int width, int height) {
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
        Graphics2D g = image.createGraphics();
        if (width == source.getWidth() && height == source.getHeight()) {
            g.drawImage(source, 0, 0, null);
        } else {
            g.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
            g.drawImage(source, 0, 0, width, height, null);
        }
        g.dispose();
        return image;
    }

    /** Without transparent margins, and knowing where the product ends and its foot begins. */
    private static ProductImage standing(BufferedImage image) {
        var whole = new Rectangle(image.getWidth(), image.getHeight());
        Rectangle visible = bounds(image, whole, VISIBLE_MIN, false);
        if (visible.isEmpty()) {
            return new ProductImage(image, false, whole, whole);
        }
        Rectangle product = bounds(image, whole, OPAQUE_MIN, true);
        if (product.isEmpty()) {
            product = visible;
        }
        int low = Math.max(1, (int) (product.height * FOOT_SHARE));
        var lowest = new Rectangle(product.x, product.y + product.height - low, product.width, low);
        Rectangle foot = bounds(image, lowest, OPAQUE_MIN, true);
        product.translate(-visible.x, -visible.y);
        foot.translate(-visible.x, -visible.y);
        return new ProductImage(
                image.getSubimage(visible.x, visible.y, visible.width, visible.height), true, product, foot);
    }

    /** The smallest rectangle around all pixels of at least that opacity; black ones, being shadow, may not count. */
    private static Rectangle bounds(BufferedImage image, Rectangle part, int opacityMin, boolean withoutBlack) {
        int left = part.x + part.width;
        int top = part.y + part.height;
        int right = -1;
        int bottom = -1;
        int[] row = new int[part.width];
        for (int y = part.y; y < part.y + part.height; y++) {
            image.getRGB(part.x, y, part.width, 1, row, 0, part.width);
            for (int x = 0; x < row.length; x++) {
                if (row[x] >>> 24 >= opacityMin && !(withoutBlack && (row[x] & 0xffffff) == 0)) {
                    left = Math.min(left, part.x + x);
                    right = Math.max(right, part.x + x);
                    top = Math.min(top, y);
                    bottom = Math.max(bottom, y);
                }
            }
        }
        return right < left ? new Rectangle() : new Rectangle(left, top, right - left + 1, bottom - top + 1);
    }
}
