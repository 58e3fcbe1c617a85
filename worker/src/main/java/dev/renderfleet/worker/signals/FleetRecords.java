package dev.renderfleet.worker.signals;

import dev.renderfleet.contracts.signal.FleetSetup;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the workers of this fleet have recorded. */
public interface FleetRecords {

    /** Reads all records. Throws if Kafka does not answer. */
    FleetHistory read();

    /** Appends a record; returns when it is stored. Throws if Kafka does not answer. */
    void write(FleetSetup setup);

    /** What the records amount to: the first decides the bucket, unless a later one moves it; providers add up. Null without any. */
    static @Nullable FleetSetup current(List<FleetSetup> records) {
        FleetSetup current = null;
        for (FleetSetup next : records) {
            if (current == null
                    || next.bucket().equals(current.bucket())
                    || current.bucket().equals(next.movedFrom())) {
                Set<String> providers = new LinkedHashSet<>(current == null ? List.of() : current.providers());
                providers.addAll(next.providers());
                next.withdrawn().forEach(providers::remove);
                current = new FleetSetup(
                        next.bucket(), next.movedFrom(), List.copyOf(providers), next.withdrawn(), next.origin());
            }
        }
        return current;
    }
}
