package dev.renderfleet.sandbox.pictures;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.sandbox.pictures.PictureOrder.Photo;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class CutoutTest {
    private static final int SIDE = 400;

    @Test
    void removesTheBackdropAndKeepsAWhitePartEnclosedByTheProduct() throws Exception {
        Cutout cutout = Cutout.of(photo(SIDE, CutoutTest::plate)).orElseThrow();

        assertThat(cutout.freed()).isTrue();
        assertThat(cutout.product().width).isBetween(196, 208);
        assertThat(alpha(cutout, 0.5, 0.5)).isEqualTo(255);
        assertThat(colour(cutout, 0.5, 0.5)).isEqualTo(0xfcfcfc);
        assertThat(alpha(cutout, 0.01, 0.01)).isZero();
    }

    @Test
    void makesTheShadowTransparentBlack() throws Exception {
        Cutout cutout = Cutout.of(photo(SIDE, g -> {
                    backdrop(g, SIDE);
                    for (int ring = 0; ring < 60; ring++) {
                        g.setColor(new Color(40, 38, 36, 3));
                        g.fillOval(110 + ring, 250 + ring / 2, 240 - 2 * ring, 70 - ring);
                    }
                    g.setColor(new Color(0x1c, 0x60, 0x70));
                    g.fillRect(150, 100, 90, 180);
                }))
                .orElseThrow();

        assertThat(cutout.product().width).isBetween(86, 96);
        int beside = cutout.image()
                .getRGB(
                        cutout.product().x + cutout.product().width + 25,
                        cutout.product().y + cutout.product().height - 5);
        assertThat(beside >>> 24).isBetween(20, 200);
        assertThat(beside & 0xffffff).isZero();
    }

    @Test
    void leavesAPhotoWithoutAPlainBackdropAsItIs() throws Exception {
        var random = new Random(1);
        Cutout cutout = Cutout.of(photo(SIDE, g -> {
                    for (int patch = 0; patch < 4_000; patch++) {
                        g.setColor(new Color(random.nextInt(0x1000000)));
                        g.fillRect(random.nextInt(SIDE), random.nextInt(SIDE), 25, 25);
                    }
                }))
                .orElseThrow();

        assertThat(cutout.freed()).isFalse();
        assertThat(alpha(cutout, 0.5, 0.5)).isEqualTo(255);
    }

    @Test
    void toleratesTinyAndBrokenFiles() throws Exception {
        assertThat(Cutout.of(photo(1, g -> backdrop(g, 1))).orElseThrow().freed())
                .isFalse();
        assertThat(Cutout.of(ByteBuffer.wrap(new byte[] {1, 2, 3}))).isEmpty();
        assertThat(Cutout.of(photo(SIDE, CutoutTest::plate).limit(700))).isEmpty();
    }

    @Test
    void costsNoMoreForA4KReferenceAndNothingTheSecondTime() throws Exception {
        var reference = new Photo("digest", photo(4096, g -> {
            backdrop(g, 4096);
            g.setColor(new Color(0x1c, 0x60, 0x70));
            g.fillOval(1000, 1000, 2000, 2000);
        }));
        var cutouts = new Cutouts();

        long begin = System.nanoTime();
        Cutout first = cutouts.of(reference).orElseThrow();
        var took = Duration.ofNanos(System.nanoTime() - begin);

        assertThat(first.freed()).isTrue();
        assertThat(Math.max(first.image().getWidth(), first.image().getHeight()))
                .isLessThanOrEqualTo(Cutout.SIDE_MAX);
        // A second or two on a busy machine, most of it for decoding 16 million pixels.
        assertThat(took).isLessThan(Duration.ofSeconds(20));
        assertThat(cutouts.of(reference).orElseThrow()).isSameAs(first);
    }

    /** A blue ring round a white middle. */
    private static void plate(Graphics2D g) {
        backdrop(g, SIDE);
        g.setColor(new Color(0xfc, 0xfc, 0xfc));
        g.fillOval(110, 110, 180, 180);
        g.setColor(new Color(0x20, 0x40, 0x90));
        g.setStroke(new BasicStroke(20));
        g.drawOval(110, 110, 180, 180);
    }

    /** Light falling off downward, as on a paper roll. */
    private static void backdrop(Graphics2D g, int side) {
        g.setPaint(Shade.down(0, side, new Color(0xf0, 0xec, 0xe6), new Color(0xdc, 0xd6, 0xcf)));
        g.fillRect(0, 0, side, side);
    }

    private static ByteBuffer photo(int side, Consumer<Graphics2D> painter) throws IOException {
        var image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        painter.accept(g);
        g.dispose();
        var file = new ByteArrayOutputStream();
        ImageIO.write(image, "png", file);
        return ByteBuffer.wrap(file.toByteArray());
    }

    private static int alpha(Cutout cutout, double x, double y) {
        return at(cutout, x, y) >>> 24;
    }

    private static int colour(Cutout cutout, double x, double y) {
        return at(cutout, x, y) & 0xffffff;
    }

    private static int at(Cutout cutout, double x, double y) {
        var product = cutout.product();
        return cutout.image().getRGB((int) (product.x + x * product.width), (int) (product.y + y * product.height));
    }
}
