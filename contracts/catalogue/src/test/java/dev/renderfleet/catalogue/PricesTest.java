package dev.renderfleet.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.job.Quality;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PricesTest {

    /** 4K: 113,400; a token of input 1.5, of text 7.5, of a picture 30 millionths of a dollar. */
    private final Prices prices =
            Objects.requireNonNull(ModelCatalogue.builtIn().find("nano-banana")).prices();

    @Test
    void imageTokensOfAnAnswerWithoutAPictureCostAPicture() {
        assertThat(answer("4K", new Usage(12, 2_520, 0, 2_532, 2_520L), 0)).isEqualTo(113_400 + 18);
    }

    @Test
    void textTokensBesideImageTokensCostAsText() {
        assertThat(answer("1K", new Usage(10, 1_220, 40, 1_270, 1_120L), 1))
                .isEqualTo(33_600 + 15 + (100 + 40) * 75 / 10);
    }

    @Test
    void twoPicturesInOneAnswerCostTwice() {
        assertThat(answer("1K", new Usage(10, 2_240, 0, 2_250, 2_240L), 2)).isEqualTo(67_200 + 15);
        assertThat(answer("1K", new Usage(10, 2_240, 0, 2_250), 2))
                .as("modalities not reported")
                .isEqualTo(67_200 + 15);
    }

    @Test
    void moreImageTokensThanThePicturesHaveCostAsTokens() {
        assertThat(answer("1K", new Usage(0, 2_240, 0, 2_240, 2_240L), 1)).isEqualTo(67_200);
    }

    @Test
    void withoutModalitiesOnlyAnAnswerWithoutAPictureHasText() {
        assertThat(answer("1K", new Usage(10, 1_290, 100, 1_400), 1)).isEqualTo(33_600 + 15 + 750);
        assertThat(answer("1K", new Usage(10, 1_290, 100, 1_400, 0L), 1)).isEqualTo(33_600 + 15 + 750);
        assertThat(answer("1K", new Usage(10, 1_290, 100, 1_400), 0)).isEqualTo(15 + (1_290 + 100) * 75 / 10);
    }

    @Test
    void picturesBilledByTokensCostTheirTokensAndNotTheCeiling() {
        Prices gpt = model("gpt-image-2").prices();
        var usage = new Usage(1_100, 1_756, 0, 2_856, 1_756L, 1_056L);

        assertThat(gpt.answerUsdMicros(new Consumption("1K", null, 1, usage, 1, Duration.ofSeconds(20))))
                .isEqualTo(44 * 5 + 1_056 * 8 + 1_756 * 30);
        var unsplit = new Usage(1_100, 1_756, 0, 2_856);
        assertThat(gpt.answerUsdMicros(new Consumption("1K", null, 1, unsplit, 1, Duration.ZERO)))
                .as("not said which tokens are pictures")
                .isEqualTo(1_100 * 8 + 1_756 * 30);
        assertThat(gpt.answerUsdMicros(new Consumption("1K", Quality.LOW, 0, Usage.NONE, 2, Duration.ZERO)))
                .as("no tokens reported: the ceiling")
                .isEqualTo(2 * 5_880);
    }

    @Test
    void aReferenceAndAGpuSecondHaveTheirPrice() {
        Prices qwen = model("qwen-image-3.0").prices();
        assertThat(qwen.answerUsdMicros(new Consumption("2K", null, 2, Usage.NONE, 3, Duration.ofSeconds(9))))
                .isEqualTo(3 * 30_000 + 2 * 3_000);
        assertThat(qwen.answerUsdMicros(new Consumption("2K", null, 2, Usage.NONE, 0, Duration.ofSeconds(9))))
                .isZero();
        var own = new Prices(Map.of(), false, 0, 0, 0, 0, 0, null, 0, 600, "rent", LocalDate.EPOCH);
        assertThat(own.answerUsdMicros(new Consumption("1K", null, 0, Usage.NONE, 1, Duration.ofMillis(2_001))))
                .isEqualTo(1_800);
    }

    @Test
    void eachQueryOfASearchHasItsPrice() {
        Prices nano = model("gemini-nano-banana-2.1").prices();
        Usage plain = new Usage(100, 1_120, 0, 1_220, 1_120L);

        assertThat(nano.answerUsdMicros(new Consumption("1K", null, 0, plain.searching(3), 1, Duration.ZERO)))
                .isEqualTo(nano.answerUsdMicros(new Consumption("1K", null, 0, plain, 1, Duration.ZERO)) + 3 * 14_000);
    }

    /** Each row: what raises the worst-case price of which model, and to what. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "gpt-image-2        | 'output':{'quality':'low'}                        | 5900",
                "gpt-image-2        | 'output':{'quality':'high','size':'2K'}           | 428180",
                "gpt-image-2        | 'output':{'quality':'low','count':10}             | 58820",
                "gpt-image-2        | 'priority':5                                      | 210740",
                "flux-2-pro         | 'priority':5                                      | 45000",
                "flux-2-pro         | 'output':{'size':'2K'}                            | 90000",
                "flux-2-pro         | 'references':[{'uri':'s3://a-b/c','role':'style'}] | 105000",
                "qwen-image-3.0     | 'output':{'count':7},'references':[{'uri':'s3://a-b/c','role':'style'}] | 216000",
                "gemini-nano-banana-2.1 | 'priority':5                                  | 95046",
                "gemini-nano-banana-2.1 | 'output':{'count':2}                          | 190092",
                "gemini-nano-banana-2.1 | 'grounding':{'webSearch':true}                | 165046",
                "gemini-nano-banana-2.1 | 'parent':'0123456789abcdef0123456789abcdef01234567' | 143142",
                "gemini-2.5-flash-image | 'parent':'0123456789abcdef0123456789abcdef01234567' | 59869",
                "qwen-image-3.0         | 'parent':'0123456789abcdef0123456789abcdef01234567' | 33000"
            })
    void theWorstPriceHasCountQualityReferencesAndSearches(String model, String fields, long usdMicros) {
        assertThat(model(model).worstJobUsdMicros(TestJobs.job(fields))).isEqualTo(usdMicros);
    }

    private long answer(String size, Usage usage, int pictures) {
        return prices.answerUsdMicros(new Consumption(size, null, 0, usage, pictures, Duration.ZERO));
    }

    private static ModelCard model(String name) {
        return Objects.requireNonNull(ModelCatalogue.builtIn().find(name));
    }
}
