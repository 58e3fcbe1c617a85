package dev.renderfleet.worker.pictures;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Objects;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;

/** Valid and broken pictures. */
public final class TestPictures {

    private TestPictures() {}

    static BufferedImage painted(int width, int height, int type) {
        var image = new BufferedImage(width, height, type);
        var graphics = image.createGraphics();
        graphics.setPaint(new GradientPaint(0, 0, Color.ORANGE, width, height, Color.BLUE));
        graphics.fillRect(0, 0, width, height);
        graphics.dispose();
        return image;
    }

    static BufferedImage noise(int width, int height) {
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        var random = new Random(width);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, random.nextInt());
            }
        }
        return image;
    }

    static byte[] encoded(BufferedImage image, String format) {
        try {
            var bytes = new ByteArrayOutputStream();
            if (!ImageIO.write(image, format, bytes)) {
                throw new IllegalArgumentException(format);
            }
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static byte[] png(int width, int height) {
        return encoded(painted(width, height, BufferedImage.TYPE_INT_RGB), "png");
    }

    public static byte[] jpeg(int width, int height) {
        return encoded(painted(width, height, BufferedImage.TYPE_INT_RGB), "jpg");
    }

    /** 1024 × 1024, lossy. No Java library on the class path writes WebP. */
    public static byte[] webp() {
        try (InputStream in = TestPictures.class.getResourceAsStream("lossy-1024.webp")) {
            return Objects.requireNonNull(in).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A PNG of a header that claims that size, and nothing behind it but an end. */
    static byte[] pngBomb(int width, int height) {
        var header = ByteBuffer.allocate(13).putInt(width).putInt(height);
        header.put(new byte[] {8, 2, 0, 0, 0});
        return concat(
                new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'},
                chunk("IHDR", header.array()),
                chunk("IDAT", new byte[] {1, 2, 3}),
                chunk("IEND", new byte[0]));
    }

    public static byte[] chunk(String type, byte[] data) {
        try {
            var bytes = new ByteArrayOutputStream();
            var out = new DataOutputStream(bytes);
            out.writeInt(data.length);
            byte[] name = type.getBytes(StandardCharsets.US_ASCII);
            out.write(name);
            out.write(data);
            var crc = new CRC32();
            crc.update(name);
            crc.update(data);
            out.writeInt((int) crc.getValue());
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A lossless WebP of one colour, with chunks before and after its pixels. */
    static byte[] webp(int width, int height, byte[] before, byte[] after) {
        var bits = new BitSet();
        int at = 0;
        for (int[] field : new int[][] {{width - 1, 14}, {height - 1, 14}, {0, 4}, {0, 3}}) {
            for (int bit = 0; bit < field[1]; bit++) {
                bits.set(at++, (field[0] >> bit & 1) == 1);
            }
        }
        // Five prefix codes of one symbol each: green, red, blue, alpha, distance.
        for (int symbol : new int[] {0x40, 0x80, 0xC0, 0xFF, 0}) {
            bits.set(at);
            bits.set(at + 2);
            at += 3;
            for (int bit = 0; bit < 8; bit++) {
                bits.set(at++, (symbol >> bit & 1) == 1);
            }
        }
        byte[] pixels = Arrays.copyOf(bits.toByteArray(), 32);
        var canvas = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN);
        canvas.put((byte) ((before.length > 0 ? 0x20 : 0) | (after.length > 0 ? 0x08 : 0)));
        canvas.put(4, (byte) (width - 1)).put(5, (byte) ((width - 1) >> 8));
        canvas.put(7, (byte) (height - 1)).put(8, (byte) ((height - 1) >> 8));
        byte[] chunks = concat(
                riffChunk("VP8X", canvas.array()), before, riffChunk("VP8L", concat(new byte[] {0x2F}, pixels)), after);
        return riffChunk("RIFF", concat("WEBP".getBytes(StandardCharsets.US_ASCII), chunks));
    }

    static byte[] riffChunk(String type, byte[] data) {
        var head = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        head.put(type.getBytes(StandardCharsets.US_ASCII)).putInt(data.length);
        return concat(head.array(), data, new byte[data.length & 1]);
    }

    static byte[] jpegSegment(int marker, byte[] data) {
        var head = ByteBuffer.allocate(4).put((byte) 0xFF).put((byte) marker).putShort((short) (data.length + 2));
        return concat(head.array(), data);
    }

    /** EXIF data with an orientation, in either byte order. */
    static byte[] exif(ByteOrder order, int orientation) {
        var tiff = ByteBuffer.allocate(38).order(order);
        tiff.put((order == ByteOrder.BIG_ENDIAN ? "MM" : "II").getBytes(StandardCharsets.US_ASCII));
        tiff.putShort((short) 42).putInt(8).putShort((short) 2);
        tiff.putShort((short) 0x0100).putShort((short) 4).putInt(1).putInt(640);
        tiff.putShort((short) 0x0112).putShort((short) 3).putInt(1).putShort((short) orientation);
        return tiff.array();
    }

    /** The JPEG with EXIF data. */
    static byte[] withExif(byte[] jpeg, byte[] exif) {
        return inserted(jpeg, 2, jpegSegment(0xE1, concat("Exif\0\0".getBytes(StandardCharsets.US_ASCII), exif)));
    }

    /** The bytes with others put in at an offset. */
    public static byte[] inserted(byte[] bytes, int at, byte[] more) {
        return concat(Arrays.copyOf(bytes, at), more, Arrays.copyOfRange(bytes, at, bytes.length));
    }

    public static byte[] concat(byte[]... pieces) {
        var all = new ByteArrayOutputStream();
        for (byte[] piece : pieces) {
            all.writeBytes(piece);
        }
        return all.toByteArray();
    }
}
