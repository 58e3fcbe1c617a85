package dev.renderfleet.contracts.signal;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What all workers of a fleet share: one bucket, and the providers that the fleet calls. Kept by compaction. Of several records the
 * first decides the bucket, unless a later one names it as {@code movedFrom}; providers add up.
 *
 * @param bucket address and name of the bucket, as {@code endpoint/bucket}
 * @param movedFrom the bucket before an intended move; null if the fleet did not move
 * @param providers names of providers that at least one worker can call
 * @param withdrawn names of providers that the fleet gives up
 * @param origin the sending process
 */
public record FleetSetup(
        String bucket, @Nullable String movedFrom, List<String> providers, List<String> withdrawn, String origin)
        implements Signal {

    /** Of all these records, whatever the fleet. */
    public static final String KEY = "fleet";

    public FleetSetup {
        providers = List.copyOf(providers);
        withdrawn = List.copyOf(withdrawn);
    }

    @Override
    public String key() {
        return KEY;
    }
}
