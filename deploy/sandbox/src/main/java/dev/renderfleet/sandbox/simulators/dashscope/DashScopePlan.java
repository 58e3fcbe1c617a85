package dev.renderfleet.sandbox.simulators.dashscope;

import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.simulators.Behaviour;
import dev.renderfleet.sandbox.simulators.TaskPlan;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The behaviours of a call, merged from all that apply to it. Of several that exclude each other the last one counts.
 *
 * @param refusal at once, which is not billed
 * @param failure after the work: a FAILED task, or an error where the call waits; in the ledger at no cost
 */
record DashScopePlan(Optional<HttpResponse> refusal, Optional<DashScopeError> failure, TaskPlan task) {

    /** How answers differ from the usual ones. Options are in parentheses. */
    private static final Set<String> ODDITIES = Set.of(
            // An element with a text in place of each picture; no choices at all; fewer pictures (count, default 1).
            "TEXT_ONLY",
            "NO_CHOICES",
            "FEWER_IMAGES",
            // The output of older models; the other spelling of the usage.
            "OLD_OUTPUT",
            "OTHER_USAGE",
            // The task ends so, or passes SUSPENDED; STUCK has the state that it stays in (status, default RUNNING).
            "CANCELED",
            "UNKNOWN",
            "SUSPENDED");

    static DashScopePlan of(List<Behaviour> behaviours) {
        var task = TaskPlan.of(behaviours, ODDITIES);
        Optional<HttpResponse> refusal = Optional.empty();
        Optional<DashScopeError> failure = Optional.empty();
        for (Behaviour behaviour : task.others()) {
            DashScopeError error = DashScopeError.named(behaviour).orElseThrow(behaviour::unknown);
            if (behaviour.option("at", "").equals("end")) {
                failure = Optional.of(error);
            } else {
                String status = behaviour.option("http", "");
                HttpResponse answer = status.isEmpty() ? error.response() : error.withStatus(Integer.parseInt(status));
                String seconds = behaviour.option("retryAfter", "");
                refusal = Optional.of(seconds.isEmpty() ? answer : answer.withHeader("Retry-After", seconds));
            }
        }
        return new DashScopePlan(refusal, failure, task);
    }

    /** The state in which the task ends. */
    String lastStatus() {
        return failure.isPresent()
                ? "FAILED"
                : task.is("CANCELED") ? "CANCELED" : task.is("UNKNOWN") ? "UNKNOWN" : "SUCCEEDED";
    }

    /** What the ledger calls it. */
    String outcome() {
        return failure.map(DashScopeError::code).orElse(task.is("TEXT_ONLY") ? "TEXT_ONLY" : "SUCCEEDED");
    }

    /** Pictures that it draws of those that the call wants. */
    int images(int wanted) {
        return failure.isPresent() || task.is("TEXT_ONLY") || task.is("NO_CHOICES")
                ? 0
                : task.is("FEWER_IMAGES") ? Math.min(wanted, task.number("FEWER_IMAGES", "count", 1)) : wanted;
    }
}
