package dev.renderfleet.sandbox.simulators.comfy;

import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.simulators.Behaviour;
import dev.renderfleet.sandbox.simulators.TaskPlan;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * How a submission and its run go: all behaviours that the call meets, put together.
 *
 * @param refusal of the submission, which is not billed then
 */
record ComfyPlan(Optional<HttpResponse> refusal, TaskPlan task) {
    private static final Set<String> ODDITIES = Set.of(
            // The server restarts in the middle of the run: queue and history are lost, files are not.
            "RESTART",
            // The run fails in a node, with or without memory left; another client interrupts it.
            "EXECUTION_ERROR",
            "OUT_OF_MEMORY",
            "INTERRUPTED",
            // It succeeds without a saved image, as from the cache, or with a preview only.
            "NO_OUTPUTS",
            "PREVIEW_ONLY");

    static ComfyPlan of(List<Behaviour> behaviours) {
        var task = TaskPlan.of(behaviours, ODDITIES);
        return new ComfyPlan(task.others().stream().map(ComfyError::simulated).reduce((_, last) -> last), task);
    }
}
