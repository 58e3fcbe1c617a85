package dev.renderfleet.worker.settle;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * How far the fleet has come with one partition, while this worker owns it: which records are open and which are settled. Safe for
 * use by many threads. When the partition is lost and comes back, it begins anew with another object.
 */
final class PartitionProgress {

    private final TreeSet<Long> open;
    private final Set<Long> inHand = new HashSet<>();
    /** After the last record known of, settled or not. */
    private long end;

    PartitionProgress(Checkpoint inherited) {
        this.open = new TreeSet<>(inherited.open());
        this.end = inherited.end();
    }

    /** What to do with a record that Kafka has handed over. */
    enum Admission {
        /** Take it: it is in hand now. */
        TAKEN,
        /** It was settled before. */
        SETTLED,
        /** Not yet: what would have to be written down of this partition could become too long. */
        NO_ROOM
    }

    /** A record comes, in the order of offsets. */
    synchronized Admission arrive(long offset) {
        // Kafka leaves none out: an open record before this one that did not come is no longer there.
        open.headSet(offset).removeIf(earlier -> !inHand.contains(earlier));
        if (offset < end) {
            if (!open.contains(offset)) {
                return Admission.SETTLED;
            }
        } else if (!roomFor(offset)) {
            return Admission.NO_ROOM;
        } else {
            open.add(offset);
            end = offset + 1;
        }
        inHand.add(offset);
        return Admission.TAKEN;
    }

    /** What to commit once these records, which are in hand, are settled too. */
    synchronized Checkpoint after(Collection<Long> settled) {
        var stillOpen = new TreeSet<>(open);
        stillOpen.removeAll(settled);
        long tail = end;
        // Open records at the end need not be told: what is not told of is open.
        while (!stillOpen.isEmpty() && stillOpen.last() == tail - 1) {
            tail = stillOpen.removeLast();
        }
        return new Checkpoint(stillOpen, tail);
    }

    /** These records are settled. */
    synchronized void settled(Collection<Long> offsets) {
        open.removeAll(offsets);
        inHand.removeAll(offsets);
    }

    private boolean roomFor(long offset) {
        return open.isEmpty() || Checkpoint.fits(offset + 1 - open.first(), open.size() + 1);
    }
}
