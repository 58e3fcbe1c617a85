package dev.renderfleet.worker.pictures;

import java.io.DataInputStream;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** JPEG after its first marker: segments up to the end-of-image marker. Source: ITU T.81, annex B. */
final class JpegScan {

    /** Progressive pictures have about ten; thousands of tiny ones would occupy a processor for minutes. */
    private static final int SCANS_MAX = 100;

    private static final int START_OF_SCAN = 0xDA;
    private static final int END_OF_IMAGE = 0xD9;
    /** Segment of EXIF data. */
    private static final int APP1 = 0xE1;
    /** Segment of C2PA manifests, in JUMBF boxes. */
    private static final int APP11 = 0xEB;

    private final DataInputStream in;
    private final byte[] segment = new byte[65_535];
    private PictureHeader.@Nullable Known header;
    private boolean manifest;
    private int orientation = ExifOrientation.NORMAL;

    JpegScan(DataInputStream in) {
        this.in = in;
    }

    PictureScan scan(boolean headerOnly) throws IOException {
        int marker = nextMarker();
        int scans = 0;
        while (true) {
            if (marker == END_OF_IMAGE) {
                return new PictureScan.Broken(true, "has no pixel data");
            }
            if (!isBare(marker)) {
                readSegment(marker);
            }
            if (headerOnly && header != null) {
                return new PictureScan.Intact(header.turnedTo(orientation), false);
            }
            if (marker != START_OF_SCAN) {
                marker = nextMarker();
                continue;
            }
            if (header == null) {
                return new PictureScan.Broken(true, "has pixel data before its size");
            }
            if (++scans > SCANS_MAX) {
                return new PictureScan.Broken(true, "has more than " + SCANS_MAX + " scans");
            }
            marker = skipPixelData();
            if (marker == END_OF_IMAGE) {
                return new PictureScan.Intact(header.turnedTo(orientation), manifest);
            }
        }
    }

    private void readSegment(int marker) throws IOException {
        int length = in.readUnsignedShort() - 2;
        if (length < 0) {
            throw new PictureScan.BrokenPictureException("has a segment without a length");
        }
        in.readFully(segment, 0, length);
        if (isFrame(marker) && header == null) {
            if (length < 6) {
                throw new PictureScan.BrokenPictureException("has a frame without a size");
            }
            header = PictureScan.known("image/jpeg", unsignedShort(3), unsignedShort(1));
        }
        if (marker == APP1
                && PictureScan.contains(
                        segment, Math.min(length, ExifOrientation.PREFIX.length()), ExifOrientation.PREFIX)) {
            orientation = ExifOrientation.of(Arrays.copyOf(segment, length));
        }
        if (marker == APP11) {
            manifest |= PictureScan.contains(segment, length, "jumb") && PictureScan.contains(segment, length, "c2pa");
        }
    }

    private int nextMarker() throws IOException {
        if (in.readUnsignedByte() != 0xFF) {
            throw new PictureScan.BrokenPictureException("has bytes between its segments");
        }
        int marker = in.readUnsignedByte();
        while (marker == 0xFF) {
            marker = in.readUnsignedByte();
        }
        return marker;
    }

    /** Reads to the marker that ends a scan. */
    private int skipPixelData() throws IOException {
        while (true) {
            if (in.readUnsignedByte() != 0xFF) {
                continue;
            }
            int marker = in.readUnsignedByte();
            while (marker == 0xFF) {
                marker = in.readUnsignedByte();
            }
            if (marker != 0 && !isBare(marker)) {
                return marker;
            }
        }
    }

    /** Markers without a segment: restarts and the temporary one. */
    private static boolean isBare(int marker) {
        return (marker >= 0xD0 && marker <= 0xD7) || marker == 0x01;
    }

    private static boolean isFrame(int marker) {
        return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    }

    private int unsignedShort(int at) {
        return ((segment[at] & 0xFF) << 8) | (segment[at + 1] & 0xFF);
    }
}
