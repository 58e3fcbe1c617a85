package dev.renderfleet.scheduler.store;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * When a job may start.
 *
 * @param notBefore its earliest start; null: at once
 * @param deadline when it is rejected if it still waits; null: never
 * @param dependsOn ids of jobs that must have completed
 * @param parent the same of one whose image it edits
 * @param anyway whether it starts though one of {@code dependsOn} did not complete
 */
public record StartTerms(
        @Nullable Instant notBefore,
        @Nullable Instant deadline,
        List<String> dependsOn,
        @Nullable String parent,
        boolean anyway) {

    /** Of a job that may start at any time. */
    public static final StartTerms NONE = new StartTerms(null, null, List.of(), null);

    /** Of a job that needs all of them. */
    public StartTerms(
            @Nullable Instant notBefore, @Nullable Instant deadline, List<String> dependsOn, @Nullable String parent) {
        this(notBefore, deadline, dependsOn, parent, false);
    }

    public StartTerms {
        dependsOn = List.copyOf(dependsOn);
    }

    /** Whether the job is not ready at once. A time that is past counts: the leader's clock decides. */
    boolean waits() {
        return notBefore != null || !needs().isEmpty();
    }

    /** The ids of the jobs that it needs, and whether as parent only. */
    Map<String, Boolean> needs() {
        Map<String, Boolean> needs = new TreeMap<>();
        if (parent != null) {
            needs.put(parent, true);
        }
        dependsOn.forEach(id -> needs.put(id, false));
        return needs;
    }
}
