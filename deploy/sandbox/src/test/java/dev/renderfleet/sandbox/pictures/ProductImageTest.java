package dev.renderfleet.sandbox.pictures;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class ProductImageTest {
    private static final int SIDE = 400;

    @Test
    void knowsWhereATransparentProductStandsBesideItsShadow() throws Exception {
        ProductImage cutout = ProductImage.of(photo(SIDE, BufferedImage.TYPE_INT_ARGB, g -> {
                    g.setColor(new Color(0, 0, 0, 60));
                    g.fillRect(150, 240, 200, 40);
                    g.setColor(new Color(0x1c, 0x60, 0x70));
                    g.fillRect(150, 100, 90, 180);
                }))
                .orElseThrow();

        assertThat(cutout.freed()).isTrue();
        assertThat(cutout.image().getWidth()).isEqualTo(200);
        assertThat(cutout.product()).isEqualTo(new Rectangle(0, 0, 90, 180));
        assertThat(cutout.foot()).isEqualTo(new Rectangle(0, 170, 90, 10));
    }

    @Test
    void leavesAPhotoWithABackgroundAsItIs() throws Exception {
        ProductImage cutout = ProductImage.of(photo(SIDE, BufferedImage.TYPE_INT_RGB, g -> g.fillRect(0, 0, 100, 100)))
                .orElseThrow();

        assertThat(cutout.freed()).isFalse();
        assertThat(cutout.product()).isEqualTo(new Rectangle(SIDE, SIDE));
    }

    @Test
    void toleratesTinyEmptyAndBrokenFiles() throws Exception {
        assertThat(ProductImage.of(photo(1, BufferedImage.TYPE_INT_RGB, _ -> {})))
                .hasValueSatisfying(cutout -> assertThat(cutout.freed()).isFalse());
        assertThat(ProductImage.of(photo(SIDE, BufferedImage.TYPE_INT_ARGB, _ -> {})))
                .hasValueSatisfying(cutout -> assertThat(cutout.freed()).isFalse());
        assertThat(ProductImage.of(ByteBuffer.wrap(new byte[] {1, 2, 3}))).isEmpty();
        assertThat(ProductImage.of(
                        photo(SIDE, BufferedImage.TYPE_INT_RGB, _ -> {}).limit(100)))
                .isEmpty();
    }

    @Test
    void aLargeReferenceIsReadSmall() throws Exception {
        ProductImage cutout = ProductImage.of(photo(4096, BufferedImage.TYPE_INT_RGB, _ -> {}))
                .orElseThrow();

        assertThat(cutout.image().getWidth()).isEqualTo(ProductImage.SIDE_MAX);
    }

    private static ByteBuffer photo(int side, int type, Consumer<Graphics2D> painter) throws IOException {
        var image = new BufferedImage(side, side, type);
        Graphics2D g = image.createGraphics();
        painter.accept(g);
        g.dispose();
        var file = new ByteArrayOutputStream();
        ImageIO.write(image, "png", file);
        return ByteBuffer.wrap(file.toByteArray());
    }
}
