package dev.renderfleet.worker.providers;

/** Records the task of a call durably, so that any worker can resume it after a crash. */
@FunctionalInterface
public interface TaskLog {

    /** For calls without tasks. */
    TaskLog NONE = task -> {
        throw new IllegalStateException("a provider without tasks was given task " + task);
    };

    int TASK_CHARS_MAX = 2_048;

    /**
     * Blocks until the task is recorded, or until another worker has taken the job over, whose call this is not.
     *
     * @param task what {@link ImageProvider#resume} needs, without secrets; 1 to {@value #TASK_CHARS_MAX} characters of printable ASCII
     */
    void accepted(String task);
}
