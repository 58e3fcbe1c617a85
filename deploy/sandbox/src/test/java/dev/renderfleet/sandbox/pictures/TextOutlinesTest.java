package dev.renderfleet.sandbox.pictures;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.sandbox.pictures.TextOutlines.Face;
import org.junit.jupiter.api.Test;

class TextOutlinesTest {

    private static final String JOINED = "ببب";
    private static final String APART = "ب\u200cب\u200cب";
    private static final String MISSING = "\uf8ff";

    @Test
    void arabicLettersAreJoined() {
        assertThat(width(JOINED)).isLessThan(0.9 * width(APART));
    }

    @Test
    void hebrewIsWrittenFromRightToLeft() {
        // An alef, and the short stroke of a yod, which does not reach the base line.
        String word = "אי";
        double yod = width(word) - width("א");

        assertThat(width("א")).isNotEqualTo(width(MISSING));
        assertThat(TextOutlines.line(Face.PLAIN, word, 0, 0, 100).intersects(0, -20, yod, 20))
                .as("ink at the foot of the letter on the left")
                .isFalse();
        assertThat(TextOutlines.line(Face.PLAIN, word, 0, 0, 100).intersects(yod, -20, 40, 20))
                .isTrue();
    }

    private static double width(String text) {
        return TextOutlines.width(Face.PLAIN, text, 100);
    }
}
