package dev.renderfleet.worker.references;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/** Picture files of 64 bytes with a header of any size. */
final class PictureHeaders {

    private static final int BYTES = 64;

    private PictureHeaders() {}

    static byte[] png(int width, int height) {
        var header = ByteBuffer.allocate(17)
                .put(ascii("IHDR"))
                .putInt(width)
                .putInt(height)
                .put(new byte[] {8, 2, 0, 0, 0})
                .array();
        var crc = new CRC32();
        crc.update(header);
        return ByteBuffer.allocate(BYTES)
                .putLong(0x89504E470D0A1A0AL)
                .putInt(13)
                .put(header)
                .putInt((int) crc.getValue())
                .array();
    }

    /** With a segment of metadata before the frame header, as cameras write it. */
    static byte[] jpeg(int width, int height) {
        return ByteBuffer.allocate(BYTES)
                .putShort((short) 0xFFD8)
                .putShort((short) 0xFFE1)
                .putShort((short) 10)
                .putLong(0)
                .putShort((short) 0xFFC2)
                .putShort((short) 17)
                .put((byte) 8)
                .putShort((short) height)
                .putShort((short) width)
                .array();
    }

    static byte[] webp(int width, int height) {
        var bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(ascii("RIFF")).putInt(BYTES - 8).put(ascii("WEBPVP8X")).putInt(10);
        bytes.position(24).putInt(width - 1).position(27).putInt(height - 1);
        return bytes.array();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
