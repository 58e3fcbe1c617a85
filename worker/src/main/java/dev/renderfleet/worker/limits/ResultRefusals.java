package dev.renderfleet.worker.limits;

/** Counts the paid results of a model that were refused in a row for the same reason. Guarded by its gate's lock. */
final class ResultRefusals {

    /** In a row for the same reason, which hold the model: a provider that draws all pictures wrong is not paid for a whole batch. */
    static final int SAME_MAX = 5;

    private String last = "";
    private int count;

    /** Records a refusal. True if the model is to be held. */
    boolean add(String reason) {
        count = reason.equals(last) ? count + 1 : 1;
        last = reason;
        return count >= SAME_MAX;
    }

    /** Records a valid result. */
    void clear() {
        count = 0;
    }
}
