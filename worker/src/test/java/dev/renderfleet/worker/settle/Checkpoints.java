package dev.renderfleet.worker.settle;

import java.util.Collection;

/** Checkpoints for tests. */
final class Checkpoints {

    private Checkpoints() {}

    /** With these open records. */
    static Checkpoint of(Collection<Long> open, long end) {
        return new Checkpoint(open.stream().mapToLong(Long::longValue).sorted().toArray(), end);
    }
}
