package dev.renderfleet.worker.limits;

import org.jspecify.annotations.Nullable;

/**
 * What the provider grants the whole fleet for one model. Each limit is 1 or more; an absent one is not paced.
 *
 * @param requestsPerDay counted from midnight in Los Angeles, where providers reset it
 */
public record Quota(
        @Nullable Integer requestsPerMinute,
        @Nullable Integer imagesPerMinute,
        @Nullable Integer tokensPerMinute,
        @Nullable Integer requestsPerDay) {

    /** Paces nothing. */
    static final Quota NONE = new Quota(null, null, null, null);

    public Quota {
        check("requests per minute", requestsPerMinute);
        check("images per minute", imagesPerMinute);
        check("tokens per minute", tokensPerMinute);
        check("requests per day", requestsPerDay);
    }

    private static void check(String name, @Nullable Integer limit) {
        if (limit != null && limit < 1) {
            throw new IllegalArgumentException(name + " must be 1 or more, not " + limit);
        }
    }
}
