package dev.renderfleet.catalogue;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One model of the catalogue.
 *
 * @param quality 0 to 100, for preference {@code quality}; an estimate
 * @param timeout from sending to the last byte
 * @param onlyByName never chosen by the router, only by its name
 * @param ratioTolerance of the check of its pictures
 * @param rerolls after paid answers without a valid picture
 * @param digitalSourceType IPTC DigitalSourceType of the model's pictures
 * @param retired first day without the model
 * @param successor the model to name instead
 * @param quota of the whole fleet; absent: calls are held after refusals only
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
        @JsonProperty("ratio-tolerance") RatioTolerance ratioTolerance,
        Rerolls rerolls,
        @JsonProperty("digital-source-type") String digitalSourceType,
        @Nullable LocalDate retired,
        @Nullable String successor,
        @Nullable Quota quota) {

    private static final String TRAINED = "trainedAlgorithmicMedia";
    private static final int CHARS_PER_TOKEN_TYPICAL = 4;

    @SuppressWarnings("NullAway") // Jackson passes null for what the file leaves out.
    public ModelCard {
        digitalSourceType = digitalSourceType == null ? TRAINED : digitalSourceType;
        ratioTolerance = ratioTolerance == null ? RatioTolerance.DEFAULT : ratioTolerance;
        rerolls = rerolls == null ? Rerolls.DEFAULT : rerolls;
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

    /** Token counts for estimates. */
    public record Tokens(int reference) {}

    /** Whether a provider's version names this model, such as {@code gemini-3-pro-image-001}. */
    public boolean isNamedBy(String version) {
        return nameIn(version) > 0;
    }

    /** Length of the longest id or alias that the version is or begins with; 0: none. */
    int nameIn(String version) {
        return Stream.concat(Stream.of(id), aliases.stream())
                .filter(name -> version.equals(name) || version.startsWith(name + "-"))
                .mapToInt(String::length)
                .max()
                .orElse(0);
    }

    /** Whether the provider has retired the model by that day. */
    public boolean isRetired(LocalDate today) {
        return retired != null && !today.isBefore(retired);
    }

    /** Estimated tokens of prompt and references. */
    public long inputTokens(int promptChars, int references) {
        return promptChars / CHARS_PER_TOKEN_TYPICAL + 1 + (long) references * tokens.reference();
    }

    /** Worst-case price of one call in millionths of a US dollar. */
    public long worstUsdMicros(String size, int promptChars, int references) {
        return prices.worstUsdMicros(size, promptChars, (long) references * tokens.reference());
    }
}
