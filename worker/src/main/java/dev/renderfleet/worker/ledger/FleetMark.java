package dev.renderfleet.worker.ledger;

import dev.renderfleet.worker.storage.ObjectStore;
import dev.renderfleet.worker.storage.ObjectStore.PutResult;
import dev.renderfleet.worker.storage.ObjectStore.StoredObject;
import dev.renderfleet.worker.storage.StorageException;

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
        /** Nobody has marked it. */
        record Unclaimed() implements Verdict {}

        /** This fleet has. */
        record Ours() implements Verdict {}

        /** Another has, as its mark says. */
        record Foreign(String mark) implements Verdict {}
    }

    /**
     * Reads whose the bucket is.
     *
     * @param kafkaCluster id of the Kafka cluster
     * @param group the workers' consumer group
     */
    public Verdict whose(String kafkaCluster, String group) {
        StoredObject mark = store.get(KEY, MARK_BYTES_MAX);
        if (mark == null) {
            return new Verdict.Unclaimed();
        }
        return mark.json().equals(text(kafkaCluster, group)) ? new Verdict.Ours() : new Verdict.Foreign(mark.json());
    }

    /** Marks the bucket, unless somebody has done so meanwhile. Either way {@link #whose} tells. */
    public void mark(String kafkaCluster, String group) {
        switch (store.putIfAbsent(KEY, text(kafkaCluster, group))) {
            case PutResult.Written _, PutResult.Refused _ -> {}
        }
    }

    private static String text(String kafkaCluster, String group) {
        return "{\"version\":1,\"kafkaCluster\":\"" + kafkaCluster + "\",\"group\":\"" + group + "\"}";
    }
}
