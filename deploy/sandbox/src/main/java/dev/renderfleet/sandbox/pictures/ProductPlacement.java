package dev.renderfleet.sandbox.pictures;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.RenderingHints;
import java.awt.geom.RoundRectangle2D;
import java.awt.image.BufferedImage;
import java.util.List;

/** Places the products on the floor, each with its shadow: the first reference in the middle, others beside and behind it. */
final class ProductPlacement {
    private static final double FLOOR = 0.80;
    private static final int SHOWN_MAX = 5;

    private final Graphics2D g;
    private final double width;
    private final double height;

    ProductPlacement(Graphics2D g, double width, double height) {
        this.g = g;
        this.width = width;
        this.height = height;
    }

    void sculpture(SceneDescription brief) {
        double size = Math.min(width * 0.62, height * 0.52);
        double floor = height * FLOOR;
        shadow(width / 2, floor, size * 0.62);
        PlaceholderProduct.paint(g, brief.thing(), brief.product(), (width - size) / 2, floor, size);
    }

    void references(List<ProductImage> cutouts) {
        int shown = Math.min(SHOWN_MAX, cutouts.size());
        for (int number = shown - 1; number > 0; number--) {
            // Alternately left and right, further out and further back.
            int rank = (number + 1) / 2;
            double side = number % 2 == 1 ? -1 : 1;
            place(cutouts.get(number), 0.5 + side * (0.13 + 0.15 * rank), FLOOR - 0.045 * rank, 0.28, 0.34);
        }
        place(cutouts.getFirst(), 0.5, FLOOR, shown == 1 ? 0.62 : 0.42, 0.56);
    }

    private void place(ProductImage cutout, double centre, double floor, double wide, double high) {
        BufferedImage image = cutout.image();
        Rectangle product = cutout.product();
        double scale = Math.min(width * wide / product.width, height * high / product.height);
        int w = Math.max(1, (int) Math.round(image.getWidth() * scale));
        int h = Math.max(1, (int) Math.round(image.getHeight() * scale));
        double x = width * centre - product.getCenterX() * scale;
        double y = height * floor - product.getMaxY() * scale;
        if (cutout.freed()) {
            contact(cutout.foot(), x, height * floor, scale);
            draw(image, x, y, w, h);
        } else {
            shadow(width * centre, height * floor, w * 0.9);
            print(image, x, y, w, h);
        }
    }

    /** The darkness under a thing's foot; the rest of its shadow comes with the cutout. */
    private void contact(Rectangle foot, double x, double floor, double scale) {
        double wide = Math.max(foot.width * scale, width * 0.02);
        double middle = x + foot.getCenterX() * scale;
        double lift = Math.min(wide * 0.07, height * 0.012);
        Shading.spot(g, middle + wide * 0.10, floor - lift, wide * 0.95, wide * 0.15, new Color(24, 16, 26, 90));
        Shading.spot(g, middle, floor - lift, wide * 0.62, wide * 0.085, new Color(14, 10, 16, 170));
    }

    /** A photo with a background is shown as a print with a white border. */
    private void print(BufferedImage image, double x, double y, int w, int h) {
        double border = Math.max(2, Math.min(w, h) * 0.03);
        g.setColor(new Color(0xfd, 0xfc, 0xf8));
        g.fill(new RoundRectangle2D.Double(x - border, y - border, w + 2 * border, h + 2 * border, border, border));
        draw(image, x, y, w, h);
        g.setColor(new Color(0, 0, 0, 40));
        g.setStroke(new BasicStroke((float) Math.max(1, border * 0.08)));
        g.draw(new RoundRectangle2D.Double(x - border, y - border, w + 2 * border, h + 2 * border, border, border));
    }

    private void draw(BufferedImage image, double x, double y, int w, int h) {
        g.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        BufferedImage ready = w < image.getWidth() ? ProductImage.scaled(image, w, h) : image;
        g.drawImage(ready, (int) Math.round(x), (int) Math.round(y), w, h, null);
    }

    private void shadow(double x, double y, double wide) {
        Shading.spot(g, x + wide * 0.12, y, wide * 0.75, wide * 0.13, new Color(20, 16, 24, 120));
        Shading.spot(g, x, y - wide * 0.005, wide * 0.48, wide * 0.05, new Color(10, 8, 14, 190));
    }
}
