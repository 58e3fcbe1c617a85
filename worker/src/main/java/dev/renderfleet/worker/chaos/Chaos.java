package dev.renderfleet.worker.chaos;

/** The harness's hand inside a worker. Safe for use by many threads. */
public interface Chaos {

    /** Nothing ever happens: every worker but those of the harness. */
    Chaos NONE = new Chaos() {
        @Override
        public void at(Failpoint point) {}

        @Override
        public boolean has(PlantedBug bug, String jobId) {
            return false;
        }

        @Override
        public boolean has(PlantedBug bug) {
            return false;
        }
    };

    /** A job has come to this point; the process may end here and now. */
    void at(Failpoint point);

    /** Whether the bug is planted and shows in this job. */
    boolean has(PlantedBug bug, String jobId);

    /** Whether the bug is planted. */
    boolean has(PlantedBug bug);
}
