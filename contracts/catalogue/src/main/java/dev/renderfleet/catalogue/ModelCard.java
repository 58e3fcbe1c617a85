package dev.renderfleet.catalogue;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.renderfleet.contracts.event.EventParts.Usage;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One model of the catalogue.
 *
 * @param quality 0 to 100, for preference {@code quality}; a judgement, not a measurement
 * @param timeout from sending to the last byte
 * @param onlyByName never chosen by the router
 * @param digitalSourceType IPTC term of what the model makes, for labelling duties
 * @param retired first day without the model
 * @param successor what to name instead
 * @param quota what the provider grants the account, for the whole fleet; absent: calls are not paced, only held after refusals
 */
public record ModelCard(
        @JsonProperty(required = true) String id,
        @JsonProperty(required = true) String provider,
        List<String> aliases,
        @JsonProperty(required = true) Set<String> sizes,
        @JsonProperty(required = true) Set<String> ratios,
        @JsonProperty("references-max") int referencesMax,
        Set<String> capabilities,
        int quality,
        @JsonProperty("typical-seconds") int typicalSeconds,
        @JsonProperty(required = true) Duration timeout,
        @JsonProperty("only-by-name") boolean onlyByName,
        @JsonProperty(required = true) Prices prices,
        @JsonProperty(required = true) Tokens tokens,
        @JsonProperty("digital-source-type") String digitalSourceType,
        @Nullable LocalDate retired,
        @Nullable String successor,
        @Nullable Quota quota) {

    private static final String TRAINED = "trainedAlgorithmicMedia";
    private static final int THOUGHT_TOKENS_WORST = 8_192;
    private static final int CHARS_PER_TOKEN_WORST = 1;
    private static final int CHARS_PER_TOKEN_TYPICAL = 4;
    private static final long MILLION = 1_000_000;

    @SuppressWarnings("NullAway") // Jackson passes null for what the file leaves out.
    public ModelCard {
        digitalSourceType = digitalSourceType == null ? TRAINED : digitalSourceType;
        aliases = List.copyOf(aliases);
        sizes = Set.copyOf(sizes);
        ratios = Set.copyOf(ratios);
        capabilities = Set.copyOf(capabilities);
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("model " + id + ": timeout must be positive");
        }
        if (!prices.picture().keySet().containsAll(sizes)) {
            throw new IllegalArgumentException("model " + id + ": each size needs a picture price");
        }
    }

    /** Prices in millionths of a US dollar. */
    public record Prices(
            Map<String, Long> picture,
            @JsonProperty("input-per-million") long inputPerMillion,
            @JsonProperty("output-text-per-million") long outputTextPerMillion) {}

    /** Token counts for estimates. */
    public record Tokens(int reference) {}

    /** Whether the provider has switched the model off by that day. */
    public boolean isRetired(LocalDate today) {
        return retired != null && !today.isBefore(retired);
    }

    /** Tokens of prompt and references as the provider will about count them. */
    public long inputTokens(int promptChars, int references) {
        return promptChars / CHARS_PER_TOKEN_TYPICAL + 1 + (long) references * tokens.reference();
    }

    /** What one call costs at most, in millionths of a US dollar: the picture, the whole prompt, all references, long thoughts. */
    public long worstUsdMicros(String size, int promptChars, int references) {
        long input = (long) promptChars / CHARS_PER_TOKEN_WORST + (long) references * tokens.reference();
        return picturePrice(size)
                + perMillion(input, prices.inputPerMillion())
                + perMillion(THOUGHT_TOKENS_WORST, prices.outputTextPerMillion());
    }

    /** What a call cost that yielded a picture. Output tokens are the picture's and are covered by its price. */
    public long drawnUsdMicros(String size, Usage usage) {
        return picturePrice(size) + textUsdMicros(usage.promptTokens(), usage.thoughtTokens());
    }

    /** What a call cost that yielded none: providers bill the tokens of refused answers too. */
    public long notDrawnUsdMicros(Usage usage) {
        return textUsdMicros(usage.promptTokens(), usage.outputTokens() + usage.thoughtTokens());
    }

    private long picturePrice(String size) {
        Long price = prices.picture().get(size);
        if (price == null) {
            throw new IllegalArgumentException("model " + id + " has no size " + size);
        }
        return price;
    }

    private long textUsdMicros(long inputTokens, long outputTokens) {
        return perMillion(inputTokens, prices.inputPerMillion())
                + perMillion(outputTokens, prices.outputTextPerMillion());
    }

    private static long perMillion(long tokens, long usdMicrosPerMillion) {
        return Math.ceilDiv(Math.multiplyExact(tokens, usdMicrosPerMillion), MILLION);
    }
}
