package dev.renderfleet.worker.providers.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

class Base64TextTest {

    private static final int ROUNDS = 200;

    /** Blocks and single characters in turn: breaks, escapes, both alphabets, chunks of any size. */
    @RepeatedTest(ROUNDS)
    void decodesAnyTextThatStandsForTheBytes(RepetitionInfo round) throws IOException {
        var random = new Random(round.getCurrentRepetition());
        byte[] bytes = new byte[random.nextInt(60_000)];
        random.nextBytes(bytes);
        String text = text(bytes, random);
        var json = new PushbackInputStream(new ShortReads(text + "\",\"next\":1}", random), 64 * 1024);
        var decoded = new ByteArrayOutputStream();

        Base64Text.decode(json, decoded);

        assertThat(decoded.toByteArray()).isEqualTo(bytes);
        assertThat(new String(json.readAllBytes(), StandardCharsets.US_ASCII)).isEqualTo("\",\"next\":1}");
    }

    private static String text(byte[] bytes, Random random) {
        Base64.Encoder encoder = random.nextInt(4) == 0 ? Base64.getUrlEncoder() : Base64.getEncoder();
        String plain = (random.nextBoolean() ? encoder : encoder.withoutPadding()).encodeToString(bytes);
        int everyChars = 1 + random.nextInt(plain.length() + 1);
        var text = new StringBuilder();
        for (int i = 0; i < plain.length(); i++) {
            char c = plain.charAt(i);
            if (i % everyChars == everyChars - 1) {
                text.append(random.nextBoolean() ? "\\n" : " ");
                text.append(c == '/' ? "\\/" : "\\u%04x".formatted((int) c));
            } else {
                text.append(c);
            }
        }
        return text.toString();
    }

    /** Returns fewer bytes than asked for, as a socket does. */
    private static final class ShortReads extends InputStream {

        private final InputStream bytes;
        private final Random random;

        ShortReads(String text, Random random) {
            this.bytes = new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
            this.random = random;
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException("read by blocks");
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            return bytes.read(buffer, offset, Math.min(length, 1 + random.nextInt(9_000)));
        }
    }
}
