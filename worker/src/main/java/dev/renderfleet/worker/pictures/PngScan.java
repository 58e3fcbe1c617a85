package dev.renderfleet.worker.pictures;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;

/** PNG after its signature: chunks with checksums. Source: PNG specification, third edition, section 5. */
final class PngScan {

    private static final String MANIFEST = "caBX";
    private static final String EXIF = "eXIf";

    private final DataInputStream in;
    private final byte[] buffer = new byte[8192];
    private int orientation = ExifOrientation.NORMAL;

    PngScan(DataInputStream in) {
        this.in = in;
    }

    PictureScan scan(boolean headerOnly) throws IOException {
        PictureHeader.Known header = readHeader();
        if (headerOnly) {
            return new PictureScan.Intact(header, false);
        }
        boolean manifest = false;
        boolean pixels = false;
        while (true) {
            int length = in.readInt();
            String type = readType();
            if (length < 0 || type.equals("IHDR")) {
                throw new PictureScan.BrokenPictureException("misplaced chunk " + type);
            }
            checkData(type, length);
            manifest |= type.equals(MANIFEST);
            pixels |= type.equals("IDAT");
            if (type.equals("IEND")) {
                return pixels
                        ? new PictureScan.Intact(header.turnedTo(orientation), manifest)
                        : new PictureScan.Broken(true, "has no pixel data");
            }
        }
    }

    private PictureHeader.Known readHeader() throws IOException {
        if (in.readInt() != 13 || !readType().equals("IHDR")) {
            throw new PictureScan.BrokenPictureException("does not start with a header chunk");
        }
        byte[] data = in.readNBytes(13);
        CRC32 crc = crc("IHDR");
        crc.update(data);
        if ((int) crc.getValue() != in.readInt()) {
            throw new PictureScan.BrokenPictureException("checksum of chunk IHDR is wrong");
        }
        return PictureScan.known("image/png", bigEndian(data, 0), bigEndian(data, 4));
    }

    private void checkData(String type, int length) throws IOException {
        CRC32 crc = crc(type);
        for (int left = length; left > 0; ) {
            int read = Math.min(left, buffer.length);
            in.readFully(buffer, 0, read);
            if (left == length && type.equals(EXIF)) {
                // The orientation is at its start.
                orientation = ExifOrientation.of(Arrays.copyOf(buffer, read));
            }
            crc.update(buffer, 0, read);
            left -= read;
        }
        // A small first letter marks chunks that the pixels do not need, such as comments.
        if ((int) crc.getValue() != in.readInt() && Character.isUpperCase(type.charAt(0))) {
            throw new PictureScan.BrokenPictureException("checksum of chunk " + type + " is wrong");
        }
    }

    private String readType() throws IOException {
        byte[] type = new byte[4];
        in.readFully(type);
        for (byte letter : type) {
            if (!Character.isLetter(letter)) {
                throw new PictureScan.BrokenPictureException("has a chunk without a name");
            }
        }
        return new String(type, StandardCharsets.US_ASCII);
    }

    private static CRC32 crc(String type) {
        var crc = new CRC32();
        crc.update(type.getBytes(StandardCharsets.US_ASCII));
        return crc;
    }

    private static int bigEndian(byte[] bytes, int at) {
        return (bytes[at] << 24)
                | ((bytes[at + 1] & 0xFF) << 16)
                | ((bytes[at + 2] & 0xFF) << 8)
                | (bytes[at + 3] & 0xFF);
    }
}
