package dev.renderfleet.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.EventParts.Usage;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class PricesTest {

    /** 4K: 113,400; a token of input 1.5, of text 7.5, of a picture 30 millionths of a dollar. */
    private final Prices prices =
            Objects.requireNonNull(ModelCatalogue.builtIn().find("nano-banana")).prices();

    @Test
    void imageTokensOfAnAnswerWithoutAPictureCostAPicture() {
        assertThat(prices.answerUsdMicros("4K", new Usage(12, 2_520, 0, 2_532, 2_520L), 0))
                .isEqualTo(113_400 + 18);
    }

    @Test
    void textTokensBesideImageTokensCostAsText() {
        assertThat(prices.answerUsdMicros("1K", new Usage(10, 1_220, 40, 1_270, 1_120L), 1))
                .isEqualTo(33_600 + 15 + (100 + 40) * 75 / 10);
    }

    @Test
    void twoPicturesInOneAnswerCostTwice() {
        assertThat(prices.answerUsdMicros("1K", new Usage(10, 2_240, 0, 2_250, 2_240L), 2))
                .isEqualTo(67_200 + 15);
        assertThat(prices.answerUsdMicros("1K", new Usage(10, 2_240, 0, 2_250), 2))
                .as("modalities not reported")
                .isEqualTo(67_200 + 15);
    }

    @Test
    void moreImageTokensThanThePicturesHaveCostAsTokens() {
        assertThat(prices.answerUsdMicros("1K", new Usage(0, 2_240, 0, 2_240, 2_240L), 1))
                .isEqualTo(67_200);
    }

    @Test
    void withoutModalitiesOnlyAnAnswerWithoutAPictureHasText() {
        assertThat(prices.answerUsdMicros("1K", new Usage(10, 1_290, 100, 1_400), 1))
                .isEqualTo(33_600 + 15 + 750);
        assertThat(prices.answerUsdMicros("1K", new Usage(10, 1_290, 100, 1_400, 0L), 1))
                .isEqualTo(33_600 + 15 + 750);
        assertThat(prices.answerUsdMicros("1K", new Usage(10, 1_290, 100, 1_400), 0))
                .isEqualTo(15 + (1_290 + 100) * 75 / 10);
    }
}
