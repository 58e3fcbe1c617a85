package dev.renderfleet.worker.providers.proof;

import java.awt.Font;
import java.awt.FontFormatException;
import java.awt.Shape;
import java.awt.font.FontRenderContext;
import java.awt.font.TextAttribute;
import java.awt.font.TextLayout;
import java.awt.geom.AffineTransform;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.AttributedString;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Lays text out by the JDK as outlines, scripts that join their letters or are written from right to left too: in the bundled font
 * (Latin, Greek, Cyrillic, Vietnamese), for other letters in whatever the machine has, else as empty boxes. Needs neither fontconfig nor
 * an installed font. Immutable.
 */
final class Typeface {

    static final FontRenderContext CONTEXT = new FontRenderContext(null, true, true);
    /** Text is laid out at this size in pixels and scaled. */
    private static final float UNITS = 1000;

    private static final Optional<Font> MACHINE = machine();

    static final Typeface REGULAR = new Typeface("OpenSans-Regular.ttf");
    static final Typeface SEMIBOLD = new Typeface("OpenSans-Semibold.ttf");

    static final String ELLIPSIS = "…";

    private final Font font;

    private Typeface(String resource) {
        font = bundled(resource);
    }

    /** A line of text, at any size. */
    record Line(TextLayout layout) {

        /** In pixels at a size in pixels. */
        double width(double size) {
            return layout.getAdvance() * size / UNITS;
        }

        boolean isLeftToRight() {
            return layout.isLeftToRight();
        }

        /** Its outline with its base line starting at a point, on the left. */
        Shape outline(double x, double baseline, double size) {
            return layout.getOutline(new AffineTransform(size / UNITS, 0, 0, size / UNITS, x, baseline));
        }
    }

    /** A width in pixels, at a size in pixels, as the layout counts it. */
    static float inUnits(double width, double size) {
        return (float) (width * UNITS / size);
    }

    /** Width of a line in pixels at a size in pixels. */
    double width(String text, double size) {
        return line(text).width(size);
    }

    Line line(String text) {
        return new Line(layout(attributed(text)));
    }

    /** A line's outline with its base line starting at a point. */
    Shape line(String text, double x, double baseline, double size) {
        return line(text).outline(x, baseline, size);
    }

    /** As above, with more space between the letters, in ems. For the bundled font's letters. */
    Shape line(String text, double x, double baseline, double size, double spacing) {
        var spaced = new AttributedString(text);
        spaced.addAttribute(TextAttribute.FONT, font.deriveFont(Map.of(TextAttribute.TRACKING, spacing)));
        return new Line(layout(spaced)).outline(x, baseline, size);
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

    /** Characters of a text that neither font has, each once, in their order. */
    List<Integer> lacking(String text) {
        return text.codePoints()
                .filter(codePoint -> !isInvisible(codePoint) && able(codePoint).isEmpty())
                .distinct()
                .boxed()
                .toList();
    }

    private static boolean isInvisible(int codePoint) {
        return Character.isWhitespace(codePoint)
                || Character.isISOControl(codePoint)
                || Character.getType(codePoint) == Character.FORMAT
                || Character.getType(codePoint) == Character.SURROGATE
                || Character.UnicodeBlock.VARIATION_SELECTORS.equals(Character.UnicodeBlock.of(codePoint));
    }

    private Optional<Font> able(int codePoint) {
        return font.canDisplay(codePoint) ? Optional.of(font) : MACHINE.filter(other -> other.canDisplay(codePoint));
    }

    /** Each run of characters in the first font that has them. */
    AttributedString attributed(String text) {
        // A layout of nothing is refused.
        String laidOut = text.isEmpty() ? " " : text;
        var attributed = new AttributedString(laidOut);
        Font current = font;
        int start = 0;
        for (int at = 0; at < laidOut.length(); at = laidOut.offsetByCodePoints(at, 1)) {
            Font next = font(laidOut.codePointAt(at), current);
            if (!next.equals(current) && at > start) {
                attributed.addAttribute(TextAttribute.FONT, current, start, at);
                start = at;
            }
            current = next;
        }
        attributed.addAttribute(TextAttribute.FONT, current, start, laidOut.length());
        return attributed;
    }

    /** Marks and joiners stay with the letter before, as long as its font has them. */
    private Font font(int codePoint, Font before) {
        boolean attached = switch (Character.getType(codePoint)) {
            case Character.FORMAT -> true;
            case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK ->
                before.canDisplay(codePoint);
            default -> false;
        };
        return attached ? before : able(codePoint).orElse(font);
    }

    private static TextLayout layout(AttributedString text) {
        return new TextLayout(text.getIterator(), CONTEXT);
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
