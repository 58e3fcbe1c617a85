package dev.renderfleet.contracts.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptTemplateTest {

    private static final Map<String, String> VARIABLES = Map.of("a", "{b}", "b", "$1\\", "empty", "");

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            value = {
                "{a}, {b}",
                "{a}{a} and {b}, {b}{b} and $1\\",
                "{empty}, ~~",
                "{missing}, {missing}",
                "{ a } {1} {} {a, { a } {1} {} {a",
                "{{a}}, {{b}}",
                "{\"a\": 1}, {\"a\": 1}"
            })
    void fillsEachPlaceOnce(String template, String filled) {
        assertThat(new Prompt.Template(template, VARIABLES).resolved()).isEqualTo(filled);
        assertThat(PromptTemplate.filledLength(template, VARIABLES)).isEqualTo(filled.length());
    }

    @Test
    void namesPlacesInOrderOfFirstUse() {
        assertThat(PromptTemplate.places("{z} {a} {z} {A_1}")).containsExactly("z", "a", "A_1");
    }

    @Test
    void knowsTheLengthWithoutMakingTheText() {
        String template = "{a}".repeat(10_000);

        assertThat(PromptTemplate.filledLength(template, Map.of("a", "x".repeat(1_000_000))))
                .isEqualTo(10_000_000_000L);
    }
}
