package dev.renderfleet.worker.providers.proof;

import dev.renderfleet.contracts.job.Grounding;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.PixelSizes.PixelSize;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The small print of a proof sheet: label above value, in rows as wide as there is room. */
final class SheetFacts {

    private record Fact(String label, String value) {}

    private final List<Fact> facts;
    private final double unit;

    SheetFacts(DrawRequest request, PixelSize pixels, double unit) {
        this.facts = facts(request, pixels);
        this.unit = unit;
    }

    private static List<Fact> facts(DrawRequest request, PixelSize pixels) {
        List<Fact> facts = new ArrayList<>();
        facts.add(new Fact("SIZE", request.output().size().wireName()));
        facts.add(new Fact("PIXELS", pixels.width() + " × " + pixels.height()));
        facts.add(new Fact("RATIO", Objects.requireNonNullElse(request.output().aspectRatio(), "free")));
        if (request.locale() != null) {
            facts.add(new Fact("LOCALE", request.locale()));
        }
        if (request.seed() != null) {
            facts.add(new Fact("SEED", request.seed().toString()));
        }
        if (request.thinking() != null) {
            facts.add(new Fact("THINKING", request.thinking().name().toLowerCase(Locale.ROOT)));
        }
        Grounding grounding = request.grounding();
        if (grounding != null && (grounding.webSearch() || grounding.imageSearch())) {
            facts.add(new Fact(
                    "GROUNDING", !grounding.imageSearch() ? "web" : grounding.webSearch() ? "web, images" : "images"));
        }
        List<Integer> lacking = Typeface.REGULAR.lacking(request.prompt());
        if (!lacking.isEmpty()) {
            facts.add(new Fact("NO FONT FOR", named(lacking, 2)));
        }
        return facts;
    }

    /** What the fonts of this machine lack of the prompt, for the event; null: nothing. */
    static @Nullable String remark(DrawRequest request) {
        List<Integer> lacking = Typeface.REGULAR.lacking(request.prompt());
        return lacking.isEmpty()
                ? null
                : "the fonts lack %d characters of the prompt: %s".formatted(lacking.size(), named(lacking, 8));
    }

    private static String named(List<Integer> codePoints, int namesMax) {
        String names = codePoints.stream()
                .limit(namesMax)
                .map(codePoint -> "U+%04X".formatted(codePoint))
                .collect(Collectors.joining(" "));
        int more = codePoints.size() - namesMax;
        return more > 0 ? names + " and " + more + " more" : names;
    }

    private double width(Fact fact) {
        return Math.max(
                        Typeface.SEMIBOLD.width(fact.label(), 1.1 * unit) * 1.2,
                        Typeface.SEMIBOLD.width(fact.value(), 1.8 * unit))
                + 3.2 * unit;
    }

    /** What they take at that width. */
    double height(double width) {
        double x = 0;
        int rows = 1;
        for (Fact fact : facts) {
            if (x > 0 && x + width(fact) > width + 3.2 * unit) {
                rows++;
                x = 0;
            }
            x += width(fact);
        }
        return 5 * unit * rows;
    }

    void draw(Sheet sheet, Rectangle2D.Double place) {
        double x = 0;
        double y = place.y;
        for (Fact fact : facts) {
            if (x > 0 && x + width(fact) > place.width + 3.2 * unit) {
                y += 5 * unit;
                x = 0;
            }
            sheet.fill(
                    Typeface.SEMIBOLD.line(fact.label(), place.x + x, y + 1.2 * unit, 1.1 * unit, 0.14),
                    ProofSheet.QUIET);
            sheet.fill(Typeface.SEMIBOLD.line(fact.value(), place.x + x, y + 3.5 * unit, 1.8 * unit), ProofSheet.INK);
            x += width(fact);
        }
    }
}
