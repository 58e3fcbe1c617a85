package dev.renderfleet.testbed.bench;

import dev.renderfleet.sandbox.simulators.Quota;
import dev.renderfleet.testbed.system.ModelsFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;

/** What a provider limits by the minute. All are set so that they grant {@value #CALLS_PER_MINUTE} calls a minute. */
enum QuotaKind {
    REQUESTS("requests-per-minute", 1),
    IMAGES("images-per-minute", 1),
    TOKENS("tokens-per-minute", QuotaKind.PROMPT_TOKENS);

    static final int CALLS_PER_MINUTE = 600;

    /** The tokens that the simulator counts for a prompt of {@link #PROMPT_CHARS}. */
    static final int PROMPT_TOKENS = 100;

    static final int PROMPT_CHARS = 4 * PROMPT_TOKENS;

    static final String MODEL = ModelsFile.MODEL;

    private final String key;
    private final int perCall;

    QuotaKind(String key, int perCall) {
        this.key = key;
        this.perCall = perCall;
    }

    private int perMinute() {
        return CALLS_PER_MINUTE * perCall;
    }

    /** As the simulator wants it. */
    Quota simulated() {
        return switch (this) {
            case REQUESTS -> new Quota(MODEL, perMinute(), null, null, null, null);
            case IMAGES -> new Quota(MODEL, null, perMinute(), null, null, null);
            case TOKENS -> new Quota(MODEL, null, null, perMinute(), null, null);
        };
    }

    /** Writes a catalogue for workers: one model, with this quota. */
    Path catalogue(Path folder) {
        return catalogue(folder, key, perMinute());
    }

    /** The same with a quota of any kind, by its key in {@code models.yaml}. */
    static Path catalogue(Path folder, String key, int limit) {
        return ModelsFile.write(folder.resolve("models-" + key + ".yaml"), Duration.ofMinutes(1), Map.of(key, limit));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
