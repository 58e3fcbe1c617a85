package dev.renderfleet.contracts.job;

/** What becomes of a job when one that it needs ends without completing, or is not handed over in time. On the wire in lower case. */
public enum OnDependencyFailure implements WireNamed {
    /** It is rejected with {@code dependency_failed}. */
    FAIL,
    /** It is canceled: not wanted without the other. */
    SKIP,
    /** It starts nevertheless, but for its {@code parent}: then it is rejected. */
    RUN
}
