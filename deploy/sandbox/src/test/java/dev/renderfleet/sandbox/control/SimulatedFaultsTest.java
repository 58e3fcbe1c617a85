package dev.renderfleet.sandbox.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.sandbox.process.Ports;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Faults of the wire and of pictures. */
class SimulatedFaultsTest extends GeminiScenario {

    @ParameterizedTest
    @ValueSource(strings = {"RESET", "RESET_MID_BODY", "CLOSE_MID_BODY", "CLOSE_NEAR_END"})
    void breaksTheConnectionAndStillBills(String fault) {
        assertThatThrownBy(() -> generate("x [[sim:" + fault + "]]", "")).isInstanceOf(IOException.class);
        assertThat(control.ledger().calls()).isEqualTo(1);
    }

    @Test
    void aGatewayGivesUpAndTheCallIsBilled() throws Exception {
        assertThat(generate("x [[sim:GATEWAY_524]]", "").statusCode()).isEqualTo(524);
        assertThat(control.ledger().calls()).isEqualTo(1);
    }

    @Test
    void leavesOutOrSpoilsFieldsBesideThePicture() throws Exception {
        JsonNode bare = json(generate("a [[sim:NO_USAGE]]", ""));
        JsonNode odd = json(generate("b [[sim:WRONG_TYPES]]", ""));

        assertThat(bare.has("usageMetadata")).isFalse();
        assertThat(odd.path("usageMetadata").isTextual()).isTrue();
        assertThat(picture(bare)).isNotEmpty();
        assertThat(picture(odd)).isNotEmpty();
    }

    @Test
    void hangsAndStillBills() {
        assertThatThrownBy(() -> generate("x [[sim:HANG]]", "", Duration.ofMillis(300)))
                .isInstanceOf(HttpTimeoutException.class);
        assertThat(control.ledger().calls()).isEqualTo(1);
    }

    @Test
    void shapesTheAnswersDelivery() throws Exception {
        var gzip = generate("a [[sim:GZIP]]", "");
        assertThat(gzip.headers().firstValue("content-encoding")).contains("gzip");
        byte[] unpacked = new GZIPInputStream(new ByteArrayInputStream(gzip.body())).readAllBytes();
        assertThat(new String(unpacked, StandardCharsets.UTF_8)).contains("inlineData");
        assertThat(generate("b [[sim:CHUNKED]]", "").headers().firstValue("content-length"))
                .isEmpty();
        assertThat(text(generate("c [[sim:HTML]]", ""))).startsWith("<!doctype html>");
        assertThat(generate("d [[sim:EMPTY]]", "").body()).isEmpty();
        assertThat(json(generate("e [[sim:UNKNOWN_FIELDS]]", "")).has("fieldOfTheFuture"))
                .isTrue();
        assertThat(generate("f [[sim:LARGE_HEADERS]]", "").headers().firstValue("x-large-7"))
                .isPresent();
    }

    @Test
    void spellsSoundAnswersInOtherWays() throws Exception {
        JsonNode nulls = json(generate("a [[sim:NULLS]]", ""));
        assertThat(nulls.at("/candidates/0/safetyRatings").isNull()).isTrue();
        assertThat(nulls.findValue("inlineData").path("displayName").isNull()).isTrue();
        JsonNode snake = json(generate("b [[sim:SNAKE_CASE]]", ""));
        assertThat(snake.at("/usage_metadata/prompt_token_count").asInt()).isPositive();
        assertThat(snake.findValue("inline_data").path("mime_type").asText()).isEqualTo("image/jpeg");
        for (String form : List.of("URL_SAFE_BASE64", "UNPADDED_BASE64", "DATA_URL")) {
            String data = json(generate("c", "")).findValue("data").asText();
            String spelt = json(generate("c [[sim:" + form + "]]", ""))
                    .findValue("data")
                    .asText();
            assertThat(spelt)
                    .as(form)
                    .isEqualTo(
                            switch (form) {
                                case "URL_SAFE_BASE64" -> data.replace('+', '-').replace('/', '_');
                                case "UNPADDED_BASE64" -> data.replace("=", "");
                                default -> "data:image/jpeg;base64," + data;
                            });
        }
        assertThat(generate("d [[sim:PLAIN_TEXT]]", "").headers().firstValue("content-type"))
                .contains("text/plain; charset=utf-8");
    }

    @Test
    void closesAnIdleConnectionWithoutNotice() throws Exception {
        try (var socket = new Socket()) {
            socket.connect(Ports.loopback(URI.create(server.control()).getPort()));
            socket.setSoTimeout(10_000);
            String body = body("a boat [[sim:IDLE_CLOSE seconds=0.2]]", "");
            socket.getOutputStream()
                    .write(("POST /gemini/v1beta/models/" + MODEL
                                    + ":generateContent HTTP/1.1\r\nHost: localhost\r\nx-goog-api-key: sandbox-key\r\nContent-Length: "
                                    + body.length() + "\r\n\r\n" + body)
                            .getBytes(StandardCharsets.UTF_8));

            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(answer).startsWith("HTTP/1.1 200").doesNotContainIgnoringCase("connection: close");
        }
    }

    @Test
    void spoilsThePicture() throws Exception {
        assertThat(json(generate("a [[sim:WRONG_MIME]]", ""))
                        .findValue("mimeType")
                        .asText())
                .isEqualTo("image/png");
        JsonNode broken = json(generate("b [[sim:TRUNCATED_BASE64]]", ""));
        assertThatThrownBy(() -> picture(broken)).isInstanceOf(IllegalArgumentException.class);
        byte[] cut = picture(json(generate("b [[sim:TRUNCATED_FILE]]", "")));
        byte[] endOfImage = {(byte) 0xff, (byte) 0xd9};
        assertThat(Arrays.copyOfRange(cut, cut.length - 2, cut.length)).isNotEqualTo(endOfImage);
        byte[] small = picture(json(generate("c [[sim:WRONG_SIZE]]", "")));
        assertThat(ImageIO.read(new ByteArrayInputStream(small)).getWidth()).isEqualTo(1008);
        byte[] half = picture(json(generate("d [[sim:HALF_SIZE]]", "")));
        assertThat(ImageIO.read(new ByteArrayInputStream(half)).getWidth()).isEqualTo(512);
    }

    @Test
    void drawsSoundPicturesThatDeviate() throws Exception {
        String wide = "\"imageConfig\":{\"aspectRatio\":\"16:9\"}";
        var older = ImageIO.read(new ByteArrayInputStream(picture(json(generate("a [[sim:OLDER_SIZE]]", wide)))));
        assertThat(older.getWidth() + " x " + older.getHeight()).isEqualTo("1408 x 768");
        byte[] jpeg = picture(json(generate("b [[sim:EXIF_TURNED]]", wide)));
        var turned = ImageIO.read(new ByteArrayInputStream(jpeg));
        assertThat(turned.getWidth() + " x " + turned.getHeight()).isEqualTo("768 x 1376");
        assertThat(new String(jpeg, 0, 12, StandardCharsets.ISO_8859_1)).endsWith("Exif\0\0");
        JsonNode profile = json(generate("c [[sim:JUNK_PROFILE]]", wide));
        assertThat(profile.findValue("mimeType").asText()).isEqualTo("image/webp");
        assertThat(new String(picture(profile), StandardCharsets.ISO_8859_1))
                .startsWith("RIFF")
                .contains("ICCP", "VP8L");
    }

    @Test
    void billsPicturesThatItDoesNotSend() throws Exception {
        JsonNode answer = json(generate("a [[sim:IMAGE_OTHER imageTokens=2520]]", ""));

        assertThat(answer.at("/usageMetadata/candidatesTokensDetails/0/modality")
                        .asText())
                .isEqualTo("IMAGE");
        assertThat(answer.findValue("candidatesTokenCount").asInt()).isEqualTo(2_520);
        assertThat(control.ledger().usdMicros()).isGreaterThan(2_520 * 30);
    }
}
