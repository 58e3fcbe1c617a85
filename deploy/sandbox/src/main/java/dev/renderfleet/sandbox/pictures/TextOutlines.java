package dev.renderfleet.sandbox.pictures;

import java.awt.Font;
import java.awt.FontFormatException;
import java.awt.Shape;
import java.awt.font.FontRenderContext;
import java.awt.font.LineBreakMeasurer;
import java.awt.font.TextAttribute;
import java.awt.font.TextLayout;
import java.awt.geom.AffineTransform;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.AttributedString;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Text as outlines, laid out by the JDK in bundled fonts. A character that a face lacks is taken from the plain face, then
 * from the Chinese and Japanese one. Needs neither fontconfig nor an installed font.
 */
final class TextOutlines {
    private static final FontRenderContext CONTEXT = new FontRenderContext(null, true, true);
    /** Fonts are laid out at this size and scaled, so that outlines do not depend on the size asked for. */
    private static final float UNITS = 1000;

    private static final String DOTS = "…";

    /** How letters look. */
    enum Face {
        /** For small print. */
        PLAIN,
        /** With serifs, for display sizes. */
        ELEGANT
    }

    /** Loaded when first needed. */
    private static final class Fonts {
        static final Font SANS;
        static final Font SERIF;
        static final Font ASIAN;

        static {
            try {
                // Without it the JDK asks fontconfig for the machine's fonts, and fails where there are none.
                Path noFonts = Files.createTempFile("renderfleet-fonts", ".properties");
                Files.writeString(noFonts, "version=1\nsequence.allfonts=default\n");
                System.setProperty("sun.awt.fontconfig", noFonts.toString());
                SANS = load("DejaVuSans.ttf");
                SERIF = load("EBGaramond-Medium.ttf");
                ASIAN = load("DroidSansFallback.ttf");
                Files.delete(noFonts);
            } catch (IOException e) {
                throw new UncheckedIOException("the fonts cannot be loaded", e);
            }
        }

        private static Font load(String name) throws IOException {
            try (var file = TextOutlines.class.getResourceAsStream(name)) {
                return Font.createFont(Font.TRUETYPE_FONT, file).deriveFont(UNITS);
            } catch (FontFormatException e) {
                throw new IOException(name, e);
            }
        }
    }

    private TextOutlines() {}

    /** The outline of one line of text, its baseline beginning at x and y. */
    static Shape line(Face face, String text, double x, double y, double size) {
        return layout(face, text).getOutline(new AffineTransform(size / UNITS, 0, 0, size / UNITS, x, y));
    }

    static double width(Face face, String text, double size) {
        return layout(face, text).getAdvance() * size / UNITS;
    }

    /** Breaks text into lines that fit the width, where its script allows; the last one may end in dots. */
    static List<String> wrap(Face face, String text, double size, double width, int linesMax) {
        String rest = text.replaceAll("\\s+", " ").strip();
        var lines = new ArrayList<String>();
        if (rest.isEmpty()) {
            return lines;
        }
        var measurer = new LineBreakMeasurer(
                attributed(face, rest).getIterator(), BreakIterator.getLineInstance(Locale.ROOT), CONTEXT);
        while (measurer.getPosition() < rest.length()) {
            int from = measurer.getPosition();
            int end = measurer.nextOffset((float) (width * UNITS / size));
            if (end < rest.length() && lines.size() == linesMax - 1) {
                int cut = measurer.nextOffset((float) ((width - width(face, DOTS, size)) * UNITS / size));
                lines.add(rest.substring(from, cut).strip() + DOTS);
                return lines;
            }
            lines.add(rest.substring(from, end).strip());
            measurer.setPosition(end);
        }
        return lines;
    }

    private static TextLayout layout(Face face, String text) {
        // A layout of nothing is refused.
        return new TextLayout(attributed(face, text.isEmpty() ? " " : text).getIterator(), CONTEXT);
    }

    private static AttributedString attributed(Face face, String text) {
        var attributed = new AttributedString(text);
        for (int at = 0; at < text.length(); at = text.offsetByCodePoints(at, 1)) {
            int end = text.offsetByCodePoints(at, 1);
            attributed.addAttribute(TextAttribute.FONT, font(face, text.codePointAt(at)), at, end);
        }
        return attributed;
    }

    private static Font font(Face face, int character) {
        if (face == Face.ELEGANT && Fonts.SERIF.canDisplay(character)) {
            return Fonts.SERIF;
        }
        return Fonts.SANS.canDisplay(character) || !Fonts.ASIAN.canDisplay(character) ? Fonts.SANS : Fonts.ASIAN;
    }
}
