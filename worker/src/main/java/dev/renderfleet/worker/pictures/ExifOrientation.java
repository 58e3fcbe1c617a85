package dev.renderfleet.worker.pictures;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Reads the orientation from EXIF data: tag 0x0112 of its first directory. Source: TIFF 6.0 and CIPA DC-008. */
final class ExifOrientation {

    /** As stored. */
    static final int NORMAL = 1;

    /** Largest EXIF data that is read; JPEG allows no more. */
    static final int BYTES_MAX = 65_535;

    /** Before the data in JPEG files, and in some others. */
    static final String PREFIX = "Exif\0\0";

    private static final int TAG = 0x0112;
    private static final int TURNED_FIRST = 5;
    private static final int LAST = 8;
    private static final int HEADER_BYTES = 8;
    private static final int ENTRY_BYTES = 12;

    private ExifOrientation() {}

    /** The orientation, 1 to 8; {@link #NORMAL} if there is none or the data are broken. */
    static int of(byte[] exif) {
        int start = startsWith(exif, PREFIX) ? PREFIX.length() : 0;
        var data = ByteBuffer.wrap(exif, start, exif.length - start).slice();
        if (data.limit() < HEADER_BYTES) {
            return NORMAL;
        }
        data.order(data.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int directory = data.getInt(4);
        if (directory < HEADER_BYTES || directory > data.limit() - 2) {
            return NORMAL;
        }
        int end = Math.min(data.limit(), directory + 2 + ENTRY_BYTES * data.getChar(directory));
        for (int at = directory + 2; at + ENTRY_BYTES <= end; at += ENTRY_BYTES) {
            if (data.getChar(at) == TAG) {
                int orientation = data.getChar(at + 8);
                return orientation >= NORMAL && orientation <= LAST ? orientation : NORMAL;
            }
        }
        return NORMAL;
    }

    /** Whether width and height are exchanged. */
    static boolean isTurned(int orientation) {
        return orientation >= TURNED_FIRST;
    }

    private static boolean startsWith(byte[] bytes, String text) {
        return new String(bytes, 0, Math.min(bytes.length, text.length()), StandardCharsets.ISO_8859_1).equals(text);
    }
}
