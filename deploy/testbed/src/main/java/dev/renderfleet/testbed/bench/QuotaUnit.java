package dev.renderfleet.testbed.bench;

import dev.renderfleet.sandbox.simulators.SimulatedQuota;
import java.util.Locale;

/** What a provider limits: requests, images or tokens a minute, requests a day, or tasks at a time. */
enum QuotaUnit {
    REQUESTS("requests-per-minute", 1),
    IMAGES("images-per-minute", 1),
    TOKENS("tokens-per-minute", QuotaUnit.PROMPT_TOKENS),
    DAY("requests-per-day", 1),
    CONCURRENT("concurrent-calls", 1);

    /** The tokens that the simulator counts for a prompt of {@link #PROMPT_CHARS}. */
    static final int PROMPT_TOKENS = 100;

    static final int PROMPT_CHARS = 4 * PROMPT_TOKENS;

    private final String key;
    private final int perCall;

    QuotaUnit(String key, int perCall) {
        this.key = key;
        this.perCall = perCall;
    }

    /** Its name in a catalogue. */
    String key() {
        return key;
    }

    /** The limit that is that many calls. */
    int limit(int calls) {
        return calls * perCall;
    }

    /** As the simulator wants it, for that many calls in the unit's period. */
    SimulatedQuota simulated(String model, int calls) {
        int limit = limit(calls);
        return switch (this) {
            case REQUESTS -> new SimulatedQuota(model, limit, null, null, null, null);
            case IMAGES -> new SimulatedQuota(model, null, limit, null, null, null);
            case TOKENS -> new SimulatedQuota(model, null, null, limit, null, null);
            case DAY -> new SimulatedQuota(model, null, null, null, limit, null);
            case CONCURRENT -> new SimulatedQuota(model, null, null, null, null, limit);
        };
    }

    /** Whether its bucket is full at first and then refills. */
    boolean refills() {
        return this != DAY && this != CONCURRENT;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
