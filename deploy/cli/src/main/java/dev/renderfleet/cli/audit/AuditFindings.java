package dev.renderfleet.cli.audit;

import java.util.List;
import java.util.Locale;

/**
 * What does not fit in a system that runs.
 *
 * @param entries ledger entries that were read
 * @param announced jobs that an event tells of
 * @param pictures objects below {@code assets/}
 */
public record AuditFindings(int entries, int announced, int pictures, List<Finding> findings) {

    /** What can be found. */
    public enum Kind {
        /** A job has ended by its ledger entry and no event tells of it. */
        UNANNOUNCED,
        /** A picture lies in the bucket, no event tells of it, and nobody is at its job. */
        STORED_WITHOUT_EVENT,
        /** An event tells of a picture that is not there, or has another length. */
        NO_PICTURE,
        /** A claim has not moved for longer than it may. */
        CLAIMED_TOO_LONG,
        /** A call was made of which nobody knows whether it was billed, and its job has no picture. */
        UNKNOWN_OUTCOME,
        /** A ledger entry or an event that cannot be read. */
        UNREADABLE;

        /** Its name for people and in JSON. */
        public String key() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One of them.
     *
     * @param usdMicros what it may have cost in millionths of a US dollar; 0 where that is not the question
     * @param asksForRun whether publishing the job now would ask for another run rather than for its outcome
     */
    public record Finding(Kind kind, String jobId, String what, long usdMicros, boolean asksForRun) {}

    public AuditFindings {
        findings = List.copyOf(findings);
    }

    /** Those of a kind. */
    public List<Finding> of(Kind kind) {
        return findings.stream().filter(finding -> finding.kind() == kind).toList();
    }
}
