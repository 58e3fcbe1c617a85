package dev.renderfleet.worker.ledger;

import dev.renderfleet.worker.storage.ObjectKeys;
import dev.renderfleet.worker.storage.ObjectStore;
import dev.renderfleet.worker.storage.ObjectStore.PutResult;
import dev.renderfleet.worker.storage.ObjectStore.StoredObject;
import dev.renderfleet.worker.storage.StorageException;

/**
 * Records which fleet owns the bucket, in {@code fleet.json}. A second fleet is refused: it could not see the first one's group
 * members and would take over their jobs. Throws {@link StorageException} if the store is unavailable.
 */
public final class BucketOwner {

    private static final int BYTES_MAX = 4_096;

    private final ObjectStore store;

    public BucketOwner(ObjectStore store) {
        this.store = store;
    }

    /** Which fleet owns the bucket. */
    public sealed interface OwnerStatus {
        /** None yet. */
        record Unclaimed() implements OwnerStatus {}

        /** This fleet. */
        record Ours() implements OwnerStatus {}

        /** Another fleet, as {@code fleet.json} says. */
        record Foreign(String json) implements OwnerStatus {}
    }

    /**
     * Reads the owner.
     *
     * @param kafkaCluster id of the Kafka cluster
     * @param group the workers' consumer group
     */
    public OwnerStatus check(String kafkaCluster, String group) {
        StoredObject stored = store.get(ObjectKeys.OWNER, BYTES_MAX);
        if (stored == null) {
            return new OwnerStatus.Unclaimed();
        }
        return stored.json().equals(json(kafkaCluster, group))
                ? new OwnerStatus.Ours()
                : new OwnerStatus.Foreign(stored.json());
    }

    /** Makes this fleet the owner unless there is one. {@link #check} returns the result. */
    public void claim(String kafkaCluster, String group) {
        switch (store.putIfAbsent(ObjectKeys.OWNER, json(kafkaCluster, group))) {
            case PutResult.Written _, PutResult.Refused _ -> {}
        }
    }

    private static String json(String kafkaCluster, String group) {
        return "{\"version\":1,\"kafkaCluster\":\"" + kafkaCluster + "\",\"group\":\"" + group + "\"}";
    }
}
