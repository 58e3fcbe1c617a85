package dev.renderfleet.worker.references;

import dev.renderfleet.worker.pictures.TestPictures;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.DeflaterOutputStream;

/** Pictures with one kind of damage each. Names such as {@code xcsn0g01} are those of PngSuite, whose files these imitate. */
final class DamagedPictures {

    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    private static final byte[] END = TestPictures.chunk("IEND", new byte[0]);

    private DamagedPictures() {}

    static byte[] of(String kind) {
        return switch (kind) {
            case "half" -> part(TestPictures.png(64, 64), 1, 2);
            case "jpeg" -> part(TestPictures.jpeg(256, 256), 2, 3);
            case "xcsn0g01" -> png(header(0), wrongChecksum(pixels()), END);
            case "xdtn0g01" -> png(header(0), END);
            case "xc9n2c08" -> png(header(9), pixels(), END);
            case "inflate" -> png(header(0), TestPictures.chunk("IDAT", new byte[] {1, 2, 3}), END);
            case "comment checksum" ->
                png(header(0), wrongChecksum(TestPictures.chunk("tEXt", new byte[] {'a', 0, 'b'})), pixels(), END);
            case "scans" -> scanned(TestPictures.jpeg(64, 64), 101);
            case "padding" -> padded(TestPictures.jpeg(256, 256));
            case "bytes after the end" -> TestPictures.concat(png(header(0), pixels(), END), new byte[20]);
            default -> throw new IllegalArgumentException(kind);
        };
    }

    private static byte[] scanned(byte[] jpeg, int times) {
        int scan = 0;
        while (jpeg[scan] != (byte) 0xFF || jpeg[scan + 1] != (byte) 0xDA) {
            scan++;
        }
        byte[] end = {(byte) 0xFF, (byte) 0xD9};
        var all = new ByteArrayOutputStream();
        all.writeBytes(Arrays.copyOf(jpeg, scan));
        for (int i = 0; i < times; i++) {
            all.writeBytes(Arrays.copyOfRange(jpeg, scan, jpeg.length - end.length));
        }
        all.writeBytes(end);
        return all.toByteArray();
    }

    private static byte[] padded(byte[] jpeg) {
        return TestPictures.inserted(jpeg, jpeg.length - 2, new byte[16]);
    }

    private static byte[] png(byte[]... chunks) {
        return TestPictures.concat(SIGNATURE, TestPictures.concat(chunks));
    }

    private static byte[] part(byte[] whole, int numerator, int denominator) {
        return Arrays.copyOf(whole, whole.length * numerator / denominator);
    }

    /** 32 × 32 pixels of 8 bits. */
    private static byte[] header(int colorType) {
        return TestPictures.chunk(
                "IHDR",
                ByteBuffer.allocate(13)
                        .putInt(32)
                        .putInt(32)
                        .put(new byte[] {8, (byte) colorType, 0, 0, 0})
                        .array());
    }

    private static byte[] pixels() {
        var packed = new ByteArrayOutputStream();
        try (var zlib = new DeflaterOutputStream(packed)) {
            zlib.write(new byte[32 * 33]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return TestPictures.chunk("IDAT", packed.toByteArray());
    }

    private static byte[] wrongChecksum(byte[] chunk) {
        chunk[chunk.length - 1] ^= 1;
        return chunk;
    }
}
