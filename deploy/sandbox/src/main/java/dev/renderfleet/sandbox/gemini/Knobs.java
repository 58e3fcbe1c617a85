package dev.renderfleet.sandbox.gemini;

import java.util.Optional;

/** What the control API can turn while the simulator runs. */
public final class Knobs {
    private final Latency initial;
    private volatile Latency latency;
    private volatile PictureSettings pictures = PictureSettings.STANDARD;

    public Knobs(long seed, double timeScale) {
        initial = new Latency(seed, timeScale, Optional.empty());
        latency = initial;
    }

    public Latency latency() {
        return latency;
    }

    public void latency(Latency other) {
        latency = other;
    }

    public PictureSettings pictures() {
        return pictures;
    }

    public void pictures(PictureSettings other) {
        pictures = other;
    }

    public void reset() {
        latency = initial;
        pictures = PictureSettings.STANDARD;
    }
}
