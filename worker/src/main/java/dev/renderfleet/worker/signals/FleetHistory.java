package dev.renderfleet.worker.signals;

import dev.renderfleet.contracts.signal.Cancel;
import dev.renderfleet.contracts.signal.FleetSetup;
import dev.renderfleet.contracts.signal.ProviderHold;
import java.util.List;

/**
 * What the workers and the scheduler of this fleet have recorded.
 *
 * @param setups all records in their order, since the last deletion
 * @param holds the last signal of each account of this worker
 * @param cancels the last one of each job, in their order; expired ones too
 */
public record FleetHistory(List<FleetSetup> setups, List<ProviderHold> holds, List<Cancel> cancels) {

    public FleetHistory {
        setups = List.copyOf(setups);
        holds = List.copyOf(holds);
        cancels = List.copyOf(cancels);
    }
}
