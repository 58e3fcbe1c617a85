package dev.renderfleet.sandbox.pictures;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.sandbox.pictures.PictureRequest.Style;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeadlineTest {
    private static final int SIDE = 512;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Headline: \"Jede Glasur ein Einzelstück\".",
                "Headline: „Jede Glasur ein Einzelstück“.",
                "Headline: “Jede Glasur ein Einzelstück”.",
                "Headline: ”Jede Glasur ein Einzelstück”.",
                "Headline: «Jede Glasur ein Einzelstück».",
                "Headline: « Jede Glasur ein Einzelstück ».",
                "Headline: »Jede Glasur ein Einzelstück«.",
                "見出し「Jede Glasur ein Einzelstück」",
                "A vase named \"Lagune\". Headline in German: \"Jede Glasur ein Einzelstück\". No \"logo\"."
            })
    void isWhatStandsInQuotes(String prompt) {
        assertThat(Headline.of(prompt)).contains("Jede Glasur ein Einzelstück");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a vase", "the potter's vase isn't blue", "\"\"", "\" \"", "5\" wide"})
    void needsQuotes(String prompt) {
        assertThat(Headline.of(prompt)).isEmpty();
    }

    @Test
    void changesThePictureAboveTheProduct() throws Exception {
        BufferedImage one = draw("a vase. Headline: \"Every glaze\"");
        BufferedImage other = draw("a vase. Headline: \"Light and home\"");
        BufferedImage none = draw("a vase.");

        assertThat(contrasts(one)).isGreaterThan(contrasts(none) + 100);
        assertThat(contrasts(other)).isGreaterThan(contrasts(none) + 100).isNotEqualTo(contrasts(one));
    }

    @Test
    void saysNothingAboutTheScene() {
        assertThat(SceneDescription.of("a vase. Headline: \"A red forest mug\"", 1)
                        .place())
                .isEqualTo(SceneDescription.Place.STUDIO);
    }

    @Test
    void fitsHoweverLongItIs() throws Exception {
        BufferedImage image = draw("a vase. Headline: \"" + "Wort ".repeat(31).strip() + "\"");

        assertThat(contrasts(image, new Rectangle(0, 0, SIDE / 20, SIDE / 4))).isZero();
        assertThat(contrasts(image, new Rectangle(SIDE - SIDE / 20, 0, SIDE / 20, SIDE / 4)))
                .isZero();
    }

    private static BufferedImage draw(String prompt) throws Exception {
        var order = new PictureRequest(prompt, "m", "1:1", "1K", SIDE, SIDE, 1, "image/png", List.of(), Style.SCENE, 0);
        return ImageIO.read(
                new ByteArrayInputStream(new PictureRenderer().draw(order).bytes()));
    }

    /** How many pixels above the product differ much from their neighbour: the outlines of letters. */
    private static long contrasts(BufferedImage image) {
        return contrasts(image, new Rectangle(0, 0, SIDE, SIDE / 4));
    }

    private static long contrasts(BufferedImage image, Rectangle part) {
        long found = 0;
        for (int y = part.y; y < part.y + part.height; y++) {
            for (int x = part.x; x < part.x + part.width - 1; x++) {
                int green = image.getRGB(x, y) >> 8 & 0xff;
                int right = image.getRGB(x + 1, y) >> 8 & 0xff;
                found += Math.abs(green - right) > 30 ? 1 : 0;
            }
        }
        return found;
    }
}
