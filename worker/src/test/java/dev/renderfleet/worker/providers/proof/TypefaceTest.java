package dev.renderfleet.worker.providers.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.renderfleet.worker.providers.proof.Typeface.Line;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TypefaceTest {

    private static final String HEBREW = "שלום";
    private static final String ARABIC = "ببب";

    @TempDir
    Path temp;

    private static List<Line> lines(String text, double width) {
        return new TextBlock(Typeface.REGULAR, text).lines(10, width, 20);
    }

    @Test
    void aParagraphOfHebrewGoesFromRightToLeft() {
        assertThat(lines(HEBREW + " 2 in between " + HEBREW, 1_000))
                .singleElement()
                .satisfies(line -> {
                    assertThat(line.isLeftToRight()).isFalse();
                    assertThat(line.layout().getCharacterLevel(0)).isEqualTo((byte) 1);
                    assertThat(line.layout().getCharacterLevel(9))
                            .as("Latin within it")
                            .isEqualTo((byte) 2);
                });
        assertThat(lines("A sign: " + HEBREW, 1_000).getFirst().isLeftToRight()).isTrue();
    }

    /** Also the lines that begin with Latin, and the last one, which is cut. */
    @Test
    void allLinesOfAParagraphGoItsWay() {
        var block = new TextBlock(Typeface.REGULAR, (HEBREW + " Latin word ").repeat(30));

        assertThat(block.lines(10, 60, 5)).hasSize(5).noneMatch(Line::isLeftToRight);
    }

    @Test
    void arabicLettersAreJoined() {
        assumeThat(Typeface.REGULAR.lacking(ARABIC))
                .as("the machine has no Arabic font")
                .isEmpty();
        String apart = ARABIC.replaceAll("(?<=.)(?=.)", "\u200c");

        assertThat(Typeface.REGULAR.width(ARABIC, 100)).isLessThan(Typeface.REGULAR.width(apart, 100) * 0.9);
    }

    @Test
    void breaksBetweenWordsAndWithinThoseThatAreTooLong() {
        assertThat(lines("one two three", 35)).hasSizeGreaterThan(1).allMatch(line -> line.width(10) < 50);
        assertThat(lines("Donaudampfschifffahrtsgesellschaft", 50)).hasSizeGreaterThan(2);
        assertThat(new TextBlock(Typeface.REGULAR, "Donaudampfschifffahrt").fits(10, 50, 9))
                .isFalse();
        assertThat(new TextBlock(Typeface.REGULAR, "one two three").fits(10, 50, 9))
                .isTrue();
        assertThat(lines("a\n\nb", 50)).hasSize(3);
        assertThat(lines("", 50)).isEmpty();
    }

    @Test
    void namesTheLettersThatNoFontHas() {
        assertThat(Typeface.REGULAR.lacking("Größe Ω Жук ế, x\u0301 \u200d\n \ufe0f"))
                .isEmpty();
        assertThat(Typeface.REGULAR.lacking("a \uf8ff b \uf8fe\uf8ff")).containsExactly(0xf8ff, 0xf8fe);
    }

    /** As in a small container. */
    @Test
    void drawsWhereNoFontIsInstalledAndSaysWhatItsOwnLacks() throws Exception {
        Path log = temp.resolve("log");
        var builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.awt.headless=true",
                        // Where the JDK remembers the machine's fonts.
                        "-Duser.home=" + temp,
                        "-cp",
                        System.getProperty("java.class.path"),
                        ProofWithoutFonts.class.getName(),
                        temp.resolve("spool").toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment()
                .put(
                        "FONTCONFIG_FILE",
                        Files.writeString(temp.resolve("fonts.conf"), "<fontconfig></fontconfig>")
                                .toString());
        Process process = builder.start();
        boolean ended = process.waitFor(1, TimeUnit.MINUTES);
        process.destroyForcibly();

        assertThat(Files.readAllLines(log))
                .contains(
                        "null",
                        "the fonts lack 11 characters of the prompt: U+05E9 U+05DC U+05D5 U+05DD U+0627 U+0644 U+0639 U+0631"
                                + " and 3 more");
        assertThat(ended).isTrue();
    }
}
