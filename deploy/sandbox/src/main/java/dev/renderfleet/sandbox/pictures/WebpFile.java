package dev.renderfleet.sandbox.pictures;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;

/** Writes lossless WebP files of one colour, since no library here writes WebP. Source: RFC 9649. */
public final class WebpFile {
    private static final int HAS_PROFILE = 0x20;
    private static final int SIZE_BITS = 14;
    private static final int PIXEL_BYTES = 32;
    /** Green, red, blue, alpha, distance: a prefix code of one symbol each. */
    private static final int[] SYMBOLS = {0x9A, 0xC4, 0x7B, 0xFF, 0};

    private WebpFile() {}

    static byte[] plain(int width, int height) {
        return file(chunk("VP8L", pixels(width, height)));
    }

    /** A sound picture with an invalid colour profile. */
    public static byte[] withJunkProfile(int width, int height) {
        byte[] junk = "not a colour profile, but as long as the header of one. "
                .repeat(4)
                .getBytes(StandardCharsets.US_ASCII);
        var canvas = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN).putInt(HAS_PROFILE);
        canvas.putInt(4, width - 1).putInt(6, ((height - 1) << 8) | ((width - 1) >> 16));
        return file(chunk("VP8X", canvas.array()), chunk("ICCP", junk), chunk("VP8L", pixels(width, height)));
    }

    private static byte[] file(byte[]... chunks) {
        var file = new ByteArrayOutputStream();
        file.writeBytes("WEBP".getBytes(StandardCharsets.US_ASCII));
        for (byte[] chunk : chunks) {
            file.writeBytes(chunk);
        }
        return chunk("RIFF", file.toByteArray());
    }

    private static byte[] pixels(int width, int height) {
        var bits = new BitSet();
        int at = 8;
        bits.or(BitSet.valueOf(new byte[] {0x2F}));
        at = put(bits, at, width - 1, SIZE_BITS);
        at = put(bits, at, height - 1, SIZE_BITS);
        // No alpha, version 0, no transform, no colour cache, no meta prefix codes.
        at = put(bits, at, 0, 7);
        for (int symbol : SYMBOLS) {
            // A simple code, of one symbol, which has eight bits.
            at = put(bits, at, 0b101, 3);
            at = put(bits, at, symbol, 8);
        }
        return Arrays.copyOf(bits.toByteArray(), PIXEL_BYTES);
    }

    private static int put(BitSet bits, int at, int value, int count) {
        for (int bit = 0; bit < count; bit++) {
            bits.set(at + bit, (value >> bit & 1) == 1);
        }
        return at + count;
    }

    private static byte[] chunk(String type, byte[] data) {
        var chunk = ByteBuffer.allocate(8 + data.length + (data.length & 1)).order(ByteOrder.LITTLE_ENDIAN);
        return chunk.put(type.getBytes(StandardCharsets.US_ASCII))
                .putInt(data.length)
                .put(data)
                .array();
    }
}
