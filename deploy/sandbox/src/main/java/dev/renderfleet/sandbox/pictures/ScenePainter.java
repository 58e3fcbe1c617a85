package dev.renderfleet.sandbox.pictures;

import dev.renderfleet.sandbox.pictures.PictureRequest.Style;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** Paints what a picture order asks for: backdrop, products, light, headline, caption. The same order gives the same pixels. */
final class ScenePainter {
    private static final Color BLANK = new Color(0x80, 0x80, 0x80);

    private ScenePainter() {}

    static BufferedImage paint(PictureRequest order) {
        int type = order.style() == Style.CUTOUT ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB;
        var image = new BufferedImage(order.width(), order.height(), type);
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        switch (order.style()) {
            case BLANK -> {
                g.setColor(BLANK);
                g.fillRect(0, 0, order.width(), order.height());
            }
            case SCENE -> scene(g, image, order);
            case CUTOUT -> products(g, order, SceneDescription.of(order.prompt(), order.seed()));
            case NOISE -> {
                scene(g, image, order);
                grain(image, random(order));
            }
        }
        g.dispose();
        return image;
    }

    private static void scene(Graphics2D g, BufferedImage canvas, PictureRequest order) {
        var brief = SceneDescription.of(order.prompt(), order.seed());
        new Backdrop(g, order.width(), order.height(), random(order)).paint(brief);
        products(g, order, brief);
        Shading.vignette(g, order.width(), order.height());
        Headline.paint(g, canvas, order.prompt());
        Caption.paint(g, order);
    }

    private static void products(Graphics2D g, PictureRequest order, SceneDescription brief) {
        List<ProductImage> cutouts = order.references().stream()
                .map(photo -> ProductImage.of(photo.file()))
                .flatMap(Optional::stream)
                .toList();
        var arrangement = new ProductPlacement(g, order.width(), order.height());
        if (cutouts.isEmpty()) {
            arrangement.sculpture(brief);
        } else {
            arrangement.references(cutouts);
        }
    }

    /** Random low bits in every sample: still a picture to the eye, incompressible to a PNG encoder. */
    private static void grain(BufferedImage image, RandomGenerator random) {
        int[] pixels = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
        for (int at = 0; at < pixels.length; at++) {
            pixels[at] = (pixels[at] & 0xe0e0e0) | (random.nextInt() & 0x1f1f1f);
        }
    }

    private static RandomGenerator random(PictureRequest order) {
        return RandomGeneratorFactory.of("L64X128MixRandom")
                .create(order.seed() * 31 + order.prompt().hashCode());
    }
}
