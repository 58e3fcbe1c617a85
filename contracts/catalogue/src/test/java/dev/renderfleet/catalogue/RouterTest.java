package dev.renderfleet.catalogue;

import static dev.renderfleet.catalogue.TestJobs.job;
import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.catalogue.Route.Routed;
import dev.renderfleet.catalogue.Route.Unroutable;
import dev.renderfleet.contracts.event.FailureCode;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
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

    @Test
    void olderModelsOfOpenAiEndOnTheFirstOfDecember() {
        Router openai = new Router(ModelCatalogue.builtIn(), Set.of("openai"));

        for (String model : List.of("gpt-image-1.5", "chatgpt-image-latest", "gpt-image-1-mini")) {
            var job = job("'model':'" + model + "'");
            assertThat(openai.route(job, LocalDate.of(2026, 11, 30))).isInstanceOf(Routed.class);
            assertThat(openai.route(job, LocalDate.of(2026, 12, 1))).isInstanceOfSatisfying(Unroutable.class, no -> {
                assertThat(no.code()).isEqualTo(FailureCode.RETIRED_MODEL);
                assertThat(no.message()).endsWith("name gpt-image-2.6-flare");
            });
        }
    }

    /** The earlier day counts, of the catalogue or of the provider. */
    @Test
    void aModelEndsOnTheDayThatItsProviderSays() {
        var job = job("'model':'nano-banana'");
        var said = Health.GOOD.withShutdowns(
                Map.of("gemini-nano-banana-2.1", TODAY.plusDays(1), "gemini-3.1-flash-image", TODAY.plusYears(1)));

        assertThat(router.rank(job, said, TODAY).route()).isInstanceOf(Routed.class);
        assertThat(router.rank(job, said, TODAY.plusDays(1)).route()).isInstanceOfSatisfying(Unroutable.class, no -> {
            assertThat(no.code()).isEqualTo(FailureCode.RETIRED_MODEL);
            assertThat(no.message()).contains("on 2026-11-24; name ");
        });
        assertThat(router.isRoutable(job, said, Progress.NONE, TODAY.plusDays(1)))
                .isFalse();
        assertThat(router.rank(job("'model':'gemini-3.1-flash-image'"), said, TODAY)
                        .route())
                .isInstanceOf(Unroutable.class);
    }

    @Test
    void aModelWithoutAPriceIsRefusedWhereABudgetIsSet() {
        Router qwen = new Router(ModelCatalogue.builtIn(), Set.of("dashscope"));
        String named = "'model':'qwen-image-2.1-pro'";

        assertThat(qwen.route(job(named), TODAY)).isInstanceOf(Routed.class);
        assertThat(qwen.route(job(named + ",'budget':{'maxUsdMicros':9000000}"), TODAY))
                .isInstanceOfSatisfying(Unroutable.class, no -> {
                    assertThat(no.code()).isEqualTo(FailureCode.BUDGET_EXCEEDED);
                    assertThat(no.message()).contains("the price of qwen-image-2.1-pro is not known");
                });
        assertThat(qwen.rank(job("'priority':5"), Health.GOOD, TODAY)
                        .candidates()
                        .getLast()
                        .model()
                        .prices()
                        .known())
                .as("by cost such a model is the last")
                .isFalse();
    }

    @Test
    void anotherModelThanTheBestIsTakenIfOnlyThatIsWithinTheBudget() {
        String best = "'routing':{'preference':'quality'}";

        assertThat(chosen(best + ",'budget':{'maxUsdMicros':300000}")).isEqualTo("gemini-3-pro-image");
        assertThat(chosen(best + ",'budget':{'maxUsdMicros':100000}")).isEqualTo("gemini-nano-banana-2.1");
        assertThat(router.route(job(best + ",'budget':{'maxUsdMicros':100}"), TODAY))
                .isInstanceOfSatisfying(Unroutable.class, no -> {
                    assertThat(no.code()).isEqualTo(FailureCode.BUDGET_EXCEEDED);
                    assertThat(no.message()).contains("gemini-3.1-flash-lite-image");
                });
    }

    @Test
    void everyModelIsACandidateOrExcludedWithAReason() {
        Ranking ranking = router.rank(job(SIZE_4K), Health.GOOD, TODAY);

        assertThat(ranking.candidates())
                .extracting(candidate -> candidate.model().id() + ": " + candidate.reason())
                .containsExactly(
                        "gemini-nano-banana-2.1: best by cost of 2 models that fit",
                        "gemini-3-pro-image: number 2 by cost of 2 models that fit");
        assertThat(ranking.exclusions())
                .hasSize(ModelCatalogue.builtIn().models().size() - 2)
                .extracting(exclusion -> exclusion.reason().message())
                .contains(
                        "gemini-3.1-flash-lite-image draws 1K, not 4K",
                        "proof is chosen by its name only",
                        "the model flux-3-image needs its provider set up: renderfleet.providers.bfl.api-key");
    }

    @Test
    void aModelOnHoldIsChosenLast() {
        var held = new Health(Map.of("gemini-3.1-flash-lite-image", Instant.MAX), Map.of());

        Ranking ranking = router.rank(job("'priority':5"), held, TODAY);
        assertThat(ranking.candidates().getFirst().model().id()).isEqualTo("gemini-2.5-flash-image");
        assertThat(ranking.candidates().getLast().reason()).endsWith("on hold, the job waits");
        assertThat(router.rank(job("'model':'nano-banana'"), new Health(Map.of(), Map.of("gemini", Instant.MAX)), TODAY)
                        .route())
                .isInstanceOf(Routed.class);
    }

    @Test
    void withFallbackAllModelsThatFitAreCandidatesAndTheNamedOneIsTheFirst() {
        String fields = "'model':'nano-banana','output':{'size':'4K'},'routing':{'fallback':'unbilled'}";

        Ranking ranking = router.rank(job(fields), Health.GOOD, TODAY);

        assertThat(ranking.candidates())
                .extracting(candidate -> candidate.model().id() + ": " + candidate.reason())
                .containsExactly(
                        "gemini-nano-banana-2.1: the job names it",
                        "gemini-3-pro-image: number 2 by cost of 2 models that fit");
        assertThat(ranking.worstUsdMicros(job(fields)))
                .as("of the dearest candidate")
                .isEqualTo(ranking.candidates().getLast().model().worstJobUsdMicros(job(fields)));
        assertThat(router.rank(job(fields), new Health(Map.of("gemini-nano-banana-2.1", Instant.MAX), Map.of()), TODAY)
                        .candidates())
                .extracting(candidate -> candidate.model().id())
                .containsExactly("gemini-3-pro-image", "gemini-nano-banana-2.1");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        'model':'nano-banana-lite','output':{'size':'4K'}                     | output.size
        'model':'nano-banana-pro','budget':{'maxUsdMicros':100000}            | budget.maxUsdMicros
        """, quoteCharacter = '~')
    void fallbackIsForFailuresNotForANamedModelThatCannotBeCalled(String fields, String field) {
        Ranking ranking = router.rank(job(fields + ",'routing':{'fallback':'any'}"), Health.GOOD, TODAY);

        assertThat(ranking.candidates()).isEmpty();
        assertThat(ranking.route())
                .isInstanceOfSatisfying(
                        Unroutable.class, no -> assertThat(no.field()).isEqualTo(field));
    }

    @Test
    void modelsThatRefusedComeAfterTheOthersAndThoseThatFailedLast() {
        var progress = new Progress(
                0, null, Set.of("gemini-2.5-flash-image"), List.of("gemini-nano-banana-2.1", "gemini-3-pro-image"));

        Ranking ranking = router.rank(job("'routing':{'fallback':'any'}"), Health.GOOD, progress, TODAY);

        assertThat(ranking.candidates())
                .extracting(candidate -> candidate.model().id())
                .containsExactly(
                        "gemini-3.1-flash-lite-image",
                        "gemini-2.5-flash-image",
                        "gemini-nano-banana-2.1",
                        "gemini-3-pro-image");
        assertThat(ranking.candidates().getFirst().reason())
                .endsWith("; fallback from gemini-2.5-flash-image, gemini-3-pro-image, gemini-nano-banana-2.1");
    }

    @Test
    void maskTransparencyAndQualityAreRequired() {
        Router all = new Router(ModelCatalogue.builtIn(), Set.of("gemini", "openai", "bfl", "dashscope"));
        String mask = "'references':[{'uri':'s3://a-b/c','role':'product'},{'uri':'s3://a-b/m','role':'mask'}]";

        assertThat(ids(all, mask))
                .contains("flux-pro-1.0-fill", "gpt-image-2")
                .allMatch(id -> id.matches("flux-pro-1.0-fill|gpt-.*"));
        assertThat(ids(all, "'priority':5")).doesNotContain("flux-pro-1.0-fill");
        assertThat(ids(all, "'output':{'background':'transparent'}"))
                .isNotEmpty()
                .allMatch(id -> id.startsWith("gpt-"));
        assertThat(ids(all, "'output':{'quality':'low'}")).isNotEmpty().allMatch(id -> id.startsWith("gpt-"));
        assertThat(ids(all, "'output':{'format':'jpeg'}"))
                .contains("flux-2-pro", "gpt-image-2")
                .doesNotContain("nano-banana");
    }

    private static List<String> ids(Router router, String fields) {
        return router.rank(job(fields), Health.GOOD, TODAY).candidates().stream()
                .map(candidate -> candidate.model().id())
                .toList();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        'references':[{'uri':'s3://a-b/m','role':'mask'}]             | UNSUPPORTED     | references
        'references':[{'uri':'s3://a-b/c','role':'mask'},{'uri':'s3://a-b/m','role':'mask'},{'uri':'s3://a-b/p','role':'style'}] | UNSUPPORTED | references
        'model':'nano-banana','references':[{'uri':'s3://a-b/c','role':'style'},{'uri':'s3://a-b/m','role':'mask'}] | UNSUPPORTED | references
        'model':'dall-e-3'                                            | UNKNOWN_MODEL   | model
        'model':'nano-banana-lite','output':{'size':'4K'}             | UNSUPPORTED     | output.size
        'model':'nano-banana-pro','output':{'aspectRatio':'1:8'}      | UNSUPPORTED     | output.aspectRatio
        'model':'nano-banana','output':{'format':'webp'}              | UNSUPPORTED     | output.format
        'model':'nano-banana','output':{'quality':'high'}             | UNSUPPORTED     | output.quality
        'model':'nano-banana','output':{'background':'transparent'}   | UNSUPPORTED     | output.background
        'model':'nano-banana-lite','grounding':{'webSearch':true}     | UNSUPPORTED     | grounding.webSearch
        'model':'nano-banana','routing':{'requirements':['svg']}      | UNSUPPORTED     | routing.requirements
        'model':'nano-banana','budget':{'maxUsdMicros':100}           | BUDGET_EXCEEDED | budget.maxUsdMicros
        'model':'nano-banana','grounding':{'webSearch':true},'budget':{'maxUsdMicros':100000} | BUDGET_EXCEEDED | budget.maxUsdMicros
        'dependsOn':['0123456789abcdef0123456789abcdef01234567']      | UNSUPPORTED     | dependsOn
        'callback':'https://hooks.example.com/x'                      | UNSUPPORTED     | callback
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

    /** The mask belongs to the parent's image. */
    @Test
    void anEditMayHaveAMaskAndNoOtherReference() {
        String fields = "'parent':'0123456789abcdef0123456789abcdef01234567',"
                + "'references':[{'uri':'s3://a-b/c','role':'mask'}]";

        var all = new Router(ModelCatalogue.builtIn(), Set.of("bfl"));

        assertThat(all.route(job(fields + ",'model':'flux-pro-1.0-fill'"), TODAY))
                .isInstanceOf(Routed.class);
        assertThat(all.route(
                        job(fields.replace("[", "[{'uri':'s3://a-b/c','role':'style'},")
                                + ",'model':'flux-pro-1.0-fill'"),
                        TODAY))
                .isInstanceOfSatisfying(
                        Unroutable.class, no -> assertThat(no.field()).isEqualTo("references"));
        assertThat(all.route(job(fields + ",'model':'flux-pro-1.1'"), TODAY)).isInstanceOf(Unroutable.class);
        assertThat(all.route(job("'parent':'0123456789abcdef0123456789abcdef01234567','model':'flux-pro-1.1'"), TODAY))
                .as("it takes an image and does not edit it")
                .isInstanceOfSatisfying(
                        Unroutable.class, no -> assertThat(no.field()).isEqualTo("parent"));
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

        assertThat(card.worstUsdMicros(
                        job("'prompt':'" + "p".repeat(600) + "','references':[{'uri':'s3://a-b/c','role':'style'}]")))
                .isGreaterThan(card.prices().answerUsdMicros(new Consumption("1K", null, 1, usage, 1, Duration.ZERO)));
    }

    private String chosen(String fields) {
        return router.route(job(fields), TODAY) instanceof Routed routed
                ? routed.model().id()
                : "none";
    }
}
