package dev.renderfleet.worker.storage;

/** Counts requests to the store that failed. Called on the thread of the request; must not block. */
@FunctionalInterface
public interface StorageListener {

    /**
     * A request failed; it may be repeated.
     *
     * @param operation {@code put_if}, {@code put}, {@code get} or {@code delete}
     */
    void failed(String operation);
}
