package dev.renderfleet.scheduler.failpoint;

/** Called at each {@link Crashpoint}. Safe for use by many threads. */
@FunctionalInterface
public interface Crashpoints {

    /** Does nothing: in every scheduler but those of tests. */
    Crashpoints NONE = _ -> {};

    /** May end the process, or throw. */
    void at(Crashpoint point);
}
