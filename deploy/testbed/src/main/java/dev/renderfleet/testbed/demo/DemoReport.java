package dev.renderfleet.testbed.demo;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** Prints progress and the final table of the demo. */
final class DemoReport {

    private static final int BAR = 30;

    private final PrintWriter out;
    private final boolean terminal;

    DemoReport(PrintWriter out) {
        this.out = out;
        this.terminal = TerminalPrompt.isAttached();
    }

    /** Prints the next step. */
    void step(String what) {
        out.println(what);
        out.flush();
    }

    /** Prints how many jobs have an outcome; on a terminal the line is replaced. */
    void progress(int done, int all, String last) {
        String bar = "█".repeat(BAR * done / all) + "░".repeat(BAR - BAR * done / all);
        String line = String.format(Locale.ROOT, "  %s %2d/%d  %s", bar, done, all, last);
        if (terminal) {
            out.print("\r" + line + "\u001b[K");
            if (done == all) {
                out.println();
            }
        } else {
            out.println(line);
        }
        out.flush();
    }

    /** Prints one row for each job. */
    void table(List<DemoOutcome> outcomes) {
        out.println();
        out.printf("%-36s %-28s %8s %9s  %s%n", "JOB", "MODEL", "SECONDS", "USD", "OBJECT");
        for (DemoOutcome outcome : outcomes) {
            out.printf(
                    Locale.ROOT,
                    "%-36s %-28s %8.1f %9s  %s%n",
                    name(outcome),
                    outcome.model(),
                    outcome.seconds(),
                    outcome.usd(),
                    outcome.note());
        }
        out.println();
        out.println(ContactSheet.summary(outcomes) + ".");
        out.flush();
    }

    private static String name(DemoOutcome outcome) {
        return outcome.item().product().sku() + " "
                + outcome.item().background().id() + " "
                + outcome.item().locale().locale();
    }
}
