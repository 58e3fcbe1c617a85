package dev.renderfleet.sandbox.simulators.bfl;

import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.simulators.Behaviour;
import dev.renderfleet.sandbox.simulators.CommonFaults;
import dev.renderfleet.sandbox.simulators.ImageFault;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How a submission and its task go: all behaviours that the call meets, put together. Of several that exclude each other the
 * last one counts.
 *
 * @param refusal of the submission, which is not billed then
 * @param lastStatus of the task
 * @param submission faults of the submission's answer; those with {@code at=result} are in {@code result}
 * @param result faults of the picture and of its download
 */
record BflPlan(
        Optional<HttpResponse> refusal,
        String lastStatus,
        Map<String, Behaviour> oddities,
        CommonFaults submission,
        CommonFaults result) {
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
            // The first polls (count, default 2) fail with a status (code, default 503) and without a body of ours.
            "POLL_FAILS",
            // The last status comes with HTTP 503.
            "FINAL_503",
            // The status is in the field "state".
            "STATE",
            // The task never ends; it is Ready without a result.
            "STUCK",
            "NO_SAMPLE",
            // The result is at another address (url), redirects to one (url), or its first links (links, default all)
            // have expired when they are handed out.
            "SAMPLE_URL",
            "SAMPLE_REDIRECT",
            "EXPIRED");

    BflPlan {
        oddities = Map.copyOf(oddities);
    }

    static BflPlan of(List<Behaviour> behaviours) {
        Optional<HttpResponse> refusal = Optional.empty();
        String lastStatus = READY;
        var oddities = new HashMap<String, Behaviour>();
        var submission = new CommonFaults();
        var result = new CommonFaults();
        for (Behaviour behaviour : behaviours) {
            String name = behaviour.name();
            if ((behaviour.option("at", "submission").equals("result") ? result : submission).accept(behaviour)) {
                continue;
            }
            if (LAST_STATUSES.containsKey(name)) {
                lastStatus = LAST_STATUSES.getOrDefault(name, READY);
            } else if (ODDITIES.contains(name)) {
                oddities.put(name, behaviour);
            } else {
                refusal = Optional.of(BflErrors.simulated(behaviour));
            }
        }
        return new BflPlan(refusal, lastStatus, oddities, submission, result);
    }

    boolean is(String oddity) {
        return oddities.containsKey(oddity);
    }

    String option(String oddity, String key, String otherwise) {
        Behaviour behaviour = oddities.get(oddity);
        return behaviour == null ? otherwise : behaviour.option(key, otherwise);
    }

    int number(String oddity, String key, int otherwise) {
        return Integer.parseInt(option(oddity, key, Integer.toString(otherwise)));
    }

    /** The picture's faults, but for those of base64: it is sent as it is. */
    Set<ImageFault> imageFaults() {
        var faults = EnumSet.noneOf(ImageFault.class);
        faults.addAll(submission.image());
        faults.addAll(result.image());
        faults.removeAll(EnumSet.range(ImageFault.URL_SAFE_BASE64, ImageFault.DATA_URL));
        faults.remove(ImageFault.TRUNCATED_BASE64);
        return faults;
    }
}
