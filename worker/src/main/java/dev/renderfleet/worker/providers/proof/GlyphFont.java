package dev.renderfleet.worker.providers.proof;

import java.awt.geom.AffineTransform;
import java.awt.geom.Path2D;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Outlines of a TrueType font from the class path. Not by AWT, which needs the operating system's font configuration (a
 * bare JRE in a container has none) and draws differently on every machine; a proof is the same everywhere.
 * Source: OpenType specification, tables cmap (format 4), glyf, loca, head, hhea, hmtx. Immutable.
 */
final class GlyphFont {

    private static final int COMPOSITE_DEPTH_MAX = 4;

    private final ByteBuffer font;
    private final Map<String, Integer> tables = new HashMap<>();
    private final int cmap;
    private final double unitsPerEm;
    private final boolean longOffsets;
    private final int metricsCount;

    private GlyphFont(byte[] bytes) {
        font = ByteBuffer.wrap(bytes).asReadOnlyBuffer();
        for (int i = 0; i < unsigned(4); i++) {
            byte[] tag = new byte[4];
            font.get(12 + 16 * i, tag);
            tables.put(new String(tag, StandardCharsets.US_ASCII), font.getInt(12 + 16 * i + 8));
        }
        cmap = unicodeMap();
        unitsPerEm = unsigned(table("head") + 18);
        longOffsets = unsigned(table("head") + 50) == 1;
        metricsCount = unsigned(table("hhea") + 34);
    }

    /** Reads a font that lies beside this class. */
    static GlyphFont load(String resource) {
        try (InputStream in = Objects.requireNonNull(GlyphFont.class.getResourceAsStream(resource), resource)) {
            return new GlyphFont(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The glyph of a character; 0 if the font has none. */
    int glyph(int codePoint) {
        if (codePoint > 0xFFFF) {
            return 0;
        }
        int doubled = unsigned(cmap + 6);
        for (int i = 0; i < doubled; i += 2) {
            if (unsigned(cmap + 14 + i) < codePoint) {
                continue;
            }
            int starts = cmap + 16 + doubled;
            int start = unsigned(starts + i);
            if (start > codePoint) {
                return 0;
            }
            int delta = unsigned(starts + doubled + i);
            int rangeAt = starts + 2 * doubled + i;
            int range = unsigned(rangeAt);
            int glyph = range == 0 ? codePoint : unsigned(rangeAt + range + 2 * (codePoint - start));
            return range != 0 && glyph == 0 ? 0 : (glyph + delta) & 0xFFFF;
        }
        return 0;
    }

    /** How far the pen moves, in ems. */
    double advance(int glyph) {
        return unsigned(table("hmtx") + 4 * Math.min(glyph, metricsCount - 1)) / unitsPerEm;
    }

    /** The glyph's outline in ems, y downwards, its origin on the base line. */
    Path2D outline(int glyph) {
        var path = new Path2D.Double(Path2D.WIND_NON_ZERO);
        append(path, glyph, AffineTransform.getScaleInstance(1 / unitsPerEm, -1 / unitsPerEm), 0);
        return path;
    }

    private void append(Path2D path, int glyph, AffineTransform transform, int depth) {
        int at = table("glyf") + offset(glyph);
        if (offset(glyph) == offset(glyph + 1) || depth > COMPOSITE_DEPTH_MAX) {
            return;
        }
        int contours = font.getShort(at);
        if (contours >= 0) {
            new Contours(font, at + 10, contours).appendTo(path, transform);
        } else {
            appendParts(path, at + 10, transform, depth);
        }
    }

    /** Letters with accents are put together from letter and accent. */
    private void appendParts(Path2D path, int from, AffineTransform transform, int depth) {
        int at = from;
        int flags;
        do {
            flags = unsigned(at);
            int part = unsigned(at + 2);
            at += 4;
            boolean words = (flags & 1) != 0;
            double x = words ? font.getShort(at) : font.get(at);
            double y = words ? font.getShort(at + 2) : font.get(at + 1);
            at += words ? 4 : 2;
            double[] matrix = {1, 0, 0, 1};
            if ((flags & 0x08) != 0) {
                matrix[0] = matrix[3] = fraction(at);
                at += 2;
            } else if ((flags & 0x40) != 0) {
                matrix[0] = fraction(at);
                matrix[3] = fraction(at + 2);
                at += 4;
            } else if ((flags & 0x80) != 0) {
                for (int i = 0; i < 4; i++) {
                    matrix[i] = fraction(at + 2 * i);
                }
                at += 8;
            }
            var placed = new AffineTransform(transform);
            placed.concatenate(new AffineTransform(matrix[0], matrix[1], matrix[2], matrix[3], x, y));
            append(path, part, placed, depth + 1);
        } while ((flags & 0x20) != 0);
    }

    private double fraction(int at) {
        return font.getShort(at) / 16384.0;
    }

    private int offset(int glyph) {
        int loca = table("loca");
        return longOffsets ? font.getInt(loca + 4 * glyph) : 2 * unsigned(loca + 2 * glyph);
    }

    private int unicodeMap() {
        int table = table("cmap");
        for (int i = 0; i < unsigned(table + 2); i++) {
            int map = table + font.getInt(table + 4 + 8 * i + 4);
            if (unsigned(map) == 4) {
                return map;
            }
        }
        throw new IllegalStateException("the font has no Unicode map");
    }

    private int table(String tag) {
        return Objects.requireNonNull(tables.get(tag), tag);
    }

    private int unsigned(int at) {
        return Short.toUnsignedInt(font.getShort(at));
    }
}
