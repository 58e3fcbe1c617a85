package dev.renderfleet.sandbox.pictures;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Writes PNG files: faster than ImageIO, and with the two liberties the simulator needs, padding and a wrong checksum. */
final class PngFile {
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final int CHUNK_OVERHEAD = 12;
    private static final int COMPRESSION = 3;

    private PngFile() {}

    static byte[] encode(BufferedImage image, int targetBytes, Filler filler) {
        var out = new ByteArrayOutputStream(image.getWidth() * image.getHeight());
        out.writeBytes(SIGNATURE);
        chunk(out, "IHDR", header(image));
        chunk(out, "IDAT", pixels(image));
        int missing = targetBytes - out.size() - 2 * CHUNK_OVERHEAD;
        if (missing > 0) {
            // A private, ancillary chunk that every decoder skips.
            chunk(out, "rfPd", filler.bytes(missing));
        }
        chunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    /** The same file with the pixels' checksum inverted: a decoder that checks must refuse it. */
    static byte[] withWrongChecksum(byte[] png) {
        byte[] broken = png.clone();
        var file = ByteBuffer.wrap(broken);
        int position = SIGNATURE.length;
        while (file.getInt(position + 4)
                != ByteBuffer.wrap("IDAT".getBytes(StandardCharsets.US_ASCII)).getInt()) {
            position += file.getInt(position) + CHUNK_OVERHEAD;
        }
        int checksum = position + 8 + file.getInt(position);
        file.putInt(checksum, ~file.getInt(checksum));
        return broken;
    }

    private static byte[] header(BufferedImage image) {
        byte bitsPerSample = 8;
        byte trueColour = 2;
        byte alpha = 4;
        return ByteBuffer.allocate(13)
                .putInt(image.getWidth())
                .putInt(image.getHeight())
                .put(bitsPerSample)
                .put((byte) (image.getColorModel().hasAlpha() ? trueColour | alpha : trueColour))
                .array();
    }

    private static byte[] pixels(BufferedImage image) {
        var deflater = new Deflater(COMPRESSION);
        try {
            var out = new ByteArrayOutputStream(image.getWidth() * image.getHeight());
            boolean alpha = image.getColorModel().hasAlpha();
            byte[] row = new byte[1 + (alpha ? 4 : 3) * image.getWidth()];
            int[] colours = new int[image.getWidth()];
            byte[] buffer = new byte[64 * 1024];
            for (int y = 0; y < image.getHeight(); y++) {
                image.getRGB(0, y, colours.length, 1, colours, 0, colours.length);
                filter(colours, row, alpha);
                deflater.setInput(row);
                while (!deflater.needsInput()) {
                    out.write(buffer, 0, deflater.deflate(buffer));
                }
            }
            deflater.finish();
            while (!deflater.finished()) {
                out.write(buffer, 0, deflater.deflate(buffer));
            }
            return out.toByteArray();
        } finally {
            deflater.end();
        }
    }

    /** PNG's "Sub" filter: each sample less its left neighbour, which makes gradients compress well. */
    private static void filter(int[] colours, byte[] row, boolean alpha) {
        row[0] = 1;
        int left = 0;
        int at = 1;
        for (int colour : colours) {
            row[at++] = (byte) ((colour >> 16) - (left >> 16));
            row[at++] = (byte) ((colour >> 8) - (left >> 8));
            row[at++] = (byte) (colour - left);
            if (alpha) {
                row[at++] = (byte) ((colour >>> 24) - (left >>> 24));
            }
            left = colour;
        }
    }

    private static void chunk(ByteArrayOutputStream out, String type, byte[] data) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        var checksum = new CRC32();
        checksum.update(name);
        checksum.update(data);
        out.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
        out.writeBytes(name);
        out.writeBytes(data);
        out.writeBytes(ByteBuffer.allocate(4).putInt((int) checksum.getValue()).array());
    }

    /** Where padding comes from. */
    @FunctionalInterface
    interface Filler {
        byte[] bytes(int count);
    }
}
