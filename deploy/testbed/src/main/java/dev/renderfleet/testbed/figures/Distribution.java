package dev.renderfleet.testbed.figures;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;

/** Minimum, percentiles and maximum of measurements; percentiles by nearest rank. */
public record Distribution(int count, double min, double median, double p90, double p99, double max) {

    /** Throws if there are no measurements. */
    public static Distribution of(Collection<? extends Number> measurements) {
        if (measurements.isEmpty()) {
            throw new IllegalArgumentException("nothing was measured");
        }
        double[] sorted = measurements.stream().mapToDouble(Number::doubleValue).toArray();
        Arrays.sort(sorted);
        return new Distribution(
                sorted.length,
                sorted[0],
                percentile(sorted, 50),
                percentile(sorted, 90),
                percentile(sorted, 99),
                sorted[sorted.length - 1]);
    }

    private static double percentile(double[] sorted, int percent) {
        return sorted[Math.max(0, (int) Math.ceil(sorted.length * percent / 100.0) - 1)];
    }

    /** A row of a table under {@link #HEADING}. */
    public String row(String what) {
        return String.format(Locale.ROOT, "  %-34s %9.1f %9.1f %9.1f %9.1f %9.1f", what, min, median, p90, p99, max);
    }

    /** Heading of the columns of {@link #row}. */
    public static final String HEADING =
            String.format(Locale.ROOT, "  %-34s %9s %9s %9s %9s %9s", "", "min", "median", "p90", "p99", "max");
}
