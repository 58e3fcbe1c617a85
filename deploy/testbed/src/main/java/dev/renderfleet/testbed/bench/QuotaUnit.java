package dev.renderfleet.testbed.bench;

import dev.renderfleet.sandbox.simulators.SimulatedQuota;
import dev.renderfleet.testbed.system.ModelsFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;

/** What a provider limits: requests, images or tokens a minute, or requests a day. */
enum QuotaUnit {
    REQUESTS("requests-per-minute", 1),
    IMAGES("images-per-minute", 1),
    TOKENS("tokens-per-minute", QuotaUnit.PROMPT_TOKENS),
    DAY("requests-per-day", 1);

    /** The tokens that the simulator counts for a prompt of {@link #PROMPT_CHARS}. */
    static final int PROMPT_TOKENS = 100;

    static final int PROMPT_CHARS = 4 * PROMPT_TOKENS;

    static final String MODEL = ModelsFile.MODEL;

    private final String key;
    private final int perCall;

    QuotaUnit(String key, int perCall) {
        this.key = key;
        this.perCall = perCall;
    }

    /** As the simulator wants it, for that many calls in the unit's period. */
    SimulatedQuota simulated(int calls) {
        int limit = calls * perCall;
        return switch (this) {
            case REQUESTS -> new SimulatedQuota(MODEL, limit, null, null, null, null);
            case IMAGES -> new SimulatedQuota(MODEL, null, limit, null, null, null);
            case TOKENS -> new SimulatedQuota(MODEL, null, null, limit, null, null);
            case DAY -> new SimulatedQuota(MODEL, null, null, null, limit, null);
        };
    }

    /** Writes a catalogue for workers: one model, with that quota. */
    Path catalogue(Path folder, int calls) {
        return ModelsFile.write(
                folder.resolve("models-" + key + ".yaml"), Duration.ofMinutes(1), Map.of(key, calls * perCall));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
