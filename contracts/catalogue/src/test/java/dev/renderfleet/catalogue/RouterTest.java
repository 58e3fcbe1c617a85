package dev.renderfleet.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.catalogue.Route.Routed;
import dev.renderfleet.catalogue.Route.Unroutable;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.JobCodec;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouterTest {

    private static final LocalDate TODAY = LocalDate.of(2026, 11, 23);
    private static final String SIZE_4K = "'output':{'size':'4K'}";

    private final Router router = new Router(ModelCatalogue.builtIn(), Set.of("gemini", "proof"));

    @Test
    void routesToTheNamedModelByAlias() {
        assertThat(router.route(job("'model':'nano-banana'"), TODAY)).isInstanceOfSatisfying(Routed.class, routed -> {
            assertThat(routed.model().id()).isEqualTo("gemini-nano-banana-2.1");
            assertThat(routed.reason()).contains("names it");
        });
    }

    @Test
    void choosesTheCheapestSuitableModelWithAReason() {
        assertThat(chosen("'output':{'size':'1K'}")).isEqualTo("gemini-3.1-flash-lite-image");
        assertThat(chosen(SIZE_4K)).isEqualTo("gemini-nano-banana-2.1");
    }

    @Test
    void followsThePreference() {
        assertThat(chosen("'routing':{'preference':'quality'}")).isEqualTo("gemini-3-pro-image");
        assertThat(chosen("'routing':{'preference':'speed'}")).isEqualTo("gemini-3.1-flash-lite-image");
    }

    @Test
    void choosesTheProofRendererByNameOnly() {
        Router withoutKey = new Router(ModelCatalogue.builtIn(), Set.of("proof"));

        assertThat(withoutKey.route(job("'priority':5"), TODAY))
                .isInstanceOfSatisfying(
                        Unroutable.class,
                        no -> assertThat(no.message())
                                .contains("renderfleet.providers.gemini.api-key")
                                .contains("proof"));
        assertThat(withoutKey.route(job("'model':'proof'"), TODAY)).isInstanceOf(Routed.class);
    }

    @Test
    void aRetiredModelNamesItsSuccessorFromItsLastDayOn() {
        var job = job("'model':'gemini-3.1-flash-image'");

        assertThat(router.route(job, LocalDate.of(2026, 10, 28))).isInstanceOf(Routed.class);
        assertThat(router.route(job, LocalDate.of(2026, 10, 29))).isInstanceOfSatisfying(Unroutable.class, no -> {
            assertThat(no.code()).isEqualTo(FailureCode.RETIRED_MODEL);
            assertThat(no.message()).contains("gemini-nano-banana-2.1");
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        'model':'dall-e-3'                                            | UNKNOWN_MODEL   | model
        'model':'nano-banana-lite','output':{'size':'4K'}             | UNSUPPORTED     | output.size
        'model':'nano-banana-pro','output':{'aspectRatio':'1:8'}      | UNSUPPORTED     | output.aspectRatio
        'model':'nano-banana','output':{'format':'webp'}              | UNSUPPORTED     | output.format
        'model':'nano-banana','output':{'quality':'high'}             | UNSUPPORTED     | output.quality
        'model':'nano-banana','output':{'background':'transparent'}   | UNSUPPORTED     | output.background
        'model':'nano-banana-lite','grounding':{'webSearch':true}     | UNSUPPORTED     | grounding.webSearch
        'model':'nano-banana','routing':{'requirements':['svg']}      | UNSUPPORTED     | routing.requirements
        'model':'nano-banana','budget':{'maxUsdMicros':100}           | BUDGET_EXCEEDED | budget.maxUsdMicros
        'dependsOn':['0123456789abcdef0123456789abcdef01234567']      | UNSUPPORTED     | dependsOn
        'callback':'https://hooks.example.com/x'                      | UNSUPPORTED     | callback
        'routing':{'fallback':'unbilled'}                             | UNSUPPORTED     | routing.fallback
        'routing':{'fallback':'any'}                                  | UNSUPPORTED     | routing.fallback
        'routing':{'preferrence':'quality'}                           | UNSUPPORTED     | routing.preferrence
        'output':{'aspectratio':'16:9'}                               | UNSUPPORTED     | output.aspectratio
        'output':{'Size':'4K','colour':{'a':1}}                       | UNSUPPORTED     | output.Size
        'prompt':{'text':'a','negative':'b'}                          | UNSUPPORTED     | prompt.negative
        'prompt':{'template':'a','variable':{}}                       | UNSUPPORTED     | prompt.variable
        'grounding':{'websearch':true}                                | UNSUPPORTED     | grounding.websearch
        'budget':{'maxUsdMicros':9000000,'max':1}                     | UNSUPPORTED     | budget.max
        'references':[{'uri':'s3://a-b/c','role':'style'},{'uri':'s3://a-b/c','role':'style','weight':1}] | UNSUPPORTED | references[1].weight
        """, quoteCharacter = '~')
    void namesTheUnmetField(String fields, FailureCode code, String field) {
        assertThat(router.route(job(fields), TODAY)).isInstanceOfSatisfying(Unroutable.class, no -> {
            assertThat(no.code()).isEqualTo(code);
            assertThat(no.field()).isEqualTo(field);
            assertThat(no.message()).isNotBlank();
        });
    }

    /** A pipeline's own notes travel with the job. */
    @Test
    void unknownFieldsAtTheTopAreCarried() {
        var job = job("'watermark':{'text':'x'},'zoom':2,'routing':{'fallback':'none'}");

        assertThat(router.route(job, TODAY)).isInstanceOf(Routed.class);
        assertThat(UnknownFields.atTop(job)).containsExactly("watermark", "zoom");
        assertThat(UnknownFields.atTop(job("'priority':5"))).isEmpty();
    }

    @Test
    void noRemedyNamesATopicWithoutAReader() {
        assertThat(router.route(job("'dependsOn':['0123456789abcdef0123456789abcdef01234567']"), TODAY))
                .isInstanceOfSatisfying(
                        Unroutable.class, no -> assertThat(no.message()).doesNotContain("render.requests"));
    }

    @Test
    void theWorstCasePriceCoversTheCost() {
        ModelCard card = router.route(job("'model':'nano-banana'"), TODAY) instanceof Routed routed
                ? routed.model()
                : ModelCatalogue.builtIn().models().getFirst();
        var usage = new dev.renderfleet.contracts.event.EventParts.Usage(900, 1_120, 2_000, 4_020);

        assertThat(card.worstUsdMicros("1K", 600, 1))
                .isGreaterThan(card.prices().answerUsdMicros("1K", usage, 1));
    }

    @Test
    void rejectsTwoModelsWithOneName() {
        String yaml = """
            version: "1"
            models:
              - {id: a, provider: proof, aliases: [b], sizes: ["1K"], ratios: ["1:1"], capabilities: [], timeout: PT1M,
                 prices: {picture: {"1K": 0}, input-per-million: 0, output-text-per-million: 0}, tokens: {reference: 0}}
              - {id: b, provider: proof, aliases: [], sizes: ["1K"], ratios: ["1:1"], capabilities: [], timeout: PT1M,
                 prices: {picture: {"1K": 0}, input-per-million: 0, output-text-per-million: 0}, tokens: {reference: 0}}
            """;

        assertThatThrownBy(() -> ModelCatalogue.read(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8))))
                .hasMessageContaining("belongs to a and b");
    }

    private String chosen(String fields) {
        return router.route(job(fields), TODAY) instanceof Routed routed
                ? routed.model().id()
                : "none";
    }

    private static RenderJob job(String fields) {
        String prompt = fields.startsWith("'prompt'") ? "" : "'prompt':'a vase',";
        String json = ("{'tenant':'t','idempotencyKey':'k'," + prompt + fields + "}").replace('\'', '"');
        return switch (new JobCodec().decode(json.getBytes(StandardCharsets.UTF_8))) {
            case DecodedJob.Accepted accepted -> accepted.job();
            case DecodedJob.Refused refused -> throw new AssertionError(refused.toString());
        };
    }
}
