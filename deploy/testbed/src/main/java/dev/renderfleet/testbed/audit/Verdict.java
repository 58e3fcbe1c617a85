package dev.renderfleet.testbed.audit;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What the judge found.
 *
 * @param findings for each breach how often, with a few examples
 * @param unexcused of the overpaid calls, those of jobs of which fewer calls were out when workers were killed or paused
 */
public record Verdict(Totals totals, Map<Breach, BreachCount> findings, int unexcused) {

    private static final int EXAMPLES_MAX = 5;

    /**
     * What there was to judge.
     *
     * @param jobs distinct jobs that were published
     * @param records published, duplicates included
     * @param completed jobs by their first outcome, as are {@code failed} and {@code rejected}
     * @param paidCalls calls that the provider billed
     */
    public record Totals(int jobs, int records, int events, int completed, int failed, int rejected, int paidCalls) {}

    /**
     * One kind of breach.
     *
     * @param examples up to five of them: job id and what is wrong
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

    /** What was found at all. */
    public Map<Breach, BreachCount> broken() {
        var broken = new EnumMap<Breach, BreachCount>(Breach.class);
        findings.forEach((breach, finding) -> {
            if (finding.count() > 0) {
                broken.put(breach, finding);
            }
        });
        return broken;
    }

    /** How often. */
    public int count(Breach breach) {
        return finding(breach).count();
    }

    /** How often, and examples. */
    public BreachCount finding(Breach breach) {
        return findings.getOrDefault(breach, BreachCount.NONE);
    }

    /** Whether every promise holds: what was paid beyond one call for each job was out at a kill, job by job. */
    public boolean holds() {
        return unexcused == 0 && broken().keySet().stream().allMatch(breach -> breach == Breach.OVERPAID);
    }
}
