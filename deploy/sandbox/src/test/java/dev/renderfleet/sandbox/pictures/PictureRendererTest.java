package dev.renderfleet.sandbox.pictures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.sandbox.pictures.PictureRequest.Photo;
import dev.renderfleet.sandbox.pictures.PictureRequest.Style;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PictureRendererTest {
    private final PictureRenderer renderer = new PictureRenderer();

    @ParameterizedTest
    @ValueSource(strings = {"image/png", "image/jpeg"})
    void drawsADecodablePictureOfTheExactSize(String mime) throws Exception {
        Picture picture = renderer.draw(order("a red mug on the beach, 海辺", 768, 1376, mime, Style.SCENE, 0));

        BufferedImage image = decode(picture);
        assertThat(image.getWidth()).isEqualTo(768);
        assertThat(image.getHeight()).isEqualTo(1376);
        assertThat(colours(image)).hasSizeGreaterThan(1_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"studio", "fading from red to blue, on a plinth", "beach", "mug", "bottle", ""})
    void knowsEveryPlaceAndThing(String prompt) throws Exception {
        Picture picture = renderer.draw(order(prompt, 384, 307, "image/png", Style.SCENE, 0));

        assertThat(colours(decode(picture))).hasSizeGreaterThan(500);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " \n\n\u2028",
                "中文の🎨 \u202e\u0000 e\u0301 \ud800 العربية",
                "Headline: \"\u2028 \n שלום\u0000\"",
                "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenfabrikantenwitwe"
            })
    void drawsAnyPrompt(String prompt) throws Exception {
        Picture picture = renderer.draw(order(prompt, 96, 64, "image/png", Style.SCENE, 0));

        assertThat(decode(picture).getWidth()).isEqualTo(96);
    }

    @Test
    void repeatsItselfToTheByte() throws Exception {
        var order = order("a terrace, \"Licht 海辺\"", 512, 512, "image/png", Style.SCENE, 0);

        assertThat(new PictureRenderer().draw(order).bytes())
                .isEqualTo(new PictureRenderer().draw(order).bytes());
    }

    @ParameterizedTest
    @ValueSource(strings = {"image/png", "image/jpeg"})
    void makesAFileOfTheLengthAskedFor(String mime) throws Exception {
        Picture picture = renderer.draw(order("any", 1024, 1024, mime, Style.SCENE, 1_500_000));

        assertThat(picture.bytes().length).isBetween(1_499_900, 1_500_000);
        assertThat(decode(picture).getWidth()).isEqualTo(1024);
        assertThat(renderer.draw(order("other prompt", 1024, 1024, mime, Style.SCENE, 1_500_000)))
                .isSameAs(picture);
    }

    @Test
    void noiseTripsTheLimitOfJsonReadersAt4K() throws Exception {
        Picture picture = renderer.draw(order("noise", 4096, 4096, "image/png", Style.NOISE, 0));

        assertThat(picture.base64Length()).isGreaterThan(20_000_000);
    }

    @Test
    void blankHasOneColour() throws Exception {
        assertThat(colours(decode(renderer.draw(order("x", 256, 256, "image/png", Style.BLANK, 0)))))
                .hasSize(1);
    }

    @Test
    void aCorruptPngDiffersInOneChecksumOnly() throws Exception {
        byte[] file = renderer.corrupted(order("x", 64, 64, "image/png", Style.SCENE, 0))
                .bytes();
        byte[] whole =
                renderer.draw(order("x", 64, 64, "image/png", Style.SCENE, 0)).bytes();

        assertThat(file).hasSameSizeAs(whole);
        assertThat(IntStream.range(0, file.length).filter(at -> file[at] != whole[at]))
                .hasSize(4);
    }

    @Test
    void aTruncatedPictureIsNoWholeFile() throws Exception {
        Picture truncated =
                renderer.draw(order("x", 256, 256, "image/png", Style.SCENE, 0)).cutShort();

        assertThatThrownBy(() -> decode(truncated)).isInstanceOf(IOException.class);
    }

    @Test
    void standsTheReferenceInTheScene() throws Exception {
        byte[] reference = renderer.draw(order("red box", 300, 300, "image/png", Style.BLANK, 0))
                .bytes();
        var photo = new Photo("digest", ByteBuffer.wrap(reference));
        var without = order("the beach", 512, 512, "image/png", Style.SCENE, 0);
        var with = new PictureRequest(
                "the beach", "m", "1:1", "1K", 512, 512, 1, "image/png", List.of(photo), Style.SCENE, 0);

        // The reference is plain grey, and a plain picture is shown as a print.
        assertThat(decode(renderer.draw(with)).getRGB(256, 300) & 0xffffff).isEqualTo(0x808080);
        assertThat(decode(renderer.draw(without)).getRGB(256, 300) & 0xffffff).isNotEqualTo(0x808080);
    }

    private static PictureRequest order(String prompt, int width, int height, String mime, Style style, int bytes) {
        return new PictureRequest(prompt, "m", "1:1", "1K", width, height, 1, mime, List.of(), style, bytes);
    }

    private static BufferedImage decode(Picture picture) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(picture.bytes()));
    }

    private static Set<Integer> colours(BufferedImage image) {
        var colours = new HashSet<Integer>();
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                colours.add(image.getRGB(x, y));
            }
        }
        return colours;
    }
}
