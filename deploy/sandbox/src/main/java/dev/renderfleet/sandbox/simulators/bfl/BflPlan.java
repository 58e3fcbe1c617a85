package dev.renderfleet.sandbox.simulators.bfl;

import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.simulators.Behaviour;
import dev.renderfleet.sandbox.simulators.TaskPlan;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The behaviours of a submission and its task, merged from all that apply to the call. Of several that exclude each other the
 * last one counts.
 *
 * @param refusal of the submission, which is not billed then
 * @param lastStatus of the task
 */
record BflPlan(Optional<HttpResponse> refusal, String lastStatus, TaskPlan task) {
    static final String READY = "Ready";

    private static final Map<String, String> LAST_STATUSES = Map.of(
            "REQUEST_MODERATED", "Request Moderated",
            "CONTENT_MODERATED", "Content Moderated",
            "ERROR", "Error",
            "FAILED", "Failed",
            "TASK_NOT_FOUND", "Task not found",
            "UNKNOWN_STATUS", "Archived");

    /** How a task's answers differ from the usual ones. Options are in parentheses. */
    private static final Set<String> ODDITIES = Set.of(
            // The submission's answer says no cost, has a polling URL without the id, or of another address (url).
            "NO_COST",
            "NO_ID",
            "POLLING_URL",
            // The last status comes with HTTP 503.
            "FINAL_503",
            // The status is in the field "state".
            "STATE",
            // The task is Ready without a result.
            "NO_SAMPLE");

    static BflPlan of(List<Behaviour> behaviours) {
        var task = TaskPlan.of(behaviours, ODDITIES);
        Optional<HttpResponse> refusal = Optional.empty();
        String lastStatus = READY;
        for (Behaviour behaviour : task.others()) {
            if (LAST_STATUSES.containsKey(behaviour.name())) {
                lastStatus = LAST_STATUSES.getOrDefault(behaviour.name(), READY);
            } else {
                refusal = Optional.of(BflErrors.simulated(behaviour));
            }
        }
        return new BflPlan(refusal, lastStatus, task);
    }
}
