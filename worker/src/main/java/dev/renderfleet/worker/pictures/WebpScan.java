package dev.renderfleet.worker.pictures;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** WebP after its RIFF header: chunks up to the length that the header names. Source: RFC 9649. */
final class WebpScan {

    private static final int CHUNK_HEAD_BYTES = 8;
    /** Enough of a chunk to find a size in it. */
    private static final int START_BYTES = 10;

    private final DataInputStream in;
    private long left;
    private PictureHeader.@Nullable Known header;

    /** @param riffBytes as the RIFF header says: what follows it, the name WEBP included */
    WebpScan(DataInputStream in, long riffBytes) {
        this.in = in;
        this.left = riffBytes - 4;
    }

    PictureScan scan(boolean headerOnly) throws IOException {
        boolean manifest = false;
        boolean pixels = false;
        int orientation = ExifOrientation.NORMAL;
        while (left >= CHUNK_HEAD_BYTES) {
            byte[] head = new byte[CHUNK_HEAD_BYTES];
            in.readFully(head);
            String type = new String(head, 0, 4, StandardCharsets.ISO_8859_1);
            long bytes = Integer.toUnsignedLong(PictureScan.littleEndian(head, 4));
            long padded = bytes + (bytes & 1);
            left -= CHUNK_HEAD_BYTES + padded;
            if (left < 0) {
                throw new PictureScan.BrokenPictureException("chunk is longer than the file claims to be");
            }
            byte[] start = in.readNBytes((int) Math.min(START_BYTES, padded));
            readSize(type, start);
            if (headerOnly && header != null) {
                return new PictureScan.Intact(header, false);
            }
            if (type.equals("EXIF") && bytes <= ExifOrientation.BYTES_MAX) {
                byte[] exif = Arrays.copyOf(start, (int) padded);
                in.readFully(exif, start.length, exif.length - start.length);
                orientation = ExifOrientation.of(exif);
            } else {
                in.skipNBytes(padded - start.length);
            }
            manifest |= type.equals("C2PA");
            pixels |= type.equals("VP8 ") || type.equals("VP8L") || type.equals("ANMF");
        }
        if (header == null || !pixels) {
            return new PictureScan.Broken(true, "has no pixel data");
        }
        return new PictureScan.Intact(header.turnedTo(orientation), manifest);
    }

    private void readSize(String type, byte[] start) throws IOException {
        if (header != null) {
            return;
        }
        switch (type) {
            case "VP8X" -> {
                need(start, 10);
                header = PictureScan.known("image/webp", 1 + bits(start, 4, 24), 1 + bits(start, 7, 24));
            }
            case "VP8 " -> {
                need(start, 10);
                header = PictureScan.known("image/webp", bits(start, 6, 14), bits(start, 8, 14));
            }
            case "VP8L" -> {
                need(start, 5);
                int size = PictureScan.littleEndian(start, 1);
                header = PictureScan.known("image/webp", 1 + (size & 0x3FFF), 1 + ((size >>> 14) & 0x3FFF));
            }
            default -> {
                // no size in it
            }
        }
    }

    private static void need(byte[] start, int bytes) throws IOException {
        if (start.length < bytes) {
            throw new PictureScan.BrokenPictureException("chunk is too short for a size");
        }
    }

    private static int bits(byte[] bytes, int at, int count) {
        int value = (bytes[at] & 0xFF) | ((bytes[at + 1] & 0xFF) << 8);
        if (count > 16) {
            value |= (bytes[at + 2] & 0xFF) << 16;
        }
        return value & ((1 << count) - 1);
    }
}
