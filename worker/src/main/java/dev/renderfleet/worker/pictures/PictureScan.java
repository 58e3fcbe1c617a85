package dev.renderfleet.worker.pictures;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.SequenceInputStream;
import java.io.Serial;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/** Parses a picture's structure to its end marker without decoding pixels. Memory does not depend on the file's size. */
sealed interface PictureScan {

    /** The structure is complete. */
    record Intact(PictureHeader.Known header, boolean c2paPresent) implements PictureScan {}

    /**
     * The structure is broken.
     *
     * @param known whether the file has a known format
     */
    record Broken(boolean known, String reason) implements PictureScan {}

    /** Parses the whole file: checksums, end marker, C2PA manifest. */
    static PictureScan whole(Path file) throws IOException {
        return scan(file, false);
    }

    /** Parses up to the picture's size. */
    static PictureScan header(Path file) throws IOException {
        return scan(file, true);
    }

    private static PictureScan scan(Path file, boolean headerOnly) throws IOException {
        // Not a channel, since an interrupt would close it and look like a broken picture.
        try (var in = new DataInputStream(new BufferedInputStream(new FileInputStream(file.toFile()), 1 << 15))) {
            byte[] magic = in.readNBytes(12);
            try {
                if (startsWith(magic, 0, 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n')) {
                    return new PngScan(rewound(in, magic, 8)).scan(headerOnly);
                }
                if (startsWith(magic, 0, 0xFF, 0xD8, 0xFF)) {
                    return new JpegScan(rewound(in, magic, 2)).scan(headerOnly);
                }
                if (startsWith(magic, 0, 'R', 'I', 'F', 'F') && startsWith(magic, 8, 'W', 'E', 'B', 'P')) {
                    return new WebpScan(in, Integer.toUnsignedLong(littleEndian(magic, 4))).scan(headerOnly);
                }
                return new Broken(false, "neither PNG nor JPEG nor WebP");
            } catch (EOFException e) {
                return new Broken(true, "ends in the middle");
            } catch (BrokenPictureException e) {
                return new Broken(true, e.reason);
            }
        }
    }

    /** Thrown by the parsers of the formats; never leaves this interface. */
    final class BrokenPictureException extends IOException {
        @Serial
        private static final long serialVersionUID = 1;

        private final String reason;

        BrokenPictureException(String reason) {
            super(reason);
            this.reason = reason;
        }
    }

    /** A header with a positive size. */
    static PictureHeader.Known known(String mime, int width, int height) throws BrokenPictureException {
        if (width <= 0 || height <= 0) {
            throw new BrokenPictureException("claims " + width + " × " + height + " pixels");
        }
        return new PictureHeader.Known(mime, width, height);
    }

    /** Whether the first {@code length} bytes contain an ASCII text. */
    static boolean contains(byte[] bytes, int length, String text) {
        byte[] wanted = text.getBytes(StandardCharsets.US_ASCII);
        for (int at = 0; at + wanted.length <= length; at++) {
            if (Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
                return true;
            }
        }
        return false;
    }

    /** Four bytes, least significant first. */
    static int littleEndian(byte[] bytes, int at) {
        return (bytes[at] & 0xFF)
                | ((bytes[at + 1] & 0xFF) << 8)
                | ((bytes[at + 2] & 0xFF) << 16)
                | ((bytes[at + 3] & 0xFF) << 24);
    }

    private static boolean startsWith(byte[] bytes, int from, int... wanted) {
        if (bytes.length < from + wanted.length) {
            return false;
        }
        for (int i = 0; i < wanted.length; i++) {
            if (bytes[from + i] != (byte) wanted[i]) {
                return false;
            }
        }
        return true;
    }

    private static DataInputStream rewound(DataInputStream in, byte[] read, int to) {
        var tail = new ByteArrayInputStream(read, to, read.length - to);
        return new DataInputStream(new SequenceInputStream(tail, in));
    }
}
