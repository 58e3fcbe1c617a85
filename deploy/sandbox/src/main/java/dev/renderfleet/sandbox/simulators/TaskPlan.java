package dev.renderfleet.sandbox.simulators;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The behaviours of a task at any provider, merged from all that apply to its call.
 *
 * @param oddities how its answers differ from the usual ones, by name
 * @param answer faults of the answer to the submission; those with {@code at=result} are in {@code result}
 * @param result faults of the picture and of its download
 * @param others the behaviours that are none of these, in their order
 */
public record TaskPlan(
        Map<String, Behaviour> oddities, CommonFaults answer, CommonFaults result, List<Behaviour> others) {

    /** The oddities of every provider with tasks. Options are in parentheses. */
    private static final Set<String> ODDITIES = Set.of(
            // The task never ends.
            "STUCK",
            // The first polls (count, default 2) fail with a status (code, default 503) and without the API's body.
            "POLL_FAILS",
            // The result is at another address (url), redirects to one (url), or its first links (links, default all)
            // have expired when they are handed out.
            "RESULT_URL",
            "RESULT_REDIRECT",
            "EXPIRED");

    public TaskPlan {
        oddities = Map.copyOf(oddities);
        others = List.copyOf(others);
    }

    /**
     * The plan that these behaviours make.
     *
     * @param own oddities of the provider
     */
    public static TaskPlan of(List<Behaviour> behaviours, Set<String> own) {
        var oddities = new HashMap<String, Behaviour>();
        var answer = new CommonFaults();
        var result = new CommonFaults();
        var others = new ArrayList<Behaviour>();
        for (Behaviour behaviour : behaviours) {
            String name = behaviour.name();
            if ((behaviour.option("at", "").equals("result") ? result : answer).accept(behaviour)) {
                continue;
            }
            if (ODDITIES.contains(name) || own.contains(name)) {
                oddities.put(name, behaviour);
            } else {
                others.add(behaviour);
            }
        }
        return new TaskPlan(oddities, answer, result, others);
    }

    public boolean is(String oddity) {
        return oddities.containsKey(oddity);
    }

    public String option(String oddity, String key, String otherwise) {
        Behaviour behaviour = oddities.get(oddity);
        return behaviour == null ? otherwise : behaviour.option(key, otherwise);
    }

    public int number(String oddity, String key, int otherwise) {
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
}
