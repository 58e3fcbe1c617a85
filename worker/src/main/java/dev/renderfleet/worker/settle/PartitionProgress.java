package dev.renderfleet.worker.settle;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * The open and settled records of one partition during one assignment. Safe for use by many threads. A later assignment of the same
 * partition has a new object.
 */
final class PartitionProgress {

    private final TreeSet<Long> open;
    private final Set<Long> inFlight = new HashSet<>();
    /** The offset after the last known record, open or settled. */
    private long end;

    PartitionProgress(Checkpoint inherited) {
        this.open = new TreeSet<>(inherited.open());
        this.end = inherited.end();
    }

    /** What to do with a consumed record. */
    enum Admission {
        /** Process it: it is in flight now. */
        ADMITTED,
        /** Skip it: it was settled before. */
        SETTLED,
        /** Retry later: the partition's metadata could become longer than Kafka accepts. */
        FULL
    }

    /** Decides about a consumed record. Call in the order of offsets. */
    synchronized Admission admit(long offset) {
        // Kafka skips no record: an earlier open record that was not consumed has been deleted.
        open.headSet(offset).removeIf(earlier -> !inFlight.contains(earlier));
        if (offset < end) {
            if (!open.contains(offset)) {
                return Admission.SETTLED;
            }
        } else if (!roomFor(offset)) {
            return Admission.FULL;
        } else {
            open.add(offset);
            end = offset + 1;
        }
        inFlight.add(offset);
        return Admission.ADMITTED;
    }

    /** What to commit together with these records, which are in flight. */
    synchronized Checkpoint after(Collection<Long> settled) {
        var stillOpen = new TreeSet<>(open);
        stillOpen.removeAll(settled);
        long tail = end;
        // Open records at the end are left out: a record that the checkpoint does not mention is open.
        while (!stillOpen.isEmpty() && stillOpen.last() == tail - 1) {
            tail = stillOpen.removeLast();
        }
        return new Checkpoint(stillOpen, tail);
    }

    /** Marks these records as settled. */
    synchronized void settled(Collection<Long> offsets) {
        open.removeAll(offsets);
        inFlight.removeAll(offsets);
    }

    private boolean roomFor(long offset) {
        return open.isEmpty() || Checkpoint.fits(offset + 1 - open.first(), open.size() + 1);
    }
}
