package dev.renderfleet.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelCatalogueTest {

    /** Its last line is 11. */
    private static final String MODEL = """
            version: "1"
            models:
              - id: m
                provider: gemini
                aliases: []
                sizes: ["1K"]
                ratios: ["1:1"]
                capabilities: []
                timeout: PT1M
                prices: {picture: {"1K": 1}}
                tokens: {reference: 1}
            """;

    @Test
    void whatIsLeftOutHasItsDefault() throws IOException {
        ModelCard card = read("");

        assertThat(card.ratioTolerance().fraction()).isEqualTo(0.04);
        assertThat(card.rerolls()).isEqualTo(new Rerolls(1, 0, 1));
    }

    @Test
    void toleranceAndRerollsAreSetByModel() throws IOException {
        ModelCard card = read("    ratio-tolerance: 0.01\n    rerolls: {no-image: 0, output-refused: 2}\n");

        assertThat(card.ratioTolerance().fraction()).isEqualTo(0.01);
        assertThat(card.rerolls()).isEqualTo(new Rerolls(0, 2, 1));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ratio-tolerance: 4                 | ratio-tolerance must be 0 to 0.25, such as 0.04 for 4 %, not 4.0",
                "ratio-tolerance: -0.01             | ratio-tolerance must be 0 to 0.25, such as 0.04 for 4 %, not -0.01",
                "ratio-tolerance: four              | ratio-tolerance",
                "rerolls: {no-image: 5}             | rerolls.no-image must be 0 to 4, not 5",
                "rerolls: {output-refused: -1}      | rerolls.output-refused must be 0 to 4, not -1",
                "rerolls: {result-invalid: many}    | result-invalid",
                "rerolls: {no-picture: 1}           | no-picture"
            })
    void aWrongValueIsRefusedWithLineAndField(String line, String message) {
        assertThatIOException()
                .isThrownBy(() -> read("    " + line + "\n"))
                .withMessageContaining(message)
                .withMessageContaining("line: 12,")
                .withMessageContaining("\"" + line.substring(0, line.indexOf(':')) + "\"");
    }

    private static ModelCard read(String more) throws IOException {
        byte[] yaml = (MODEL + more).getBytes(StandardCharsets.UTF_8);
        return Objects.requireNonNull(
                ModelCatalogue.read(new ByteArrayInputStream(yaml)).find("m"));
    }
}
