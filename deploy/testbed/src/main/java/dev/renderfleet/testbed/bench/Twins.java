package dev.renderfleet.testbed.bench;

import dev.renderfleet.testbed.system.FleetSystem;
import dev.renderfleet.testbed.system.Paths;
import java.util.function.Consumer;

/** Two fleets with nothing in common but the machine. */
record Twins(BenchFleet one, BenchFleet other) implements AutoCloseable {

    static Twins start(Paths places, long seed, Consumer<String> progress) {
        var system = FleetSystem.begin(places, false, progress);
        try {
            return new Twins(BenchFleet.apart(system, "one", seed), BenchFleet.apart(system, "other", seed));
        } catch (RuntimeException e) {
            system.close();
            throw e;
        }
    }

    @Override
    public void close() {
        one.close();
    }
}
