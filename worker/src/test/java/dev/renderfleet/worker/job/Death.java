package dev.renderfleet.worker.job;

import dev.renderfleet.worker.failpoint.Failpoint;
import dev.renderfleet.worker.failpoint.Failpoints;

/** Simulates a crash of the process. */
final class Death extends Error {
    private static final long serialVersionUID = 1L;

    static Failpoints at(Failpoint end) {
        return point -> {
            if (point == end) {
                throw new Death();
            }
        };
    }
}
