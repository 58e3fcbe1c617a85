package dev.renderfleet.worker.settle;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * The open and settled records of one partition during one assignment. Safe for use by many threads. A later assignment of the same
 * partition has a new object.
 */
final class PartitionProgress {

    /** The first {@link #openCount} are the open records, ascending; arrays, since there may be thousands in each of many partitions. */
    private long[] open;

    private int openCount;
    /** The offset after the last consumed record: open records before it are in flight. */
    private long consumed;
    /** The offset after the last known record, open or settled. */
    private long end;
    /** The offset that is committed, and the one that may be committed now. */
    private long committed;

    private long proposed;

    PartitionProgress(Checkpoint inherited) {
        this.open = inherited.open().clone();
        this.openCount = open.length;
        this.consumed = inherited.offset();
        this.end = inherited.end();
        this.committed = inherited.offset();
        this.proposed = committed;
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

    /** Decides about a consumed record. Call in the order of offsets; the last record may be asked about again. */
    synchronized Admission admit(long offset) {
        removeDeleted(offset);
        consumed = Math.max(consumed, Math.min(offset + 1, end));
        if (offset < end) {
            return position(offset) >= 0 ? Admission.ADMITTED : Admission.SETTLED;
        }
        if (!roomFor(offset)) {
            return Admission.FULL;
        }
        append(offset);
        end = offset + 1;
        consumed = end;
        return Admission.ADMITTED;
    }

    /** What to commit together with these records, which are in flight. */
    synchronized Checkpoint after(Collection<Long> settled) {
        long[] stillOpen = without(settled);
        int count = stillOpen.length;
        long tail = end;
        // Open records at the end are left out: a record that the checkpoint does not mention is open.
        while (count > 0 && stillOpen[count - 1] == tail - 1) {
            count--;
            tail--;
        }
        var checkpoint = new Checkpoint(Arrays.copyOf(stillOpen, count), tail);
        proposed = checkpoint.offset();
        return checkpoint;
    }

    /** Marks these records as settled, since the last {@link #after} is committed. */
    synchronized void settled(Collection<Long> offsets) {
        committed = proposed;
        open = without(offsets);
        openCount = open.length;
    }

    /** Ends a record that Kafka has deleted. It is committed with the next transaction; one may be open meanwhile. */
    synchronized void deleted(long offset) {
        open = without(List.of(offset));
        openCount = open.length;
    }

    /**
     * Every record before that position has been decided about: others that the partition has there are markers of transactions, or have
     * been deleted.
     *
     * @return whether the partition has no open record, and a later offset than the committed one
     */
    synchronized boolean reached(long position) {
        removeDeleted(position);
        consumed = Math.max(consumed, position);
        if (openCount == 0 || Checkpoint.fits(position - open[0], openCount)) {
            end = Math.max(end, position);
        }
        return openCount == 0 && end > committed;
    }

    /** Kafka skips no record: an earlier open record that was not consumed has been deleted. */
    private void removeDeleted(long offset) {
        int from = insertion(consumed);
        int to = insertion(offset);
        if (from < to) {
            System.arraycopy(open, to, open, from, openCount - to);
            openCount -= to - from;
        }
    }

    private void append(long offset) {
        if (openCount == open.length) {
            open = Arrays.copyOf(open, Math.max(64, 2 * openCount));
        }
        open[openCount] = offset;
        openCount++;
    }

    private long[] without(Collection<Long> settled) {
        long[] gone = settled.stream().mapToLong(Long::longValue).sorted().toArray();
        long[] rest = new long[openCount];
        int count = 0;
        int next = 0;
        for (int i = 0; i < openCount; i++) {
            while (next < gone.length && gone[next] < open[i]) {
                next++;
            }
            if (next == gone.length || gone[next] != open[i]) {
                rest[count++] = open[i];
            }
        }
        return Arrays.copyOf(rest, count);
    }

    private boolean roomFor(long offset) {
        return openCount == 0 || Checkpoint.fits(offset + 1 - open[0], openCount + 1);
    }

    private int position(long offset) {
        return Arrays.binarySearch(open, 0, openCount, offset);
    }

    /** Index of the first open record from that offset on. */
    private int insertion(long offset) {
        int position = position(offset);
        return position >= 0 ? position : -position - 1;
    }
}
