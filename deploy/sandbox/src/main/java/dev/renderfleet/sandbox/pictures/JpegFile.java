package dev.renderfleet.sandbox.pictures;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Writes JPEG files, padded with comment segments where a certain length is wanted. */
public final class JpegFile {
    private static final float QUALITY = 0.9f;
    private static final int SEGMENT_DATA_MAX = 65_533;
    private static final int SEGMENT_HEAD = 4;
    private static final byte[] COMMENT = {(byte) 0xff, (byte) 0xfe};
    private static final byte[] EXIF = {(byte) 0xff, (byte) 0xe1};
    private static final int AFTER_START_MARKER = 2;

    private JpegFile() {}

    /** The JPEG with an EXIF orientation that turns it to the right. */
    public static byte[] turned(byte[] jpeg) {
        byte[] exif =
                "Exif\0\0MM\0*\0\0\0\10\0\1\1\22\0\3\0\0\0\1\0\6\0\0\0\0\0\0".getBytes(StandardCharsets.ISO_8859_1);
        var out = new ByteArrayOutputStream(jpeg.length + exif.length + SEGMENT_HEAD);
        out.write(jpeg, 0, AFTER_START_MARKER);
        out.writeBytes(EXIF);
        out.writeBytes(
                ByteBuffer.allocate(2).putShort((short) (exif.length + 2)).array());
        out.writeBytes(exif);
        out.write(jpeg, AFTER_START_MARKER, jpeg.length - AFTER_START_MARKER);
        return out.toByteArray();
    }

    static byte[] encode(BufferedImage image, int targetBytes, PngFile.Filler filler) {
        byte[] file = compressed(image);
        int missing = targetBytes - file.length;
        if (missing <= SEGMENT_HEAD) {
            return file;
        }
        var out = new ByteArrayOutputStream(targetBytes);
        out.write(file, 0, AFTER_START_MARKER);
        while (missing > SEGMENT_HEAD) {
            int data = Math.min(SEGMENT_DATA_MAX, missing - SEGMENT_HEAD);
            out.writeBytes(COMMENT);
            out.writeBytes(ByteBuffer.allocate(2).putShort((short) (data + 2)).array());
            out.writeBytes(filler.bytes(data));
            missing -= data + SEGMENT_HEAD;
        }
        out.write(file, AFTER_START_MARKER, file.length - AFTER_START_MARKER);
        return out.toByteArray();
    }

    private static byte[] compressed(BufferedImage image) {
        var writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        var bytes = new ByteArrayOutputStream(image.getWidth() * image.getHeight() / 4);
        try (var out = new MemoryCacheImageOutputStream(bytes)) {
            ImageWriteParam how = writer.getDefaultWriteParam();
            how.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            how.setCompressionQuality(QUALITY);
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), how);
        } catch (IOException e) {
            throw new UncheckedIOException("a JPEG cannot be written to memory", e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }
}
