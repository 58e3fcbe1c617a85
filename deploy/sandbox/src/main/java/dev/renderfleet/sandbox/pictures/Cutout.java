package dev.renderfleet.sandbox.pictures;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Optional;
import javax.imageio.ImageIO;

/**
 * A reference picture made ready to stand in a scene: decoded, brought to a workable size, and freed of a plain
 * background as product photos have it. A picture without such a background stays as it is and is shown as a print.
 */
record Cutout(BufferedImage image, boolean freed) {
    private static final int SIDE_MAX = 1400;
    private static final int TOLERANCE = 34;
    private static final double SHARE_MIN = 0.06;
    private static final double SHARE_MAX = 0.97;

    /** Nothing if the file is in a format the JDK cannot read, such as WebP. */
    static Optional<Cutout> of(ByteBuffer file) {
        byte[] bytes = new byte[file.remaining()];
        file.duplicate().get(bytes);
        try {
            BufferedImage decoded = ImageIO.read(new ByteArrayInputStream(bytes));
            return Optional.ofNullable(decoded).map(Cutout::of);
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    private static Cutout of(BufferedImage decoded) {
        double scale = Math.min(1, SIDE_MAX / (double) Math.max(decoded.getWidth(), decoded.getHeight()));
        BufferedImage image =
                scaled(decoded, Math.max(1, (int) Math.round(decoded.getWidth() * scale)), Math.max(1, (int)
                        Math.round(decoded.getHeight() * scale)));
        if (decoded.getColorModel().hasAlpha() && (image.getRGB(0, 0) >>> 24) < 128) {
            return new Cutout(trimmed(image), true);
        }
        boolean[] outside = background(image);
        int count = 0;
        for (boolean pixel : outside) {
            count += pixel ? 1 : 0;
        }
        double share = count / (double) outside.length;
        if (share < SHARE_MIN || share > SHARE_MAX) {
            return new Cutout(image, false);
        }
        clear(image, outside);
        return new Cutout(trimmed(image), true);
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
        g.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        g.drawImage(source, 0, 0, width, height, null);
        g.dispose();
        return image;
    }

    /** All pixels that hang together with the edge and look like the corner. */
    private static boolean[] background(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        int[] pixels = image.getRGB(0, 0, width, height, null, 0, width);
        int corner = pixels[0];
        var outside = new boolean[pixels.length];
        var open = new ArrayDeque<Integer>();
        for (int x = 0; x < width; x++) {
            open.add(x);
            open.add((height - 1) * width + x);
        }
        for (int y = 0; y < height; y++) {
            open.add(y * width);
            open.add(y * width + width - 1);
        }
        while (!open.isEmpty()) {
            int at = open.removeLast();
            if (outside[at] || distance(pixels[at], corner) > TOLERANCE) {
                continue;
            }
            outside[at] = true;
            int x = at % width;
            if (x > 0) {
                open.add(at - 1);
            }
            if (x < width - 1) {
                open.add(at + 1);
            }
            if (at >= width) {
                open.add(at - width);
            }
            if (at < pixels.length - width) {
                open.add(at + width);
            }
        }
        return outside;
    }

    private static int distance(int one, int other) {
        int red = Math.abs((one >> 16 & 0xff) - (other >> 16 & 0xff));
        int green = Math.abs((one >> 8 & 0xff) - (other >> 8 & 0xff));
        int blue = Math.abs((one & 0xff) - (other & 0xff));
        return Math.max(red, Math.max(green, blue));
    }

    private static void clear(BufferedImage image, boolean[] outside) {
        int width = image.getWidth();
        for (int at = 0; at < outside.length; at++) {
            int x = at % width;
            int y = at / width;
            if (outside[at]) {
                image.setRGB(x, y, 0);
            } else if (touches(outside, at, width)) {
                // Half transparent along the edge, so that it does not look cut with scissors.
                image.setRGB(x, y, (image.getRGB(x, y) & 0x00ffffff) | 0x90000000);
            }
        }
    }

    private static boolean touches(boolean[] outside, int at, int width) {
        int x = at % width;
        return (x > 0 && outside[at - 1])
                || (x < width - 1 && outside[at + 1])
                || (at >= width && outside[at - width])
                || (at < outside.length - width && outside[at + width]);
    }

    /** Without transparent margins, so that the thing itself stands on the floor. */
    private static BufferedImage trimmed(BufferedImage image) {
        int left = image.getWidth();
        int top = image.getHeight();
        int right = -1;
        int bottom = -1;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                if (image.getRGB(x, y) >>> 24 > 40) {
                    left = Math.min(left, x);
                    right = Math.max(right, x);
                    top = Math.min(top, y);
                    bottom = Math.max(bottom, y);
                }
            }
        }
        return right < left ? image : image.getSubimage(left, top, right - left + 1, bottom - top + 1);
    }
}
