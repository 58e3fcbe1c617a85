package dev.renderfleet.worker.pictures;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PictureThumbnailTest {

    @TempDir
    Path temp;

    /** Red, green, blue, white from top left to bottom right, as stored. */
    @ParameterizedTest
    @CsvSource({
        "1, 400, 200, RGBW",
        "2, 400, 200, GRWB",
        "3, 400, 200, WBGR",
        "4, 400, 200, BWRG",
        "5, 200, 400, RBGW",
        "6, 200, 400, BRWG",
        "7, 200, 400, WGBR",
        "8, 200, 400, GWRB"
    })
    void showsThePictureAsItsOrientationSays(int orientation, int width, int height, String corners)
            throws IOException {
        var stored = new BufferedImage(400, 200, BufferedImage.TYPE_INT_RGB);
        var graphics = stored.createGraphics();
        Color[] colours = {Color.RED, Color.GREEN, Color.BLUE, Color.WHITE};
        for (int i = 0; i < 4; i++) {
            graphics.setColor(colours[i]);
            graphics.fillRect(i % 2 * 200, i / 2 * 100, 200, 100);
        }
        graphics.dispose();
        byte[] jpeg = TestPictures.withExif(
                TestPictures.encoded(stored, "jpg"), TestPictures.exif(ByteOrder.BIG_ENDIAN, orientation));

        BufferedImage shown = PictureThumbnail.of(Files.write(temp.resolve("turned.jpg"), jpeg))
                .orElseThrow();

        assertThat(shown.getWidth() + " x " + shown.getHeight()).isEqualTo(width + " x " + height);
        assertThat("" + colour(shown, 1, 1) + colour(shown, 3, 1) + colour(shown, 1, 3) + colour(shown, 3, 3))
                .isEqualTo(corners);
    }

    private static char colour(BufferedImage image, int quarterX, int quarterY) {
        var found = new Color(image.getRGB(image.getWidth() * quarterX / 4, image.getHeight() * quarterY / 4));
        boolean red = found.getRed() > 128;
        return red && found.getGreen() > 128 ? 'W' : red ? 'R' : found.getGreen() > 128 ? 'G' : 'B';
    }
}
