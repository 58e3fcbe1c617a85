package dev.renderfleet.worker.ledger;

import dev.renderfleet.worker.assets.ObjectStore;
import dev.renderfleet.worker.assets.ObjectStore.PutResult;
import dev.renderfleet.worker.assets.ObjectStore.StoredObject;
import dev.renderfleet.worker.assets.StorageException;

/**
 * The bucket's one fleet, as {@code fleet.json}. Two fleets on one bucket could not see whether each other's workers live, and would
 * take each other's jobs over: the second is refused. Throws {@link StorageException} when the store does not answer.
 */
public final class FleetMark {

    /** Where the mark is. */
    public static final String KEY = "fleet.json";

    private static final int MARK_BYTES_MAX = 4_096;

    private final ObjectStore store;

    public FleetMark(ObjectStore store) {
        this.store = store;
    }

    /** Whose the bucket is. */
    public sealed interface Verdict {
        /** This fleet's, from now on if it was nobody's. */
        record Ours() implements Verdict {}

        /** Another's, as its mark says. */
        record AnothersFleet(String mark) implements Verdict {}
    }

    /**
     * Marks the bucket, or reads whose it is.
     *
     * @param kafkaCluster id of the Kafka cluster
     * @param group the workers' consumer group
     */
    public Verdict claim(String kafkaCluster, String group) {
        String ours = "{\"version\":1,\"kafkaCluster\":\"" + kafkaCluster + "\",\"group\":\"" + group + "\"}";
        return switch (store.putIfAbsent(KEY, ours)) {
            case PutResult.Written _ -> new Verdict.Ours();
            case PutResult.Refused() -> {
                StoredObject mark = store.get(KEY, MARK_BYTES_MAX);
                if (mark == null) {
                    throw new StorageException(KEY + " vanished while it was read", null);
                }
                yield mark.json().equals(ours) ? new Verdict.Ours() : new Verdict.AnothersFleet(mark.json());
            }
        };
    }
}
