package dev.renderfleet.worker.providers.proof;

import java.awt.Font;
import java.awt.FontFormatException;
import java.awt.Shape;
import java.awt.font.FontRenderContext;
import java.awt.font.GlyphVector;
import java.awt.geom.AffineTransform;
import java.awt.geom.Area;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Sets text as outlines: the bundled font first (Latin, Greek, Cyrillic, Vietnamese), for other scripts whatever the
 * machine has, else an empty box. Needs neither fontconfig nor an installed font. Left to right only, without ligatures.
 * Immutable.
 */
final class Typeface {

    private static final FontRenderContext CONTEXT = new FontRenderContext(null, true, true);
    /** Outlines are taken at this size in pixels and scaled. */
    private static final float UNITS = 1000;

    private static final Optional<Font> MACHINE = machine();

    static final Typeface REGULAR = new Typeface("OpenSans-Regular.ttf");
    static final Typeface SEMIBOLD = new Typeface("OpenSans-Semibold.ttf");

    private static final String ELLIPSIS = "…";

    private final Font font;

    private Typeface(String resource) {
        font = bundled(resource);
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
        if (Character.getType(codePoint) == Character.NON_SPACING_MARK && !font.canDisplay(codePoint)) {
            return 0;
        }
        return glyph(codePoint)
                .map(glyph -> glyph.getGlyphMetrics(0).getAdvanceX() / UNITS)
                .orElse(0.7f);
    }

    private Shape outline(int codePoint) {
        var ems = AffineTransform.getScaleInstance(1 / UNITS, 1 / UNITS);
        return glyph(codePoint)
                .map(glyph -> ems.createTransformedShape(glyph.getOutline()))
                .orElseGet(Typeface::box);
    }

    private Optional<GlyphVector> glyph(int codePoint) {
        return Stream.concat(Stream.of(font), MACHINE.stream())
                .filter(able -> able.canDisplay(codePoint))
                .findFirst()
                .map(able -> able.createGlyphVector(CONTEXT, Character.toString(codePoint)));
    }

    private static Shape box() {
        var box = new Area(new Rectangle2D.Double(0.08, -0.68, 0.54, 0.68));
        box.subtract(new Area(new Rectangle2D.Double(0.12, -0.64, 0.46, 0.60)));
        return box;
    }

    private static Font bundled(String resource) {
        try (InputStream in = Objects.requireNonNull(Typeface.class.getResourceAsStream(resource), resource)) {
            return Font.createFont(Font.TRUETYPE_FONT, in).deriveFont(UNITS);
        } catch (IOException | FontFormatException e) {
            throw new IllegalStateException("font cannot be loaded: " + resource, e);
        }
    }

    /** AWT refuses every font where fontconfig finds none; in its mode for machines without fonts it loads the bundled ones. */
    private static Optional<Font> machine() {
        try {
            // The filter is also the first question that AWT cannot answer without fonts.
            return Optional.of(new Font(Font.SANS_SERIF, Font.PLAIN, 1).deriveFont(UNITS))
                    .filter(font -> font.canDisplay('x'));
        } catch (RuntimeException _) {
            try {
                Path noFonts = Files.createTempFile("renderfleet-fonts", ".properties");
                noFonts.toFile().deleteOnExit();
                Files.writeString(noFonts, "version=1\nsequence.allfonts=default\n");
                System.setProperty("sun.awt.fontconfig", noFonts.toString());
                return Optional.empty();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
