package dev.renderfleet.testbed.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.identity.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class PictureInspectorTest {

    @Test
    void knowsTheSizeOfAnExtendedWebp() {
        byte[] file = new byte[64];
        put(file, 0, "RIFF");
        put(file, 8, "WEBPVP8X");
        // One less than 1376 and 768.
        file[24] = 0x5F;
        file[25] = 0x05;
        file[27] = (byte) 0xFF;
        file[28] = 0x02;

        assertThat(PictureInspector.fault(image(file, 1376, 768), file)).isEmpty();
        assertThat(PictureInspector.fault(image(file, 1376, 769), file))
                .contains("another pixel size than in the event");
    }

    @Test
    void otherBytesAreNoPicture() {
        byte[] file = new byte[64];

        assertThat(PictureInspector.fault(image(file, 1, 1), file)).contains("not an image");
    }

    private static Image image(byte[] file, int width, int height) {
        return new Image("bucket", "key", Sha256.hex(file), file.length, "image/webp", width, height, List.of());
    }

    private static void put(byte[] file, int at, String text) {
        byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(ascii, 0, file, at, ascii.length);
    }
}
