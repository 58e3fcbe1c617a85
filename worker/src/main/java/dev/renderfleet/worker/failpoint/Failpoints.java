package dev.renderfleet.worker.failpoint;

/** Called at each {@link Failpoint} of each job. Safe for use by many threads. */
@FunctionalInterface
public interface Failpoints {

    /** Does nothing: in every worker but those of the tests. */
    Failpoints NONE = _ -> {};

    /** A job has come to this point; the process may end here and now. */
    void at(Failpoint point);
}
