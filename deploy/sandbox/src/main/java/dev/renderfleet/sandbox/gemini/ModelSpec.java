package dev.renderfleet.sandbox.gemini;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One model as data: what it accepts, how long it takes, what it charges. Prices are USD per million tokens. */
public record ModelSpec(
        String id,
        String displayName,
        boolean retired,
        String grid,
        List<String> ratios,
        String mime,
        List<String> thinking,
        Map<String, Size> sizes,
        @Nullable Tail tail,
        double inputUsdPerMillion,
        double textUsdPerMillion,
        double imageUsdPerMillion,
        int tokensPerReference,
        int thoughtTokens) {

    /** What a picture of one size costs in output tokens, and how long it takes before the time scale. */
    public record Size(int tokens, double medianSeconds, double p99Seconds) {}

    /** The rare very slow call, evenly spread. */
    public record Tail(double probability, double fromSeconds, double toSeconds) {}
}
