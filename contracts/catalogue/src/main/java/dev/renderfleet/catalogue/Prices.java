package dev.renderfleet.catalogue;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.renderfleet.contracts.event.EventParts.Usage;
import java.util.Map;

/**
 * Prices of a model in millionths of a US dollar: every cost of a call is computed here. Web searches are not priced yet.
 *
 * @param picture by size, output tokens of the picture included
 * @param outputImagePerMillion a million output tokens of pictures
 */
public record Prices(
        @JsonProperty(required = true) Map<String, Long> picture,
        @JsonProperty("input-per-million") long inputPerMillion,
        @JsonProperty("output-text-per-million") long outputTextPerMillion,
        @JsonProperty("output-image-per-million") long outputImagePerMillion) {

    private static final int THOUGHT_TOKENS_WORST = 8_192;
    private static final int CHARS_PER_TOKEN_WORST = 1;
    private static final long MILLION = 1_000_000;

    /** Worst-case price of one call: the picture, the whole prompt, all references, long thoughts. */
    long worstUsdMicros(String size, int promptChars, long referenceTokens) {
        return picturePrice(size)
                + textUsdMicros(promptChars / CHARS_PER_TOKEN_WORST + referenceTokens, THOUGHT_TOKENS_WORST);
    }

    /**
     * Price of an answer. Providers bill pictures by their tokens, also those that they withhold or that are invalid. The pictures cost the
     * higher of their number's and their tokens' price, so that a cost is never understated; the other output tokens cost as text.
     *
     * @param pictures in the answer; 0 if it has none
     */
    public long answerUsdMicros(String size, Usage usage, int pictures) {
        long imageTokens = usage.imageTokens() == null ? 0 : usage.imageTokens();
        int billed = imageTokens > 0 ? Math.max(1, pictures) : pictures;
        long price = billed == 0 ? 0 : Math.multiplyExact(picturePrice(size), billed);
        // A provider that reports no tokens of a picture that it sent does not say which they are.
        boolean allImage = pictures > 0 && imageTokens == 0;
        long textTokens = allImage ? 0 : Math.max(0, usage.outputTokens() - imageTokens);
        return Math.max(price, perMillion(imageTokens, outputImagePerMillion))
                + textUsdMicros(usage.promptTokens(), textTokens + usage.thoughtTokens());
    }

    private long picturePrice(String size) {
        Long price = picture.get(size);
        if (price == null) {
            throw new IllegalArgumentException("no price of size " + size);
        }
        return price;
    }

    private long textUsdMicros(long inputTokens, long outputTokens) {
        return perMillion(inputTokens, inputPerMillion) + perMillion(outputTokens, outputTextPerMillion);
    }

    private static long perMillion(long tokens, long usdMicrosPerMillion) {
        return Math.ceilDiv(Math.multiplyExact(tokens, usdMicrosPerMillion), MILLION);
    }
}
