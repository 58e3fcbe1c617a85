package dev.renderfleet.testbed.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Workers of several makes side by side, measured in one run.
 *
 * @param makes the columns, ours first
 * @param leftOut makes that could not be had here, and why
 * @param rows a figure of each make, by what was measured, in the order of the columns
 */
record BesideTable(List<String> makes, Map<String, String> leftOut, List<Row> rows) implements Figures {

    /** One figure of all makes. */
    record Row(String what, List<Double> figures) {
        Row {
            figures = List.copyOf(figures);
        }

        /** Ours by that of another column; NaN where that is 0. */
        double ratio(int column) {
            return figures.get(column) == 0 ? Double.NaN : figures.getFirst() / figures.get(column);
        }
    }

    BesideTable {
        makes = List.copyOf(makes);
        leftOut = Map.copyOf(leftOut);
        rows = List.copyOf(rows);
    }

    @Override
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(line(
                "One worker of each, the same load, one after the other",
                makes,
                makes.stream().skip(1).map(make -> "ours/" + make).toList()));
        for (Row row : rows) {
            List<String> ratios = new ArrayList<>();
            for (int column = 1; column < makes.size(); column++) {
                double ratio = row.ratio(column);
                ratios.add(Double.isNaN(ratio) ? "-" : String.format(Locale.ROOT, "%.2f", ratio));
            }
            lines.add(line(
                    row.what(),
                    row.figures().stream()
                            .map(figure -> String.format(Locale.ROOT, "%.1f", figure))
                            .toList(),
                    ratios));
        }
        leftOut.forEach((make, why) -> lines.add("  " + make + " is left out: " + why));
        return lines;
    }

    private static String line(String what, List<String> figures, List<String> ratios) {
        return String.format("  %-58s", what)
                + figures.stream().map(figure -> String.format(" %12s", figure)).collect(Collectors.joining())
                + ratios.stream().map(ratio -> String.format(" %12s", ratio)).collect(Collectors.joining());
    }
}
