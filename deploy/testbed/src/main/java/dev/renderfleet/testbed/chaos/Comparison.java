package dev.renderfleet.testbed.chaos;

import dev.renderfleet.testbed.audit.Breach;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The results of several kinds of workers for the same jobs and faults, one line each. */
final class Comparison {

    private static final String ROW = "  %-12s %9s %9s %9s %11s %9s %9s %9s %10s %9s %7s %8s";

    private Comparison() {}

    static List<String> lines(List<ChaosReport> reports) {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                ROW,
                "workers",
                "records",
                "lost",
                "doubled",
                "conflicting",
                "missing",
                "damaged",
                "overpaid",
                "unexcused",
                "failed",
                "kills",
                "seconds"));
        for (ChaosReport report : reports) {
            lines.add(String.format(
                    Locale.ROOT,
                    ROW,
                    report.plan().workersName(),
                    report.verdict().totals().records(),
                    report.verdict().count(Breach.LOST),
                    report.verdict().count(Breach.DOUBLED),
                    report.verdict().count(Breach.CONFLICTING),
                    report.verdict().count(Breach.MISSING),
                    report.verdict().count(Breach.DAMAGED),
                    report.verdict().count(Breach.OVERPAID),
                    report.verdict().unexcused(),
                    report.verdict().totals().failed(),
                    report.kills(),
                    report.took().toSeconds()));
        }
        return lines;
    }
}
