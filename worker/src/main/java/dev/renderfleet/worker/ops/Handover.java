package dev.renderfleet.worker.ops;

/** Takes over what a former process on the same spool folder has left. Runs once, after the start checks and before jobs are taken. */
@FunctionalInterface
public interface Handover {

    /** Blocks until done, or until the worker shuts down. */
    void run();
}
