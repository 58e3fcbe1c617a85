package dev.renderfleet.worker.ops;

/** Takes over the paid images and partitions of a former process on the same spool folder. Runs once, after the start checks. */
@FunctionalInterface
public interface Handover {

    /** Blocks until done, or until the worker shuts down. */
    void run();
}
