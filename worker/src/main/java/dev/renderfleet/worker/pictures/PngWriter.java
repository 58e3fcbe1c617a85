package dev.renderfleet.worker.pictures;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/** Writes a PNG row by row with 8-bit RGB or RGBA, without holding the picture. Closing it completes the file. Not thread-safe. */
public final class PngWriter implements AutoCloseable {

    private static final int CHUNK_BYTES = 1 << 16;

    private final DataOutputStream out;
    private final Deflater deflater = new Deflater(6);
    private final DeflaterOutputStream pixels;
    private final int channels;
    private final byte[] filtered;
    private final byte[] above;

    /** Whether a pixel has an alpha channel. */
    public enum Channels {
        RGB(3, 2),
        RGBA(4, 6);

        private final int count;
        private final int pngColourType;

        Channels(int count, int pngColourType) {
            this.count = count;
            this.pngColourType = pngColourType;
        }
    }

    /** Writes the header. */
    public PngWriter(OutputStream file, int width, int height, Channels channels) throws IOException {
        this.channels = channels.count;
        out = new DataOutputStream(file);
        out.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'});
        var header = new ByteArrayOutputStream();
        var fields = new DataOutputStream(header);
        fields.writeInt(width);
        fields.writeInt(height);
        fields.write(new byte[] {8, (byte) channels.pngColourType, 0, 0, 0});
        chunk("IHDR", header.toByteArray(), header.size());
        pixels = new DeflaterOutputStream(new Chunks(), deflater, 1 << 13);
        filtered = new byte[1 + channels.count * width];
        above = new byte[channels.count * width];
        // Filter "up": rows of sheets and masks are mostly like the one above.
        filtered[0] = 2;
    }

    /** Writes the next row, as 0xAARRGGBB from an offset. */
    public void writeRow(int[] argb, int offset) throws IOException {
        for (int i = 0; i < above.length; i++) {
            int channel = i % channels;
            byte value = (byte) (argb[offset + i / channels] >> (channel == 3 ? 24 : 16 - 8 * channel));
            filtered[1 + i] = (byte) (value - above[i]);
            above[i] = value;
        }
        pixels.write(filtered);
    }

    @Override
    public void close() throws IOException {
        try (out) {
            pixels.close();
            chunk("IEND", new byte[0], 0);
        } finally {
            deflater.end();
        }
    }

    private void chunk(String type, byte[] data, int length) throws IOException {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        var crc = new CRC32();
        crc.update(name);
        crc.update(data, 0, length);
        out.writeInt(length);
        out.write(name);
        out.write(data, 0, length);
        out.writeInt((int) crc.getValue());
    }

    /** Cuts the compressed pixels into chunks. */
    private final class Chunks extends OutputStream {

        private final byte[] buffer = new byte[CHUNK_BYTES];
        private int filled;

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            for (int done = 0; done < length; ) {
                int part = Math.min(length - done, buffer.length - filled);
                System.arraycopy(source, offset + done, buffer, filled, part);
                filled += part;
                done += part;
                if (filled == buffer.length) {
                    flushChunk();
                }
            }
        }

        @Override
        public void close() throws IOException {
            flushChunk();
        }

        private void flushChunk() throws IOException {
            if (filled > 0) {
                chunk("IDAT", buffer, filled);
                filled = 0;
            }
        }
    }
}
