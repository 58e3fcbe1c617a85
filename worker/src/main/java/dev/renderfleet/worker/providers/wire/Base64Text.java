package dev.renderfleet.worker.providers.wire;

import dev.renderfleet.worker.providers.FailureKind;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/**
 * Decodes base64 from a JSON string: either alphabet, padded or not, with white space and JSON escapes, also as a {@code data:} URL.
 * Decodes up to padding or the first other character; the check of the picture finds a truncated one. For one string, one thread.
 */
final class Base64Text {

    private static final String DATA_URL = "data:";
    private static final int CHUNK_BYTES = 16 * 1024;
    private static final byte[] VALUES = values();

    private final OutputStream out;
    private final byte[] decoded = new byte[CHUNK_BYTES];
    private int length;
    private int bits;
    private int digits;
    private boolean complete;
    private boolean escaped;
    /** Of a {@code \}{@code uXXXX} escape: digits to come, and the value so far. */
    private int hexDigits;

    private int hexValue;

    private Base64Text(OutputStream out) {
        this.out = out;
    }

    /**
     * Decodes the string whose opening quote was read, and stops before its closing quote.
     *
     * @param json with room to push back 16 KiB
     * @throws CallException if {@code json} ends before the string
     */
    static void decode(PushbackInputStream json, OutputStream out) throws IOException {
        var text = new Base64Text(out);
        text.complete = !skipPrefix(json);
        byte[] chunk = new byte[CHUNK_BYTES];
        while (true) {
            int read = json.read(chunk);
            if (read < 0) {
                throw new CallException(
                        FailureKind.UNKNOWN_OUTCOME, "ANSWER_TRUNCATED", "the answer ends in the middle");
            }
            int end = text.accept(chunk, read);
            if (end < read) {
                json.unread(chunk, end, read - end);
                text.finish();
                return;
            }
        }
    }

    /** Skips the part of a {@code data:} URL before its data. False if the string ends with it. */
    private static boolean skipPrefix(PushbackInputStream json) throws IOException {
        byte[] start = json.readNBytes(DATA_URL.length());
        if (!new String(start, StandardCharsets.US_ASCII).equals(DATA_URL)) {
            json.unread(start);
            return true;
        }
        int c = json.read();
        while (c >= 0 && c != ',' && c != '"') {
            c = json.read();
        }
        if (c == '"') {
            json.unread(c);
        }
        return c == ',';
    }

    /** Returns the index of the closing quote, or {@code length}. */
    private int accept(byte[] json, int length) throws IOException {
        boolean untried = true;
        for (int i = 0; i < length; i++) {
            if (untried && digits == 0 && hexDigits == 0 && !escaped && !complete) {
                untried = false;
                i += acceptBlock(json, i, (length - i) & ~3);
                if (i == length) {
                    return length;
                }
            }
            int c = json[i];
            if (hexDigits > 0) {
                hexValue = (hexValue << 4) | Math.max(0, Character.digit(c, 16));
                if (--hexDigits == 0) {
                    accept(hexValue);
                }
            } else if (escaped) {
                escaped = false;
                unescape(c);
            } else if (c == '"') {
                return i;
            } else if (c == '\\') {
                escaped = true;
            } else {
                accept(c);
            }
        }
        return length;
    }

    /** Decodes all bytes at once. Returns 0, having decoded nothing, if one of them is no digit of the standard alphabet. */
    private int acceptBlock(byte[] json, int from, int count) throws IOException {
        try {
            ByteBuffer block = Base64.getDecoder().decode(ByteBuffer.wrap(json, from, count));
            out.write(decoded, 0, length);
            length = 0;
            out.write(block.array(), 0, block.limit());
            complete = block.limit() < count / 4 * 3;
            return count;
        } catch (IllegalArgumentException e) {
            return 0;
        }
    }

    private void unescape(int c) throws IOException {
        switch (c) {
            case 'u' -> {
                hexDigits = 4;
                hexValue = 0;
            }
            case 'n', 'r', 't' -> {}
            default -> accept(c);
        }
    }

    private void accept(int c) throws IOException {
        int value = c >= 0 && c < VALUES.length ? VALUES[c] : -1;
        if (complete || c == ' ' || c == '\r' || c == '\n' || c == '\t') {
            return;
        }
        if (value < 0) {
            complete = true;
            return;
        }
        bits = (bits << 6) | value;
        if (++digits == 4) {
            digits = 0;
            write(bits >> 16);
            write(bits >> 8);
            write(bits);
        }
    }

    private void finish() throws IOException {
        if (digits >= 2) {
            int left = bits << (6 * (4 - digits));
            write(left >> 16);
            if (digits == 3) {
                write(left >> 8);
            }
        }
        out.write(decoded, 0, length);
    }

    private void write(int b) throws IOException {
        if (length == decoded.length) {
            out.write(decoded, 0, length);
            length = 0;
        }
        decoded[length++] = (byte) b;
    }

    private static byte[] values() {
        byte[] values = new byte[128];
        Arrays.fill(values, (byte) -1);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (int i = 0; i < alphabet.length(); i++) {
            values[alphabet.charAt(i)] = (byte) i;
        }
        values['-'] = values['+'];
        values['_'] = values['/'];
        return values;
    }
}
