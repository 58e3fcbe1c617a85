package dev.renderfleet.worker.pictures;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PngRowsTest {

    private static final int BROKEN_FILES = 2_000;

    @TempDir
    Path temp;

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "64, 48, 1", "65, 47, 2", "200, 33, 7", "3000, 5, 3"})
    void samplesTheSamePixelsAsImageIo(int width, int height, int step) throws IOException {
        for (int channels : new int[] {3, 4}) {
            for (int filter = 0; filter <= 4; filter++) {
                var png = new RandomPng(new Random(width + filter), width, height, channels);
                png.filter = filter;
                Path file = Files.write(temp.resolve("picture"), png.file());

                BufferedImage sampled = Objects.requireNonNull(PngRows.sample(file, step));

                assertThat(pixels(sampled))
                        .isEqualTo(pixels(SampledPixels.sampleByImageIo(
                                file, new PictureHeader.Known("image/png", width, height), step)));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"16, 2, 0", "8, 0, 0", "8, 4, 0", "8, 2, 1", "8, 6, 1", "4, 3, 0"})
    void leavesOtherKindsToImageIo(int depth, int colors, int interlace) throws IOException {
        var png = new RandomPng(new Random(1), 20, 20, 3);
        png.depth = depth;
        png.colors = colors;
        png.interlace = interlace;

        assertThat(PngRows.sample(Files.write(temp.resolve("picture"), png.file()), 1))
                .isNull();
    }

    @Test
    void leavesATransparentColourToImageIo() throws IOException {
        byte[] png = TestPictures.inserted(
                new RandomPng(new Random(1), 20, 20, 3).file(), 33, TestPictures.chunk("tRNS", new byte[6]));

        assertThat(PngRows.sample(Files.write(temp.resolve("picture"), png), 1)).isNull();
    }

    /** Both decoders accept a broken file with the same pixels, or both reject it. */
    @Test
    void acceptsAndRejectsBrokenFilesAsImageIoDoes() throws IOException {
        long seed = Long.getLong("test.seed", System.nanoTime());
        System.out.println("acceptsAndRejectsBrokenFilesAsImageIoDoes: -Dtest.seed=" + seed);
        var random = new Random(seed);
        Path file = temp.resolve("broken");
        int accepted = 0;
        int rejected = 0;
        for (int i = 0; i < BROKEN_FILES; i++) {
            byte[] broken = brokenFile(random);
            Files.write(file, broken);
            if (!(PictureHeader.read(file) instanceof PictureHeader.Known known && known.decodable())) {
                continue;
            }
            int step = 1 + random.nextInt(3);
            int[] expected = pixelsOrNull(file, known, step);
            try {
                BufferedImage ours = PngRows.sample(file, step);
                if (ours != null) {
                    accepted++;
                    assertThat(pixels(ours)).as("file %d", i).isEqualTo(expected);
                }
            } catch (IOException e) {
                rejected++;
                // ImageIO overlooks a wrong checksum after the pixels where its buffer of 512 bytes ends within it.
                if (!"incorrect data check".equals(e.getMessage())) {
                    assertThat(expected).as("file %d: %s", i, e).isNull();
                }
            }
        }
        System.out.println("broken files accepted " + accepted + ", rejected " + rejected + " of " + BROKEN_FILES);
        assertThat(accepted).isGreaterThan(BROKEN_FILES / 10);
        assertThat(rejected).isGreaterThan(BROKEN_FILES / 4);
    }

    private static byte[] brokenFile(Random random) {
        int width = random.nextInt(10) == 0 ? 3_000 : 1 + random.nextInt(90);
        var png = new RandomPng(random, width, 1 + random.nextInt(40), 3 + random.nextInt(2));
        switch (random.nextInt(8)) {
            case 0 -> png.filter = 5 + random.nextInt(200);
            case 1 -> png.missingRows = 1 + random.nextInt(2);
            case 2 -> png.missingRows = -1 - random.nextInt(3);
            case 3 -> png.flippedBits = 1 + random.nextInt(3);
            case 4 -> png.wrongChecksum = true;
            case 5 -> png.foreignChunk = true;
            case 6 -> {
                byte[] file = png.file();
                return Arrays.copyOf(file, random.nextInt(file.length));
            }
            default -> {
                byte[] file = png.file();
                for (int i = 0; i <= random.nextInt(4); i++) {
                    file[random.nextInt(file.length)] = (byte) random.nextInt();
                }
                return file;
            }
        }
        return png.file();
    }

    private static int @Nullable [] pixelsOrNull(Path file, PictureHeader.Known header, int step) {
        try {
            return pixels(SampledPixels.sampleByImageIo(file, header, step));
        } catch (IOException | RuntimeException e) {
            return null;
        }
    }

    private static int[] pixels(BufferedImage image) {
        return image.getRaster().getPixels(0, 0, image.getWidth(), image.getHeight(), (int[]) null);
    }

    /** A PNG of smooth pixels with some noise, written in chunks of random sizes. */
    private static final class RandomPng {

        private final Random random;
        private final int width;
        private final int height;
        private final int channels;
        private int depth = 8;
        private int colors;
        private int interlace;
        private int filter = -1;
        private int missingRows;
        private int flippedBits;
        private boolean wrongChecksum;
        private boolean foreignChunk;

        RandomPng(Random random, int width, int height, int channels) {
            this.random = random;
            this.width = width;
            this.height = height;
            this.channels = channels;
            this.colors = channels == 3 ? 2 : 6;
        }

        byte[] file() {
            byte[] header = ByteBuffer.allocate(13)
                    .putInt(width)
                    .putInt(height)
                    .put(new byte[] {(byte) depth, (byte) colors, 0, 0, (byte) interlace})
                    .array();
            byte[] data = data();
            List<byte[]> pieces = new ArrayList<>();
            pieces.add(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'});
            pieces.add(TestPictures.chunk("IHDR", header));
            int foreignAt = foreignChunk ? random.nextInt(3) : -1;
            for (int at = 0, chunk = 0; at < data.length; chunk++) {
                int length = Math.min(data.length - at, random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(4_000));
                if (chunk == foreignAt) {
                    pieces.add(TestPictures.chunk("tEXt", new byte[5]));
                }
                pieces.add(TestPictures.chunk("IDAT", Arrays.copyOfRange(data, at, at + length)));
                at += length;
            }
            pieces.add(TestPictures.chunk("IEND", new byte[0]));
            return TestPictures.concat(pieces.toArray(byte[][]::new));
        }

        private byte[] data() {
            var bytes = new ByteArrayOutputStream();
            try (var out = new DeflaterOutputStream(bytes, new Deflater(random.nextInt(10)))) {
                int oddRow = filter > 4 ? random.nextInt(height) : -1;
                for (int y = 0; y < height - missingRows; y++) {
                    byte[] row = new byte[width * channels];
                    for (int i = 0; i < row.length; i++) {
                        row[i] = (byte) (random.nextInt(5) == 0 ? random.nextInt() : i / 7 + y);
                    }
                    out.write(filter < 0 || (filter > 4 && y != oddRow) ? random.nextInt(5) : filter);
                    out.write(row);
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            byte[] data = bytes.toByteArray();
            for (int i = 0; i < flippedBits; i++) {
                data[random.nextInt(data.length)] ^= (byte) (1 << random.nextInt(8));
            }
            if (wrongChecksum) {
                data[data.length - 1] ^= 1;
            }
            return data;
        }
    }
}
