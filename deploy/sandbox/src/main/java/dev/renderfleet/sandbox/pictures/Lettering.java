package dev.renderfleet.sandbox.pictures;

import java.awt.geom.AffineTransform;
import java.awt.geom.Path2D;
import java.awt.geom.PathIterator;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.zip.GZIPInputStream;

/**
 * Text as outlines, without any font: Java2D wants fontconfig and installed fonts for text, and a machine with nothing but
 * a JDK has neither. Latin, Greek and Cyrillic are loaded at once, Chinese and Japanese when first needed; a character
 * that a face lacks is taken from the plain one, and one that is in no file becomes a box.
 */
final class Lettering {
    private static final double UNITS = 1000;
    private static final int BOX = 0x25a1;
    private static final Map<Integer, Glyph> EUROPEAN = load("glyphs-dejavu-sans.bin.gz");
    private static final Supplier<Map<Integer, Glyph>> ASIAN = new Lazy();

    private static final Map<Integer, Glyph> SERIFS = load("glyphs-eb-garamond.bin.gz");

    /** How letters look. */
    enum Face {
        /** For small print. */
        PLAIN,
        /** With serifs, for display sizes. */
        ELEGANT
    }

    private Lettering() {}

    private record Glyph(Path2D outline, int advance) {}

    /** The outline of one line of text, its baseline beginning at x and y. */
    static Path2D line(String text, double x, double y, double size) {
        return line(Face.PLAIN, text, x, y, size);
    }

    /** The outline of one line of text in a certain face. */
    static Path2D line(Face face, String text, double x, double y, double size) {
        var line = new Path2D.Double(Path2D.WIND_NON_ZERO);
        double scale = size / UNITS;
        double at = x;
        for (int character : text.codePoints().toArray()) {
            Glyph glyph = glyph(face, character);
            var place = new AffineTransform(scale, 0, 0, scale, at, y);
            line.append(glyph.outline().getPathIterator(place), false);
            at += glyph.advance() * scale;
        }
        return line;
    }

    static double width(Face face, String text, double size) {
        return text.codePoints()
                        .map(character -> glyph(face, character).advance())
                        .sum()
                * size
                / UNITS;
    }

    /** Breaks text into lines that fit the width, at spaces or, in scripts without them, anywhere; the last one may end in dots. */
    static List<String> wrap(String text, double size, double width, int linesMax) {
        return wrap(Face.PLAIN, text, size, width, linesMax);
    }

    /** Breaks text set in a certain face into lines. */
    static List<String> wrap(Face face, String text, double size, double width, int linesMax) {
        var lines = new ArrayList<String>();
        String rest = text.replaceAll("\\s+", " ").strip();
        while (!rest.isEmpty() && lines.size() < linesMax) {
            int fits = fitting(face, rest, size, width);
            if (fits < rest.length() && lines.size() == linesMax - 1) {
                lines.add(rest.substring(0, Math.max(1, fits - 1)).strip() + "…");
                return lines;
            }
            lines.add(rest.substring(0, fits).strip());
            rest = rest.substring(fits).strip();
        }
        return lines;
    }

    private static int fitting(Face face, String text, double size, double width) {
        double used = 0;
        int at = 0;
        int space = -1;
        while (at < text.length()) {
            int character = text.codePointAt(at);
            if (character == ' ') {
                space = at;
            }
            used += glyph(face, character).advance() * size / UNITS;
            if (used > width) {
                return space > 0 ? space : Math.max(Character.charCount(character), at);
            }
            at += Character.charCount(character);
        }
        return at;
    }

    private static Glyph glyph(Face face, int character) {
        Glyph known = switch (face) {
            case PLAIN -> EUROPEAN.get(character);
            case ELEGANT -> SERIFS.get(character);
        };
        if (known == null) {
            known = EUROPEAN.get(character);
        }
        if (known == null) {
            known = ASIAN.get().get(character);
        }
        if (known == null) {
            known = EUROPEAN.get(BOX);
        }
        if (known == null) {
            throw new IllegalStateException("the glyph file has no box");
        }
        return known;
    }

    private static Map<Integer, Glyph> load(String name) {
        try (var file = Lettering.class.getResourceAsStream(name)) {
            if (file == null) {
                throw new IllegalStateException(name + " is missing");
            }
            var in = new DataInputStream(new BufferedInputStream(new GZIPInputStream(file)));
            int count = in.readInt();
            var glyphs = new HashMap<Integer, Glyph>(count * 2);
            for (int number = 0; number < count; number++) {
                int character = in.readInt();
                int advance = in.readShort();
                glyphs.put(character, new Glyph(outline(in), advance));
            }
            return glyphs;
        } catch (IOException e) {
            throw new UncheckedIOException(name + " cannot be read", e);
        }
    }

    private static Path2D outline(DataInputStream in) throws IOException {
        var path = new Path2D.Float(Path2D.WIND_NON_ZERO);
        int segments = in.readUnsignedShort();
        for (int number = 0; number < segments; number++) {
            switch (in.readByte()) {
                case PathIterator.SEG_MOVETO -> path.moveTo(in.readShort(), in.readShort());
                case PathIterator.SEG_LINETO -> path.lineTo(in.readShort(), in.readShort());
                case PathIterator.SEG_QUADTO ->
                    path.quadTo(in.readShort(), in.readShort(), in.readShort(), in.readShort());
                case PathIterator.SEG_CUBICTO ->
                    path.curveTo(
                            in.readShort(),
                            in.readShort(),
                            in.readShort(),
                            in.readShort(),
                            in.readShort(),
                            in.readShort());
                default -> path.closePath();
            }
        }
        path.trimToSize();
        return path;
    }

    private static final class Lazy implements Supplier<Map<Integer, Glyph>> {
        private static final class Holder {
            static final Map<Integer, Glyph> GLYPHS = load("glyphs-droid-fallback.bin.gz");
        }

        @Override
        public Map<Integer, Glyph> get() {
            return Holder.GLYPHS;
        }
    }
}
