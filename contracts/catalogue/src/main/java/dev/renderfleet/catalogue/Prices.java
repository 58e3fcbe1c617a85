package dev.renderfleet.catalogue;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.job.Grounding;
import dev.renderfleet.contracts.job.Quality;
import dev.renderfleet.contracts.job.RenderJob;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Prices of a model in millionths of a US dollar: every cost of a call is computed here, as the sum of the parts that the model has.
 *
 * @param picture one picture, its output tokens included, by size, or by size and quality such as {@code 1K/high}
 * @param ceiling whether {@code picture} is an upper bound only, since pictures are billed by their tokens
 * @param inputImagePerMillion a million input tokens of pictures; 0: as other input tokens
 * @param outputTextPerMillion a million output tokens of text and thoughts
 * @param outputImagePerMillion a million output tokens of pictures
 * @param inputPicture one reference of a call that drew
 * @param search one query that the model sends to a search
 * @param gpuSecond one second of a server of one's own
 * @param source where the prices are from
 * @param verified when they were looked up
 */
public record Prices(
        Map<String, Long> picture,
        boolean ceiling,
        @JsonProperty("input-per-million") long inputPerMillion,
        @JsonProperty("input-image-per-million") long inputImagePerMillion,
        @JsonProperty("output-text-per-million") long outputTextPerMillion,
        @JsonProperty("output-image-per-million") long outputImagePerMillion,
        @JsonProperty("input-picture") long inputPicture,
        @Nullable Megapixel megapixel,
        long search,
        @JsonProperty("gpu-second") long gpuSecond,
        @JsonProperty(required = true) String source,
        @JsonProperty(required = true) LocalDate verified) {

    /** Of a model whose prices are not known: its calls cost 0, and jobs with a budget are refused. */
    static final Prices UNKNOWN = new Prices(Map.of(), false, 0, 0, 0, 0, 0, null, 0, 0, "none", LocalDate.EPOCH);

    private static final int THOUGHT_TOKENS_WORST = 8_192;
    private static final int CHARS_PER_TOKEN_WORST = 1;
    private static final int SEARCHES_WORST = 5;
    private static final long MILLION = 1_000_000;

    @SuppressWarnings("NullAway") // Jackson passes null for what the file leaves out.
    public Prices {
        picture = picture == null ? Map.of() : Map.copyOf(picture);
    }

    /** Whether the price of a picture is known. */
    public boolean known() {
        return !picture.isEmpty() || megapixel != null || gpuSecond > 0;
    }

    /** Whether the size has a price in that quality; null: in any. */
    public boolean covers(String size, @Nullable Quality quality) {
        return picture.isEmpty() || listPrice(size, quality) != null;
    }

    /**
     * Worst-case price of one call: whole prompt, all references, long thoughts, several searches.
     *
     * @param pictures of the call
     * @param input what the call sends at most
     * @param timeout of one call
     */
    long worstUsdMicros(RenderJob job, int pictures, WorstInput input, Duration timeout) {
        int references = input.images();
        long promptTokens = input.promptChars() / CHARS_PER_TOKEN_WORST;
        return pictures
                        * picturePrice(
                                job.output().size().wireName(), job.output().quality())
                + perMillion(promptTokens, inputPerMillion)
                + perMillion((long) references * input.tokensOfImage(), imageInputRate())
                + perMillion(THOUGHT_TOKENS_WORST, outputTextPerMillion)
                + references * inputPicture
                + (megapixel == null ? 0 : megapixel.references(references))
                + (searches(job.grounding()) ? SEARCHES_WORST * search : 0)
                + gpuUsdMicros(timeout);
    }

    /**
     * Price of an answer. Providers bill pictures by their tokens, also those that they withhold or that are invalid. The pictures cost the
     * higher of their number's and their tokens' price, so that a cost is never understated; the other output tokens cost as text.
     */
    public long answerUsdMicros(Consumption call) {
        Usage usage = call.usage();
        int pictures = call.pictures();
        long imageTokens = imageTokens(usage, pictures);
        int billed = imageTokens > 0 ? Math.max(1, pictures) : pictures;
        long byTokens = perMillion(imageTokens, outputImagePerMillion);
        boolean exact = billed == 0 || (ceiling && imageTokens > 0);
        long price = exact
                ? byTokens
                : Math.max(byTokens, Math.multiplyExact(picturePrice(call.size(), call.quality()), billed));
        // A provider that reports no tokens of a picture that it sent does not say which they are.
        boolean allImage = pictures > 0 && imageTokens == 0;
        long textTokens = allImage ? 0 : Math.max(0, usage.outputTokens() - imageTokens);
        return price
                + inputUsdMicros(usage, call.references())
                + perMillion(textTokens + usage.thoughtTokens(), outputTextPerMillion)
                + (usage.searches() == null ? 0 : usage.searches() * search)
                + (pictures == 0 ? 0 : call.references() * inputPicture)
                + gpuUsdMicros(call.duration());
    }

    /** Where pictures are billed by their tokens, an answer with pictures has no other output tokens. */
    private long imageTokens(Usage usage, int pictures) {
        if (usage.imageTokens() != null) {
            return usage.imageTokens();
        }
        return ceiling && pictures > 0 ? usage.outputTokens() : 0;
    }

    /** Tokens of which the provider does not say whether they are pictures cost the higher price, where there are pictures. */
    private long inputUsdMicros(Usage usage, int references) {
        long images = usage.promptImageTokens() != null
                ? usage.promptImageTokens()
                : references > 0 && inputImagePerMillion > inputPerMillion ? usage.promptTokens() : 0;
        return perMillion(Math.max(0, usage.promptTokens() - images), inputPerMillion)
                + perMillion(images, imageInputRate());
    }

    /** Input of a call, at most. */
    record WorstInput(int images, int tokensOfImage, long promptChars) {}

    private long imageInputRate() {
        return inputImagePerMillion == 0 ? inputPerMillion : inputImagePerMillion;
    }

    private long picturePrice(String size, @Nullable Quality quality) {
        Long price = picture.isEmpty() ? Long.valueOf(0) : listPrice(size, quality);
        if (price == null) {
            throw new IllegalArgumentException("no price of size " + size);
        }
        return price + (megapixel == null ? 0 : megapixel.picture(size));
    }

    /** That of the dearest quality if none is asked for, since the model then chooses. */
    private @Nullable Long listPrice(String size, @Nullable Quality quality) {
        Long price = picture.get(size);
        for (Quality any : Quality.values()) {
            Long other = quality == null || quality == any ? picture.get(size + "/" + any.wireName()) : null;
            if (other != null && (price == null || other > price)) {
                price = other;
            }
        }
        return price;
    }

    private static boolean searches(@Nullable Grounding grounding) {
        return grounding != null && (grounding.webSearch() || grounding.imageSearch());
    }

    private long gpuUsdMicros(Duration duration) {
        return gpuSecond == 0 ? 0 : gpuSecond * Math.ceilDiv(duration.toMillis(), 1_000);
    }

    private static long perMillion(long tokens, long usdMicrosPerMillion) {
        return Math.ceilDiv(Math.multiplyExact(tokens, usdMicrosPerMillion), MILLION);
    }
}
