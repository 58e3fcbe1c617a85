package dev.renderfleet.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelCatalogueTest {

    /** Its last line is 13. */
    private static final String MODEL = """
            version: "1"
            providers:
              - {name: gemini, type: gemini}
            models:
              - id: m
                provider: gemini
                aliases: []
                sizes: ["1K"]
                ratios: ["1:1"]
                capabilities: []
                timeout: PT1M
                prices: {picture: {"1K": 1}, source: test, verified: 2026-11-30}
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
                .withMessageContaining("line: 14,")
                .withMessageContaining("\"" + line.substring(0, line.indexOf(':')) + "\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "type: gemini        | type: midjourney     | 3  | type     | midjourney",
                "type: gemini        | type: openai-compatible, profile: vlm | 3 | profile | stable-diffusion.cpp",
                "type: gemini        | type: openai-compatible | 3 | providers | provider gemini: profile belongs to type",
                "type: gemini        | type: gemini, profile: sglang | 3 | providers | provider gemini: profile belongs to type",
                "name: gemini,       | name: gemini, name: b, | 3  | name     | Duplicate field",
                "provider: gemini    | provider: bfl        | 6  | provider | no provider bfl stands above under providers",
                "aliases: []         | aliases: [n, m]      | 7  | aliases  | the name m belongs to another model already, in line 5",
                "[\"1K\"]             | [\"1K\", \"8K\"]       | 14 | models   | model m: sizes are of 1K, 2K and 4K",
                "[\"1K\"]             | [\"1K\", \"2K\"]       | 14 | models   | model m: prices.picture has no price of 2K",
                "capabilities: []    | qualities: [high, ultra] | 10 | qualities | not one of the values accepted",
                "[\"1:1\"]            | [\"1x1\"]              | 9  | ratios   | ratios are such as 16:9",
                "{\"1K\": 1}          | {\"1K\": -5}           | 12 | prices   | 0 or more, not -5",
                "{\"1K\": 1}          | {\"1K\": 1.5}          | 12 | picture  | a whole number",
                "{\"1K\": 1}          | {\"1K\": 1}, search: 9999999999 | 12 | search | at most 1000000000",
                "timeout: PT1M       | timeout: PT0S        | 14 | models   | model m: timeout must be positive",
                "tokens: {reference: 1} | successor: x      | 14 | Sheet    | successor x is no id of the catalogue",
                "tokens: {reference: 1} | retired: {gemini: tomorrow} | 13 | retired | tomorrow"
            })
    void aWrongFileIsRefusedWithLineAndField(String right, String wrong, int line, String field, String message) {
        assertThat(MODEL).contains(right);
        assertThatIOException()
                .isThrownBy(() -> readWhole(MODEL.replace(right, wrong)))
                .withMessageContaining(message)
                .withMessageContaining("line: " + line + ",")
                .withMessageContaining(field);
    }

    @Test
    void twoModelsWithOneIdAreRefusedWithBothLines() {
        assertThatIOException()
                .isThrownBy(() -> read("  - id: m\n"))
                .withMessageContaining("the name m belongs to another model already, in line 5")
                .withMessageContaining("line: 14,")
                .withMessageContaining("[1]")
                .withMessageContaining("\"id\"");
    }

    @Test
    void theDateOfThePlatformCounts() throws IOException {
        String retired = "    retired: {gemini-api: 2026-10-29, vertex: 2027-05-28}\n";
        assertThat(retired(MODEL + retired)).isNull();
        assertThat(retired(MODEL.replace("type: gemini}", "type: vertex}") + retired))
                .isEqualTo("2027-05-28");
        assertThat(retired(MODEL.replace("type: gemini}", "type: gemini, platform: gemini-api}") + retired))
                .isEqualTo("2026-10-29");
    }

    /** A provider's version names the model of that provider, though another one serves it too. */
    @Test
    void aVersionIsOfItsProvidersModel() {
        ModelCatalogue catalogue = ModelCatalogue.builtIn();

        assertThat(idOf(catalogue.ofVersion("gemini", "gemini-3-pro-image-001")))
                .isEqualTo("gemini-3-pro-image");
        assertThat(idOf(catalogue.ofVersion("vertex", "gemini-3-pro-image-001")))
                .isEqualTo("vertex-gemini-3-pro-image");
        assertThat(catalogue.ofVersion("vertex", "gpt-image-2")).isNull();
    }

    private static @Nullable String idOf(@Nullable ModelCard card) {
        return card == null ? null : card.id();
    }

    @Test
    void successorsAreOfThePlatform() {
        ModelCatalogue catalogue = ModelCatalogue.builtIn();

        assertThat(catalogue.models())
                .filteredOn(card -> card.successor() != null)
                .allSatisfy(card -> assertThat(catalogue.find(Objects.requireNonNull(card.successor())))
                        .extracting(ModelCard::provider)
                        .isEqualTo(card.provider()));
    }

    @Test
    void everyBuiltInPriceHasASourceAndADate() {
        ModelCatalogue catalogue = ModelCatalogue.builtIn();

        assertThat(catalogue.models())
                .hasSizeGreaterThan(25)
                .filteredOn(card -> card.prices().known())
                .hasSizeGreaterThan(25)
                .allSatisfy(card -> {
                    assertThat(card.prices().source()).as(card.id()).isNotBlank();
                    assertThat(card.prices().verified()).as(card.id()).isAfter(LocalDate.of(2026, 11, 1));
                });
        assertThat(catalogue.provider("bfl"))
                .isNotNull()
                .satisfies(bfl -> assertThat(bfl.concurrentCalls()).isEqualTo(24));
        assertThat(catalogue.provider("gemini"))
                .isNotNull()
                .satisfies(gemini -> assertThat(gemini.dayZone()).isEqualTo(ZoneId.of("America/Los_Angeles")));
    }

    /** The servers of one's own in the comments: what stands behind {@code #|}. */
    @Test
    void theExampleInTheCommentsCanBeRead() throws IOException {
        try (InputStream file = Objects.requireNonNull(ModelCatalogue.class.getResourceAsStream("/models.yaml"))) {
            String example = new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> line.startsWith("#| "))
                    .map(line -> line.substring(3))
                    .collect(Collectors.joining("\n"));

            assertThat(readWhole(example).models()).extracting(ModelCard::id).hasSize(2);
        }
    }

    private static @Nullable String retired(String yaml) throws IOException {
        ModelCatalogue catalogue = readWhole(yaml);
        LocalDate day = catalogue.retired(catalogue.models().getFirst());
        return day == null ? null : day.toString();
    }

    private static ModelCard read(String more) throws IOException {
        return Objects.requireNonNull(readWhole(MODEL + more).find("m"));
    }

    private static ModelCatalogue readWhole(String yaml) throws IOException {
        return ModelCatalogue.read(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)));
    }
}
