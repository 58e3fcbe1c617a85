package dev.renderfleet.cli.audit;

import java.util.List;
import java.util.Locale;

/**
 * The findings of an audit.
 *
 * @param entries number of ledger entries
 * @param announced number of jobs with an event
 * @param pictures objects below {@code assets/}
 */
public record AuditFindings(int entries, int announced, int pictures, List<Finding> findings) {

    /** Kinds of findings. */
    public enum Kind {
        /** A terminal ledger entry without an event. */
        UNANNOUNCED,
        /** A stored image without an event or a claim. */
        STORED_WITHOUT_EVENT,
        /** An event whose image is not stored or has another length. */
        NO_PICTURE,
        /** A claim without progress for too long. */
        CLAIMED_TOO_LONG,
        /** A call that may have been billed, of a job without image. */
        UNKNOWN_OUTCOME,
        /** An unreadable ledger entry or event. */
        UNREADABLE;

        /** Name in text and JSON. */
        public String key() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One finding.
     *
     * @param usdMicros possible cost in millionths of a US dollar; 0 if none
     */
    public record Finding(Kind kind, String jobId, String what, long usdMicros) {}

    public AuditFindings {
        findings = List.copyOf(findings);
    }

    /** Findings of a kind. */
    public List<Finding> of(Kind kind) {
        return findings.stream().filter(finding -> finding.kind() == kind).toList();
    }
}
