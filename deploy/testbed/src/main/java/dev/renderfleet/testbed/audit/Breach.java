package dev.renderfleet.testbed.audit;

import java.util.Locale;

/** A way in which a run can break what is promised. */
public enum Breach {
    /** A record of a job without its outcome event; each is counted. */
    LOST,
    /** More outcome events than records of the job, or more than one that claims to be the first; each surplus one is counted. */
    DOUBLED,
    /** First-time events of one job that tell different things; each version beyond the first is counted. */
    CONFLICTING,
    /** A picture that was announced and is not there. */
    MISSING,
    /** A picture that is there in another length, with another digest or other pixels than announced, or cannot be decoded. */
    DAMAGED,
    /**
     * A billed call beyond one for each job and one for each answer that the simulator was told to spoil. A job that says
     * {@code onUnknown: hold} may be called again only after an answer that has come and is of no use.
     */
    OVERPAID,
    /** A billed call that the event of its job does not list as an attempt which cost or may have cost money. */
    HIDDEN,
    /**
     * A sound job whose first outcome is no picture, and nothing excuses it. Only calls of unknown outcome do, as many as the job
     * allows, each of them listed in the event and explained: a worker was killed or paused after it began, or its answer was spoilt.
     */
    FAILED,
    /** A job that has ended by its ledger entry, of which no event tells. */
    UNANNOUNCED,
    /** An event of a job that nobody has published. */
    FOREIGN;

    /** Its name for people and in JSON, where {@code failed} counts outcomes. */
    public String key() {
        return this == FAILED ? "failedUnexcused" : name().toLowerCase(Locale.ROOT);
    }
}
