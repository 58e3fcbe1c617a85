package dev.renderfleet.sandbox.simulators.dashscope;

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
 * How a call goes: all behaviours that it meets, put together. Of several that exclude each other the last one counts.
 *
 * @param refusal at once, which is not billed
 * @param failure after the work: a FAILED task, or an error where the call waits; in the ledger at no cost
 * @param answer faults of the answer to the call; those with {@code at=result} are in {@code result}
 * @param result faults of the picture and of its download
 */
record DashScopePlan(
        Optional<HttpResponse> refusal,
        Optional<DashScopeError> failure,
        Map<String, Behaviour> oddities,
        CommonFaults answer,
        CommonFaults result) {

    /** How answers differ from the usual ones. Options are in parentheses. */
    private static final Set<String> ODDITIES = Set.of(
            // An element with a text in place of each picture; no choices at all; fewer pictures (count, default 1).
            "TEXT_ONLY",
            "NO_CHOICES",
            "FEWER_IMAGES",
            // The output of older models; the other spelling of the usage.
            "OLD_OUTPUT",
            "OTHER_USAGE",
            // The task stays for ever in a state (status, default RUNNING), ends so, or passes SUSPENDED.
            "STUCK",
            "CANCELED",
            "UNKNOWN",
            "SUSPENDED",
            // The first polls (count, default 2) fail with a status (code, default 503) and without a body of ours.
            "POLL_FAILS",
            // The result is at another address (url), redirects to one (url), or its first links (links, default all)
            // have expired when they are handed out.
            "RESULT_URL",
            "RESULT_REDIRECT",
            "EXPIRED");

    DashScopePlan {
        oddities = Map.copyOf(oddities);
    }

    static DashScopePlan of(List<Behaviour> behaviours) {
        Optional<HttpResponse> refusal = Optional.empty();
        Optional<DashScopeError> failure = Optional.empty();
        var oddities = new HashMap<String, Behaviour>();
        var answer = new CommonFaults();
        var result = new CommonFaults();
        for (Behaviour behaviour : behaviours) {
            String at = behaviour.option("at", "answer");
            if ((at.equals("result") ? result : answer).accept(behaviour)) {
                continue;
            }
            if (ODDITIES.contains(behaviour.name())) {
                oddities.put(behaviour.name(), behaviour);
                continue;
            }
            DashScopeError error = DashScopeError.named(behaviour).orElseThrow(behaviour::unknown);
            if (at.equals("end")) {
                failure = Optional.of(error);
            } else {
                String status = behaviour.option("http", "");
                refusal = Optional.of(status.isEmpty() ? error.response() : error.withStatus(Integer.parseInt(status)));
            }
        }
        return new DashScopePlan(refusal, failure, oddities, answer, result);
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
        faults.addAll(answer.image());
        faults.addAll(result.image());
        faults.removeAll(EnumSet.range(ImageFault.URL_SAFE_BASE64, ImageFault.DATA_URL));
        faults.remove(ImageFault.TRUNCATED_BASE64);
        return faults;
    }

    /** What the ledger calls it. */
    String outcome() {
        return failure.map(DashScopeError::code).orElse(is("TEXT_ONLY") ? "TEXT_ONLY" : "SUCCEEDED");
    }

    /** Pictures that it draws of those that the call wants. */
    int images(int wanted) {
        return failure.isPresent() || is("TEXT_ONLY") || is("NO_CHOICES")
                ? 0
                : is("FEWER_IMAGES") ? Math.min(wanted, number("FEWER_IMAGES", "count", 1)) : wanted;
    }
}
