package dev.renderfleet.catalogue;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import dev.renderfleet.catalogue.Names.KnownProvider;
import dev.renderfleet.catalogue.Names.NewModel;
import dev.renderfleet.catalogue.Prices.WorstInput;
import dev.renderfleet.contracts.job.ImageFormat;
import dev.renderfleet.contracts.job.Quality;
import dev.renderfleet.contracts.job.RenderJob;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One model of the catalogue.
 *
 * @param servedName the provider's name of the model; the id if absent
 * @param formats that a job may ask for; empty: the model decides
 * @param qualities that a job may ask for; empty: the model has no levels
 * @param countMax pictures of one call; 1 if absent
 * @param referencesMax without the mask
 * @param maskRequired whether it only draws into a mask
 * @param promptCharsMax as long as any job's if absent
 * @param quality 0 to 100, for preference {@code quality}; an estimate
 * @param timeout from sending to the last byte
 * @param onlyByName never chosen by the router, only by its name
 * @param ratioTolerance of the check of its pictures
 * @param rerolls after paid answers without a valid picture
 * @param digitalSourceType IPTC DigitalSourceType of the model's pictures
 * @param retired first day without the model, by platform
 * @param successor the model to name instead
 * @param quota of the whole fleet; absent: calls are held after refusals only
 */
public record ModelCard(
        @JsonProperty(required = true) @JsonDeserialize(using = NewModel.class)
        String id,

        @JsonProperty(required = true) @JsonDeserialize(using = KnownProvider.class)
        String provider,

        @JsonProperty("served-name") String servedName,

        @JsonDeserialize(contentUsing = NewModel.class) List<String> aliases,
        @JsonProperty(required = true) Set<String> sizes,
        @JsonProperty(required = true) RatioSet ratios,
        Set<ImageFormat> formats,
        Set<Quality> qualities,
        @JsonProperty("count-max") int countMax,
        @JsonProperty("references-max") int referencesMax,
        @JsonProperty("mask-required") boolean maskRequired,
        @JsonProperty("prompt-chars-max") int promptCharsMax,
        Set<String> capabilities,
        int quality,
        @JsonProperty("typical-seconds") int typicalSeconds,
        @JsonProperty(required = true) Duration timeout,
        @JsonProperty("only-by-name") boolean onlyByName,
        Prices prices,
        Tokens tokens,
        @JsonProperty("ratio-tolerance") RatioTolerance ratioTolerance,
        Rerolls rerolls,
        @JsonProperty("digital-source-type") String digitalSourceType,
        Map<String, LocalDate> retired,
        @Nullable String successor,
        @Nullable Quota quota) {

    /** What earlier prompts and thoughts of a session may add to a call, in characters or tokens: more is not continued. */
    public static final int SESSION_CHARS_MAX = 16_384;

    private static final String MULTI_TURN = "multi-turn";
    private static final String TRAINED = "trainedAlgorithmicMedia";
    private static final Set<String> SIZES = Set.of("1K", "2K", "4K");
    private static final int CHARS_PER_TOKEN_TYPICAL = 4;
    private static final int COUNT_MAX = 10;

    @SuppressWarnings("NullAway") // Jackson passes null for what the file leaves out.
    public ModelCard {
        servedName = servedName == null ? id : servedName;
        digitalSourceType = digitalSourceType == null ? TRAINED : digitalSourceType;
        ratioTolerance = ratioTolerance == null ? RatioTolerance.DEFAULT : ratioTolerance;
        rerolls = rerolls == null ? Rerolls.DEFAULT : rerolls;
        prices = prices == null ? Prices.UNKNOWN : prices;
        tokens = tokens == null ? new Tokens(0) : tokens;
        countMax = countMax == 0 ? 1 : countMax;
        promptCharsMax = promptCharsMax == 0 ? Integer.MAX_VALUE : promptCharsMax;
        aliases = aliases == null ? List.of() : List.copyOf(aliases);
        sizes = Set.copyOf(sizes);
        formats = formats == null ? Set.of() : Set.copyOf(formats);
        qualities = qualities == null ? Set.of() : Set.copyOf(qualities);
        capabilities = capabilities == null ? Set.of() : Set.copyOf(capabilities);
        retired = retired == null ? Map.of() : Map.copyOf(retired);
        check(id, "sizes", SIZES.containsAll(sizes) && !sizes.isEmpty(), "are of 1K, 2K and 4K");
        check(id, "timeout", timeout.isPositive(), "must be positive");
        check(id, "count-max", countMax >= 1 && countMax <= COUNT_MAX, "must be 1 to 10");
        check(id, "references-max", referencesMax >= 0, "must be 0 or more");
        check(id, "prompt-chars-max", promptCharsMax > 0, "must be 1 or more");
        for (String size : sizes) {
            check(id, "prices.picture", prices.covers(size, null), "has no price of " + size);
            for (Quality level : qualities) {
                check(
                        id,
                        "prices.picture",
                        prices.covers(size, level),
                        "has no price of " + size + "/" + level.wireName());
            }
        }
    }

    /** Token counts for estimates. */
    public record Tokens(int reference) {}

    private static void check(String id, String field, boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException("model " + id + ": " + field + " " + rule);
        }
    }

    /** Whether a provider's version names this model, such as {@code gemini-3-pro-image-001}. */
    public boolean isNamedBy(String version) {
        return nameIn(version) > 0;
    }

    /** Length of the longest of the model's names that the version is or begins with; 0: none. */
    int nameIn(String version) {
        return Stream.concat(Stream.of(id, servedName), aliases.stream())
                .filter(name -> version.equals(name) || version.startsWith(name + "-"))
                .mapToInt(String::length)
                .max()
                .orElse(0);
    }

    /** Estimated tokens of prompt and references. */
    public long inputTokens(int promptChars, int references) {
        return promptChars / CHARS_PER_TOKEN_TYPICAL + 1 + (long) references * tokens.reference();
    }

    /** Worst-case price of the job's first call, in millionths of a US dollar. The model must support the job. */
    public long worstUsdMicros(RenderJob job) {
        return worst(job, Math.min(countMax, job.output().count()));
    }

    /** Worst-case price of all images of the job, each drawn once: as many calls as they need. */
    public long worstJobUsdMicros(RenderJob job) {
        int rest = job.output().count() % countMax;
        return job.output().count() / countMax * worst(job, countMax) + (rest == 0 ? 0 : worst(job, rest));
    }

    /** Whether an edit may continue the session of its parent, which sends earlier images again: up to {@link #referencesMax}. */
    public boolean continuesSessions() {
        return capabilities.contains(MULTI_TURN);
    }

    private long worst(RenderJob job, int pictures) {
        boolean session = job.parent() != null && continuesSessions();
        int images = session ? Math.max(referencesMax, job.inputImages()) : job.inputImages();
        int chars = job.prompt().resolved().length() + (session ? SESSION_CHARS_MAX : 0);
        return prices.worstUsdMicros(job, pictures, new WorstInput(images, tokens.reference(), chars), timeout);
    }
}
