package dev.renderfleet.sandbox.simulators;

import java.util.Optional;

/** What the control API can change while the simulator runs. */
public final class SimulatorSettings {
    private final Latency initial;
    private volatile Latency latency;
    private volatile PictureSettings pictures = PictureSettings.STANDARD;

    public SimulatorSettings(long seed, double timeScale) {
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
