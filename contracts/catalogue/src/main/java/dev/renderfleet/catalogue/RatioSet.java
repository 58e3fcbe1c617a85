package dev.renderfleet.catalogue;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonCreator.Mode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Aspect ratios that a model draws: single ones such as {@code 16:9}, and ranges with both ends such as {@code 1:3..3:1}. Immutable. */
public final class RatioSet {

    private static final String RATIO = "[1-9][0-9]?:[1-9][0-9]?";
    private static final String RANGE = "..";

    private final Set<String> single = new HashSet<>();
    private final String shown;
    private final List<Range> ranges = new ArrayList<>();

    private record Range(double least, double most) {}

    @JsonCreator(mode = Mode.DELEGATING)
    public RatioSet(Set<String> ratios) {
        this.shown = ratios.stream().sorted().collect(Collectors.joining(", "));
        for (String ratio : ratios) {
            if (!ratio.matches(RATIO + "(\\.\\." + RATIO + ")?")) {
                throw new IllegalArgumentException(
                        "ratios are such as 16:9, or a range such as 1:3..3:1, not " + ratio);
            }
            int dots = ratio.indexOf(RANGE);
            if (dots < 0) {
                single.add(ratio);
            } else {
                ranges.add(new Range(value(ratio.substring(0, dots)), value(ratio.substring(dots + RANGE.length()))));
            }
        }
    }

    /** Whether the model draws that ratio. */
    public boolean contains(String ratio) {
        if (single.contains(ratio) || ranges.isEmpty()) {
            return single.contains(ratio);
        }
        double value = value(ratio);
        return ranges.stream().anyMatch(range -> range.least <= value && value <= range.most);
    }

    private static double value(String ratio) {
        int colon = ratio.indexOf(':');
        return Double.parseDouble(ratio.substring(0, colon)) / Double.parseDouble(ratio.substring(colon + 1));
    }

    /** For people. */
    @Override
    public String toString() {
        return shown;
    }
}
