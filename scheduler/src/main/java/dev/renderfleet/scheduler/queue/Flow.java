package dev.renderfleet.scheduler.queue;

/**
 * A first-in, first-out line of jobs that share tenant, model and priority. The jobs themselves are in the store.
 *
 * @param number unique among all flows
 * @param priority 0 to 9; a higher one is served earlier within its tenant, never before another tenant
 */
public record Flow(long number, String tenant, String model, int priority) {

    /** The highest priority. */
    public static final int PRIORITY_MAX = 9;

    public Flow {
        if (priority < 0 || priority > PRIORITY_MAX) {
            throw new IllegalArgumentException("a priority is 0 to 9, not " + priority);
        }
    }
}
