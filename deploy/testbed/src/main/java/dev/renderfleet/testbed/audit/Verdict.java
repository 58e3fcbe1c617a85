package dev.renderfleet.testbed.audit;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The judgement of a run.
 *
 * @param findings counts and examples by breach
 * @param unexcused overpaid calls beyond the calls in flight at kills and pauses, job by job
 */
public record Verdict(Totals totals, Mix mix, Map<Breach, BreachCount> findings, int unexcused) {

    private static final int EXAMPLES_MAX = 5;

    /**
     * Totals of the run.
     *
     * @param jobs distinct jobs that were published
     * @param records published, duplicates included
     * @param completed jobs by their first outcome, as are {@code failed} and {@code rejected}
     * @param paidCalls calls that the provider billed
     */
    public record Totals(int jobs, int records, int events, int completed, int failed, int rejected, int paidCalls) {}

    /**
     * Jobs by what they needed.
     *
     * @param fellBack more than one model was called
     * @param edits of a parent's image
     * @param bySession of these, the model continued the session
     */
    public record Mix(int fellBack, int edits, int bySession) {}

    /**
     * Occurrences of a breach.
     *
     * @param examples up to five: job id and description
     */
    public record BreachCount(int count, List<String> examples) {
        static final BreachCount NONE = new BreachCount(0, List.of());

        public BreachCount {
            examples = List.copyOf(examples);
        }

        BreachCount plus(int more, String example) {
            var all = new ArrayList<>(examples);
            if (all.size() < EXAMPLES_MAX) {
                all.add(example);
            }
            return new BreachCount(count + more, all);
        }
    }

    public Verdict {
        findings = Map.copyOf(findings);
    }

    /** Breaches that occurred. */
    public Map<Breach, BreachCount> broken() {
        var broken = new EnumMap<Breach, BreachCount>(Breach.class);
        findings.forEach((breach, finding) -> {
            if (finding.count() > 0) {
                broken.put(breach, finding);
            }
        });
        return broken;
    }

    /** Count. */
    public int count(Breach breach) {
        return finding(breach).count();
    }

    /** Count and examples. */
    public BreachCount finding(Breach breach) {
        return findings.getOrDefault(breach, BreachCount.NONE);
    }

    /** Whether every promise holds. Calls in flight at a kill may be paid twice, job by job. */
    public boolean holds() {
        return unexcused == 0 && broken().keySet().stream().allMatch(breach -> breach == Breach.OVERPAID);
    }
}
