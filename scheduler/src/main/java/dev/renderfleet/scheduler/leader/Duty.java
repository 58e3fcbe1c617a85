package dev.renderfleet.scheduler.leader;

/** One loop of the leader. */
public interface Duty {

    /** Its name in health and logs. */
    String name();

    /** Prepares a run: reads what it keeps in memory, opens clients. Throws if a part does not answer; it is tried again. */
    Run begin(Term term);

    /** A run under one term. For one thread; after a fault it is closed, and another begins. */
    interface Run extends AutoCloseable {
        /** Does the next piece of work, or waits a moment for some. */
        void step();

        @Override
        void close();
    }
}
