package dev.renderfleet.worker.signals;

import dev.renderfleet.contracts.signal.FleetSetup;

/** Receives each set-up that a worker of the fleet records. */
@FunctionalInterface
public interface FleetListener {

    /** Called on a thread that must not block. */
    void recorded(FleetSetup setup);
}
