package dev.renderfleet.catalogue;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * The provider's quota for one model, for the whole account. Each limit is 1 or more; an absent one does not limit.
 *
 * @param requestsPerDay reset at midnight of {@link ProviderCard#dayZone}
 * @param concurrentCalls calls or tasks in progress
 */
public record Quota(
        @JsonProperty("requests-per-minute") @Nullable Integer requestsPerMinute,
        @JsonProperty("images-per-minute") @Nullable Integer imagesPerMinute,
        @JsonProperty("tokens-per-minute") @Nullable Integer tokensPerMinute,
        @JsonProperty("requests-per-day") @Nullable Integer requestsPerDay,
        @JsonProperty("concurrent-calls") @Nullable Integer concurrentCalls) {

    /** No limits. */
    public static final Quota NONE = new Quota(null, null, null, null);

    public Quota {
        check("requests per minute", requestsPerMinute);
        check("images per minute", imagesPerMinute);
        check("tokens per minute", tokensPerMinute);
        check("requests per day", requestsPerDay);
        check("concurrent calls", concurrentCalls);
    }

    /** Without a limit of concurrent calls. */
    public Quota(
            @Nullable Integer requestsPerMinute,
            @Nullable Integer imagesPerMinute,
            @Nullable Integer tokensPerMinute,
            @Nullable Integer requestsPerDay) {
        this(requestsPerMinute, imagesPerMinute, tokensPerMinute, requestsPerDay, null);
    }

    static void check(String name, @Nullable Integer limit) {
        if (limit != null && limit < 1) {
            throw new IllegalArgumentException(name + " must be 1 or more, not " + limit);
        }
    }
}
