package dev.renderfleet.catalogue;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.renderfleet.contracts.event.EventParts.Usage;
import java.util.Map;

/**
 * Prices of a model in millionths of a US dollar: every cost of a call is computed here. Web searches are not priced yet.
 *
 * @param picture by size, output tokens of the picture included
 */
public record Prices(
        @JsonProperty(required = true) Map<String, Long> picture,
        @JsonProperty("input-per-million") long inputPerMillion,
        @JsonProperty("output-text-per-million") long outputTextPerMillion) {

    private static final int THOUGHT_TOKENS_WORST = 8_192;
    private static final int CHARS_PER_TOKEN_WORST = 1;
    private static final long MILLION = 1_000_000;

    /** Worst-case price of one call: the picture, the whole prompt, all references, long thoughts. */
    long worstUsdMicros(String size, int promptChars, long referenceTokens) {
        return picturePrice(size)
                + textUsdMicros(promptChars / CHARS_PER_TOKEN_WORST + referenceTokens, THOUGHT_TOKENS_WORST);
    }

    /** Price of a call that yielded a picture. */
    public long drawnUsdMicros(String size, Usage usage) {
        return picturePrice(size) + textUsdMicros(usage.promptTokens(), usage.thoughtTokens());
    }

    /** Price of a call without a picture, since providers bill the tokens of refused calls too. */
    public long notDrawnUsdMicros(Usage usage) {
        return textUsdMicros(usage.promptTokens(), usage.outputTokens() + usage.thoughtTokens());
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
