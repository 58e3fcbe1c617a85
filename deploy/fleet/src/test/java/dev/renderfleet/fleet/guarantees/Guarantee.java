package dev.renderfleet.fleet.guarantees;

/** A promise that judges a run. */
@FunctionalInterface
public interface Guarantee {

    /** Fails, naming the jobs, if the run broke the promise. */
    void judge(Run run);
}
