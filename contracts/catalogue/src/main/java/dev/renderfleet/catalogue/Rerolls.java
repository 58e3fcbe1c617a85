package dev.renderfleet.catalogue;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * How many more paid calls a job may have after answers without a valid picture, by the last answer's kind. Answers of all kinds count
 * together. The job's budget bounds them too.
 *
 * @param noImage after an answer without a picture
 * @param outputRefused after a picture that the provider withheld, where another may pass
 * @param resultInvalid after a picture that the worker refused
 */
public record Rerolls(int noImage, int outputRefused, int resultInvalid) {

    /** One, but none for a withheld picture, which costs as much each time. */
    public static final Rerolls DEFAULT = new Rerolls(1, 0, 1);

    private static final int REROLLS_MAX = 4;

    public Rerolls {
        check("no-image", noImage);
        check("output-refused", outputRefused);
        check("result-invalid", resultInvalid);
    }

    /** Absent numbers have their default. */
    @JsonCreator
    static Rerolls of(
            @JsonProperty("no-image") @Nullable Integer noImage,
            @JsonProperty("output-refused") @Nullable Integer outputRefused,
            @JsonProperty("result-invalid") @Nullable Integer resultInvalid) {
        return new Rerolls(
                noImage == null ? DEFAULT.noImage : noImage,
                outputRefused == null ? DEFAULT.outputRefused : outputRefused,
                resultInvalid == null ? DEFAULT.resultInvalid : resultInvalid);
    }

    private static void check(String field, int rerolls) {
        if (rerolls < 0 || rerolls > REROLLS_MAX) {
            throw new IllegalArgumentException(
                    "rerolls." + field + " must be 0 to " + REROLLS_MAX + ", not " + rerolls);
        }
    }
}
