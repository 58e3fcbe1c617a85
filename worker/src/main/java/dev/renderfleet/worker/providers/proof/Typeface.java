package dev.renderfleet.worker.providers.proof;

import java.awt.Font;
import java.awt.Shape;
import java.awt.font.FontRenderContext;
import java.awt.geom.AffineTransform;
import java.awt.geom.Area;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Sets text as outlines: the bundled font first (Latin, Greek, Cyrillic, Vietnamese), for other scripts whatever the
 * machine has, else an empty box. Left to right only, without ligatures. Immutable.
 */
final class Typeface {

    static final Typeface REGULAR = new Typeface("OpenSans-Regular.ttf");
    static final Typeface SEMIBOLD = new Typeface("OpenSans-Semibold.ttf");

    private static final String ELLIPSIS = "…";
    private static final FontRenderContext EMS = new FontRenderContext(null, true, true);

    private final GlyphFont font;

    private Typeface(String resource) {
        font = GlyphFont.load(resource);
    }

    /** Width of a line in pixels at a size in pixels. */
    double width(String text, double size) {
        return text.codePoints().mapToDouble(this::advance).sum() * size;
    }

    /** A line's outline with its base line starting at a point. */
    Path2D line(String text, double x, double baseline, double size) {
        return line(text, x, baseline, size, 0);
    }

    /** As above, with more space between the letters, in ems. */
    Path2D line(String text, double x, double baseline, double size, double spacing) {
        var path = new Path2D.Double(Path2D.WIND_NON_ZERO);
        double pen = x;
        for (int codePoint : text.codePoints().toArray()) {
            var place = new AffineTransform(size, 0, 0, size, pen, baseline);
            path.append(place.createTransformedShape(outline(codePoint)), false);
            pen += (advance(codePoint) + spacing) * size;
        }
        return path;
    }

    /** Breaks text into lines of at most that width; where more than that many lines would come, the last ends in an ellipsis. */
    List<String> wrap(String text, double size, double width, int linesMax) {
        List<String> lines = new ArrayList<>();
        for (String paragraph : text.lines().toList()) {
            wrapParagraph(paragraph.strip(), size, width, linesMax, lines);
            if (lines.size() > linesMax) {
                break;
            }
        }
        if (lines.size() <= linesMax) {
            return lines;
        }
        List<String> kept = new ArrayList<>(lines.subList(0, linesMax));
        kept.set(linesMax - 1, shorten(kept.getLast() + ELLIPSIS, size, width));
        return kept;
    }

    /** Width of the widest piece between places where a line may end. */
    double widestWord(String text, double size) {
        double widest = 0;
        double word = 0;
        for (int codePoint : text.codePoints().toArray()) {
            word = mayEndAfter(codePoint) || Character.isWhitespace(codePoint) ? 0 : word + advance(codePoint) * size;
            widest = Math.max(widest, word);
        }
        return widest;
    }

    private static boolean mayEndAfter(int codePoint) {
        return codePoint == ' ' || codePoint == '-' || Character.isIdeographic(codePoint);
    }

    /** The text, or as much of it as fits with an ellipsis. */
    String shorten(String text, double size, double width) {
        if (width(text, size) <= width) {
            return text;
        }
        int end = text.length();
        while (end > 0 && width(text.substring(0, end).stripTrailing() + ELLIPSIS, size) > width) {
            end = text.offsetByCodePoints(end, -1);
        }
        return text.substring(0, end).stripTrailing() + ELLIPSIS;
    }

    private void wrapParagraph(String text, double size, double width, int linesMax, List<String> lines) {
        int start = 0;
        // One line more than wanted shows that something was left out; the rest need not be measured.
        while (start < text.length() && lines.size() <= linesMax) {
            int end = start;
            int lastBreak = -1;
            double used = 0;
            while (end < text.length()) {
                int codePoint = text.codePointAt(end);
                used += advance(codePoint) * size;
                if (used > width && end > start) {
                    break;
                }
                end += Character.charCount(codePoint);
                if (mayEndAfter(codePoint)) {
                    lastBreak = end;
                }
            }
            int cut = end == text.length() || lastBreak <= start ? end : lastBreak;
            lines.add(text.substring(start, cut).strip());
            start = cut;
        }
        if (text.isEmpty()) {
            lines.add("");
        }
    }

    private double advance(int codePoint) {
        int glyph = font.glyph(codePoint);
        if (glyph != 0) {
            return font.advance(glyph);
        }
        return Character.getType(codePoint) == Character.NON_SPACING_MARK
                ? 0
                : Machine.FONT
                        .filter(machine -> machine.canDisplay(codePoint))
                        .map(machine -> machine.createGlyphVector(EMS, Character.toString(codePoint))
                                        .getGlyphMetrics(0)
                                        .getAdvanceX()
                                / 100.0)
                        .orElse(0.7);
    }

    private Shape outline(int codePoint) {
        int glyph = font.glyph(codePoint);
        if (glyph != 0) {
            return font.outline(glyph);
        }
        return Machine.FONT
                .filter(machine -> machine.canDisplay(codePoint))
                .map(machine -> AffineTransform.getScaleInstance(0.01, 0.01)
                        .createTransformedShape(machine.createGlyphVector(EMS, Character.toString(codePoint))
                                .getOutline()))
                .orElseGet(Typeface::box);
    }

    private static Shape box() {
        var box = new Area(new Rectangle2D.Double(0.08, -0.68, 0.54, 0.68));
        box.subtract(new Area(new Rectangle2D.Double(0.12, -0.64, 0.46, 0.60)));
        return box;
    }

    /** AWT's fonts, where the machine has what they need. Not asked before a character needs it: it takes its time. */
    private static final class Machine {

        static final Optional<Font> FONT = find();

        private Machine() {}

        private static Optional<Font> find() {
            try {
                var machine = new Font(Font.SANS_SERIF, Font.PLAIN, 100);
                machine.createGlyphVector(EMS, machine.canDisplay('中') ? "中" : "x")
                        .getOutline();
                return Optional.of(machine);
            } catch (RuntimeException | LinkageError | InternalError e) {
                // a JRE without font configuration or its native libraries
                return Optional.empty();
            }
        }
    }
}
