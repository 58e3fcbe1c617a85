package dev.renderfleet.worker.pictures;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.identity.Sha256;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.worker.pictures.PictureCheck.CheckResult;
import dev.renderfleet.worker.pictures.PictureCheck.InvalidPicture;
import dev.renderfleet.worker.pictures.PictureCheck.Reason;
import dev.renderfleet.worker.pictures.PictureCheck.ValidPicture;
import dev.renderfleet.worker.pictures.PictureCheck.Wanted;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PictureCheckTest {

    private static final Wanted SQUARE = new Wanted("1:1", 0.04, OutputSize.K1);

    @TempDir
    Path temp;

    private CheckResult check(byte[] bytes, Wanted wanted) {
        try {
            Path file = Files.write(temp.resolve("picture"), bytes);
            return PictureCheck.check(file, "image/png", wanted);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Reason reason(byte[] bytes, Wanted wanted) {
        CheckResult outcome = check(bytes, wanted);
        assertThat(outcome).isInstanceOf(InvalidPicture.class);
        return ((InvalidPicture) outcome).reason();
    }

    @Test
    void describesAValidPicture() {
        byte[] png = TestPictures.png(1024, 1024);

        assertThat(check(png, SQUARE))
                .isEqualTo(new ValidPicture("image/png", 1024, 1024, Sha256.hex(png), png.length, false, List.of()));
    }

    static Stream<Arguments> kinds() {
        return Stream.of(
                Arguments.of(
                        "image/png",
                        TestPictures.encoded(TestPictures.painted(1024, 1024, BufferedImage.TYPE_INT_ARGB), "png")),
                Arguments.of(
                        "image/png",
                        TestPictures.encoded(TestPictures.painted(1024, 1024, BufferedImage.TYPE_BYTE_GRAY), "png")),
                Arguments.of(
                        "image/png",
                        TestPictures.encoded(TestPictures.painted(1024, 1024, BufferedImage.TYPE_USHORT_GRAY), "png")),
                Arguments.of(
                        "image/png",
                        TestPictures.encoded(TestPictures.painted(1024, 1024, BufferedImage.TYPE_BYTE_INDEXED), "png")),
                Arguments.of(
                        "image/png",
                        TestPictures.encoded(TestPictures.painted(1024, 1024, BufferedImage.TYPE_BYTE_BINARY), "png")),
                Arguments.of("image/jpeg", TestPictures.jpeg(1024, 1024)),
                Arguments.of(
                        "image/jpeg",
                        TestPictures.encoded(TestPictures.painted(1024, 1024, BufferedImage.TYPE_BYTE_GRAY), "jpg")),
                Arguments.of("image/webp", TestPictures.webp()));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void detectsTheMimeType(String mime, byte[] bytes) {
        assertThat(check(bytes, SQUARE)).isInstanceOfSatisfying(ValidPicture.class, valid -> {
            assertThat(valid.mime()).isEqualTo(mime);
            assertThat(valid.remarks()).hasSize(mime.equals("image/png") ? 0 : 1);
        });
    }

    @Test
    void findsManifestsOfProvenance() {
        byte[] png =
                TestPictures.inserted(TestPictures.png(1024, 1024), 33, TestPictures.chunk("caBX", new byte[90_000]));
        byte[] box = "\0\0JP\0\1\0\0\0\1\0\0\0\40jumb\0\0\0\30jumdc2pa".getBytes(StandardCharsets.ISO_8859_1);
        byte[] segment = ByteBuffer.allocate(box.length + 4)
                .put((byte) 0xFF)
                .put((byte) 0xEB)
                .putShort((short) (box.length + 2))
                .put(box)
                .array();
        byte[] jpeg = TestPictures.inserted(TestPictures.jpeg(1024, 1024), 2, segment);
        byte[] webp = TestPictures.concat(TestPictures.webp(), new byte[] {'C', '2', 'P', 'A', 3, 0, 0, 0, 1, 2, 3, 0});
        ByteBuffer.wrap(webp).order(ByteOrder.LITTLE_ENDIAN).putInt(4, webp.length - 8);

        for (byte[] bytes : List.of(png, jpeg, webp)) {
            assertThat(check(bytes, SQUARE))
                    .isInstanceOfSatisfying(
                            ValidPicture.class,
                            valid -> assertThat(valid.c2paPresent()).isTrue());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "<html></html>", "\u0089PNG", "GIF89a", "RIFF----WAVE"})
    void recognisesOtherFiles(String text) {
        assertThat(reason(text.getBytes(StandardCharsets.ISO_8859_1), SQUARE)).isEqualTo(Reason.NOT_A_PICTURE);
    }

    @Test
    void detectsTruncationAnywhere() {
        for (byte[] whole : List.of(TestPictures.png(1024, 1024), TestPictures.jpeg(1024, 1024), TestPictures.webp())) {
            for (int length : new int[] {13, 40, 700, whole.length / 2, whole.length - 20, whole.length - 2}) {
                assertThat(reason(Arrays.copyOf(whole, length), SQUARE)).isEqualTo(Reason.CORRUPT);
            }
        }
    }

    @Test
    void oneWrongBitInAPngIsFoundByItsChecksum() {
        byte[] png = TestPictures.png(1024, 1024);
        for (int at : new int[] {17, 30, png.length / 2, png.length - 1}) {
            byte[] broken = png.clone();
            broken[at] ^= 1;
            assertThat(reason(broken, SQUARE)).isEqualTo(Reason.CORRUPT);
        }
    }

    @Test
    void pixelDataThatEndsEarlyInAWholeStructureIsFound() {
        byte[] jpeg = TestPictures.encoded(TestPictures.noise(1024, 1024), "jpg");
        byte[] cut =
                TestPictures.concat(Arrays.copyOf(jpeg, jpeg.length / 2), new byte[] {0, (byte) 0xFF, (byte) 0xD9});

        assertThat(reason(cut, SQUARE)).isEqualTo(Reason.CORRUPT);
        assertThat(reason(TestPictures.pngBomb(1024, 1024), SQUARE)).isEqualTo(Reason.CORRUPT);
    }

    @ParameterizedTest
    @CsvSource({"141421, 141421", "16385, 16385", "16384, 2500", "2147483647, 2147483647", "1, 16385"})
    void pixelBombsAreNotDecoded(int width, int height) {
        assertThat(reason(TestPictures.pngBomb(width, height), SQUARE)).isEqualTo(Reason.TOO_LARGE);
    }

    @Test
    void negativeOrNoPixelsAreCorrupt() {
        assertThat(reason(TestPictures.pngBomb(0, 1024), SQUARE)).isEqualTo(Reason.CORRUPT);
        assertThat(reason(TestPictures.pngBomb(-1, 1024), SQUARE)).isEqualTo(Reason.CORRUPT);
    }

    /** A plain backdrop may be what was asked for. */
    @Test
    void onePlainColourIsRemarked() {
        var white = new BufferedImage(1024, 1024, BufferedImage.TYPE_INT_RGB);
        var graphics = white.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, 1024, 1024);
        white.setRGB(500, 500, 0);

        assertThat(remarks(TestPictures.encoded(white, "png"))).containsExactly("of one colour");
        assertThat(remarks(TestPictures.encoded(new BufferedImage(1024, 1024, BufferedImage.TYPE_INT_ARGB), "png")))
                .containsExactly("of one colour");

        graphics.setColor(Color.GRAY);
        graphics.fillRect(500, 500, 40, 40);
        graphics.dispose();
        assertThat(remarks(TestPictures.encoded(white, "png"))).isEmpty();
    }

    private List<String> remarks(byte[] bytes) {
        return check(bytes, SQUARE) instanceof ValidPicture valid ? valid.remarks() : List.of("invalid");
    }

    static Stream<byte[]> picturesWithAJunkColourProfile() {
        byte[] junk = "no colour profile at all, but long enough for a header of one "
                .repeat(4)
                .getBytes(StandardCharsets.US_ASCII);
        byte[] app2 = TestPictures.concat("ICC_PROFILE\0\1\1".getBytes(StandardCharsets.ISO_8859_1), junk);
        byte[] iccp = TestPictures.concat("icc\0\0".getBytes(StandardCharsets.ISO_8859_1), junk);
        byte[] lossy = TestPictures.webp();
        byte[] canvas = {0x20, 0, 0, 0, (byte) 0xFF, 3, 0, (byte) 0xFF, 3, 0};
        return Stream.of(
                TestPictures.webp(1024, 1024, TestPictures.riffChunk("ICCP", junk), new byte[0]),
                TestPictures.webp(1024, 1024, TestPictures.riffChunk("ICCP", new byte[0]), new byte[0]),
                TestPictures.riffChunk(
                        "RIFF",
                        TestPictures.concat(
                                "WEBP".getBytes(StandardCharsets.US_ASCII),
                                TestPictures.riffChunk("VP8X", canvas),
                                TestPictures.riffChunk("ICCP", junk),
                                Arrays.copyOfRange(lossy, 12, lossy.length))),
                TestPictures.inserted(TestPictures.jpeg(1024, 1024), 2, TestPictures.jpegSegment(0xE2, app2)),
                TestPictures.inserted(TestPictures.png(1024, 1024), 33, TestPictures.chunk("iCCP", iccp)));
    }

    @ParameterizedTest
    @MethodSource("picturesWithAJunkColourProfile")
    void aJunkColourProfileDoesNotSpoilAPicture(byte[] bytes) {
        assertThat(check(bytes, SQUARE)).isInstanceOf(ValidPicture.class);
    }

    private static List<byte[]> turned(int width, int height, int orientation) {
        byte[] big = TestPictures.exif(ByteOrder.BIG_ENDIAN, orientation);
        byte[] little = TestPictures.exif(ByteOrder.LITTLE_ENDIAN, orientation);
        byte[] png = TestPictures.png(width, height);
        return List.of(
                TestPictures.withExif(TestPictures.jpeg(width, height), big),
                TestPictures.withExif(TestPictures.jpeg(width, height), little),
                TestPictures.inserted(png, 33, TestPictures.chunk("eXIf", big)),
                TestPictures.inserted(png, png.length - 12, TestPictures.chunk("eXIf", little)),
                TestPictures.webp(width, height, new byte[0], TestPictures.riffChunk("EXIF", little)));
    }

    @Test
    void theOrientationCountsForTheRatio() {
        var wide = new Wanted("16:9", 0.04, OutputSize.K1);
        for (byte[] bytes : turned(768, 1376, 6)) {
            assertThat(check(bytes, wide)).isInstanceOfSatisfying(ValidPicture.class, valid -> {
                assertThat(valid.width()).as("as stored").isEqualTo(768);
                assertThat(valid.remarks()).contains("shown as 1376 × 768 by its EXIF orientation 6");
            });
        }
        turned(768, 1376, 1).forEach(bytes -> assertThat(reason(bytes, wide)).isEqualTo(Reason.WRONG_RATIO));
        turned(1376, 768, 8).forEach(bytes -> assertThat(reason(bytes, wide)).isEqualTo(Reason.WRONG_RATIO));
        turned(1376, 768, 3).forEach(bytes -> assertThat(check(bytes, wide)).isInstanceOf(ValidPicture.class));
    }

    @Test
    void brokenExifDataIsIgnored() {
        byte[] exif = TestPictures.exif(ByteOrder.BIG_ENDIAN, 6);
        byte[] jpeg = TestPictures.jpeg(1376, 768);
        var wide = new Wanted("16:9", 0.04, OutputSize.K1);
        for (int length = 0; length <= 30; length++) {
            assertThat(check(TestPictures.withExif(jpeg, Arrays.copyOf(exif, length)), wide))
                    .isInstanceOf(ValidPicture.class);
        }
        for (int orientation : new int[] {0, 9, 65_535}) {
            assertThat(check(TestPictures.withExif(jpeg, TestPictures.exif(ByteOrder.BIG_ENDIAN, orientation)), wide))
                    .isInstanceOf(ValidPicture.class);
        }
    }

    /** Sizes that providers draw for these ratios. */
    @ParameterizedTest
    @CsvSource({"1184, 864, 4:3", "864, 1184, 3:4", "1408, 768, 16:9", "768, 1408, 9:16"})
    void theToleranceOfTheRatioIsTheModels(int width, int height, String ratio) {
        byte[] png = TestPictures.png(width, height);

        assertThat(check(png, new Wanted(ratio, 0.04, OutputSize.K1))).isInstanceOf(ValidPicture.class);
        assertThat(reason(png, new Wanted(ratio, 0.02, OutputSize.K1))).isEqualTo(Reason.WRONG_RATIO);
    }

    @ParameterizedTest
    @CsvSource({
        "1376, 768, 16:9, K1, ValidPicture",
        "1344, 768, 16:9, K1, ValidPicture",
        "1536, 672, 21:9, K1, ValidPicture",
        "1024, 1024, 16:9, K1, WRONG_RATIO",
        "768, 1376, 16:9, K1, WRONG_RATIO",
        "1280, 1024, 4:3, K1, WRONG_RATIO",
        "614, 614, 1:1, K1, TOO_SMALL",
        "615, 615, 1:1, K1, ValidPicture",
        "1024, 1024, 1:1, K2, TOO_SMALL",
        "2048, 2048, 1:1, K4, TOO_SMALL",
        "2752, 1536, 16:9, K4, TOO_SMALL",
        "1376, 768, 16:9, K2, TOO_SMALL",
        "3168, 1344, 21:9, K4, TOO_SMALL",
        "768, 6144, 1:8, K4, TOO_SMALL",
        "3840, 2160, 16:9, K4, ValidPicture",
        "384, 3072, 1:8, K1, ValidPicture",
        "2000, 1000, , K1, ValidPicture"
    })
    void toleratesSmallDeviationsOfRatioAndSize(int width, int height, String ratio, OutputSize size, String expected) {
        CheckResult outcome = check(TestPictures.png(width, height), new Wanted(ratio, 0.04, size));

        String found = switch (outcome) {
            case ValidPicture _ -> "ValidPicture";
            case InvalidPicture(Reason reason, String _) -> reason.name();
        };
        assertThat(found).isEqualTo(expected);
    }

    @Test
    void smallerThanWantedIsRemarked() {
        assertThat(check(TestPictures.png(900, 900), SQUARE))
                .isInstanceOfSatisfying(
                        ValidPicture.class,
                        valid -> assertThat(valid.remarks()).containsExactly("900 × 900 is below 1K"));
    }

    /** As other models draw it, by their own tables. */
    @Test
    void onePercentBelowTheSizeIsNotRemarked() {
        assertThat(check(TestPictures.png(864, 1184), new Wanted("3:4", 0.04, OutputSize.K1)))
                .isInstanceOfSatisfying(
                        ValidPicture.class, valid -> assertThat(valid.remarks()).isEmpty());
    }

    @Test
    void headerIsReadWithoutPixels() throws Exception {
        Path file = temp.resolve("header");

        assertThat(PictureHeader.read(Files.write(file, TestPictures.pngBomb(141_421, 141_421))))
                .isInstanceOfSatisfying(PictureHeader.Known.class, known -> {
                    assertThat(known.pixels()).isEqualTo(19_999_899_241L);
                    assertThat(known.decodable()).isFalse();
                });
        assertThat(PictureHeader.read(Files.write(file, Arrays.copyOf(TestPictures.jpeg(640, 480), 700))))
                .isEqualTo(new PictureHeader.Known("image/jpeg", 640, 480));
        assertThat(PictureHeader.read(Files.write(file, Arrays.copyOf(TestPictures.webp(), 40))))
                .isEqualTo(new PictureHeader.Known("image/webp", 1024, 1024));
        assertThat(PictureHeader.read(Files.write(file, new byte[50]))).isInstanceOf(PictureHeader.Unknown.class);
    }

    @Test
    void mutatedPicturesNeverThrow() throws Exception {
        long seed = Long.getLong("test.seed", System.nanoTime());
        System.out.println("mutatedPicturesNeverThrow: -Dtest.rounds=120 -Dtest.seed=" + seed);
        var random = new Random(seed);
        List<byte[]> originals = List.of(TestPictures.png(300, 300), TestPictures.jpeg(300, 300), TestPictures.webp());
        Path file = temp.resolve("mutant");
        for (int round = 0; round < Integer.getInteger("test.rounds", 120); round++) {
            byte[] mutant = originals.get(round % originals.size()).clone();
            int changes = 1 + random.nextInt(8);
            for (int i = 0; i < changes; i++) {
                int span = random.nextBoolean() ? Math.min(200, mutant.length) : mutant.length;
                mutant[random.nextInt(span)] = (byte) random.nextInt();
            }
            Files.write(file, random.nextInt(10) == 0 ? Arrays.copyOf(mutant, random.nextInt(mutant.length)) : mutant);

            PictureCheck.check(file, "image/png", new Wanted(null, 0.04, OutputSize.K1));
            if (PictureHeader.read(file) instanceof PictureHeader.Known known && known.decodable()) {
                try {
                    // also those that a checksum would have kept from the decoder
                    SampledPixels.isBlank(SampledPixels.decode(file, known));
                } catch (IOException e) {
                    assertThat(e).isInstanceOf(IOException.class);
                }
            }
        }
    }
}
