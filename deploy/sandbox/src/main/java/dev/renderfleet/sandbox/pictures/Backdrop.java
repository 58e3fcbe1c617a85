package dev.renderfleet.sandbox.pictures;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.LinearGradientPaint;
import java.awt.geom.Area;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.awt.geom.RoundRectangle2D;
import java.util.random.RandomGenerator;

/** Paints the place where the product stands: sky or wall above the horizon, floor below it. */
final class Backdrop {
    /** Where the floor begins, as a share of the height. */
    private static final double HORIZON = 0.60;

    private final Graphics2D g;
    private final double width;
    private final double height;
    private final double horizon;
    private final RandomGenerator random;

    Backdrop(Graphics2D g, double width, double height, RandomGenerator random) {
        this.g = g;
        this.width = width;
        this.height = height;
        this.horizon = height * HORIZON;
        this.random = random;
    }

    void paint(Brief brief) {
        switch (brief.place()) {
            case STUDIO -> {
                if (brief.backdrop().equals(brief.backdropFar())) {
                    studio(brief.backdrop());
                } else {
                    fading(brief.backdrop(), brief.backdropFar());
                }
            }
            case TERRACE -> terrace();
            case BEACH -> beach();
            case FOREST -> forest();
            case MOUNTAINS -> mountains();
            case CITY -> city(brief.backdrop());
            case KITCHEN -> kitchen(brief.backdrop());
        }
        if (brief.plinth()) {
            plinth(Shade.mix(brief.backdrop(), brief.backdropFar(), 0.4));
        }
    }

    private void studio(Color wall) {
        // A paper roll: no edge between wall and floor, only light that falls off.
        Color pale = Shade.lighter(wall, 0.35);
        fill(
                0,
                height,
                Shade.darker(wall, 0.18),
                wall,
                pale,
                Shade.lighter(wall, 0.45),
                Shade.lighter(wall, 0.2),
                Shade.darker(wall, 0.08));
        Shade.spot(g, width * 0.34, height * 0.22, width * 0.75, height * 0.55, new Color(255, 252, 244, 120));
        Shade.spot(g, width * 0.5, height * 0.80, width * 0.7, height * 0.22, new Color(255, 255, 255, 70));
    }

    /** A paper roll under a coloured light: one hue beside the lamp at the left, the other far from it. */
    private void fading(Color near, Color far) {
        Color[] colours = {Shade.lighter(near, 0.22), near, Shade.mix(near, far, 0.52), far, Shade.darker(far, 0.16)};
        g.setPaint(new LinearGradientPaint(
                new Point2D.Double(width * 0.02, height * 0.80),
                new Point2D.Double(width * 0.86, height * 0.02),
                new float[] {0, 0.24f, 0.52f, 0.80f, 1},
                colours));
        g.fill(new Rectangle2D.Double(0, 0, width, height));
        // The floor: no edge, only light that lies on it.
        Color floor = Shade.lighter(Shade.mix(near, far, 0.35), 0.25);
        fill(height * 0.56, height * 0.82, Shade.alpha(floor, 0), Shade.alpha(floor, 0.55));
        fill(height * 0.82, height, Shade.alpha(floor, 0.55), Shade.alpha(Shade.mix(floor, far, 0.45), 0.75));
        Shade.spot(
                g,
                width * 0.10,
                height * 0.46,
                width * 0.62,
                height * 0.52,
                Shade.alpha(Shade.lighter(near, 0.7), 0.42));
    }

    /** A round block of plaster, its top where the product stands. */
    private void plinth(Color tone) {
        double top = height * 0.795;
        double across = Math.min(width * 0.80, height * 0.95);
        double deep = height * 0.105;
        double left = (width - across) / 2;
        Color plaster = Shade.mix(new Color(0xec, 0xe4, 0xda), tone, 0.22);
        Shade.spot(g, width * 0.66, height * 0.97, across * 0.72, height * 0.10, new Color(40, 24, 48, 110));
        var body = new Area(new Rectangle2D.Double(left, top, across, height));
        body.add(new Area(new Ellipse2D.Double(left, top - deep / 2, across, deep)));
        g.setPaint(Shade.across(
                left,
                left + across,
                Shade.darker(plaster, 0.08),
                Shade.lighter(plaster, 0.35),
                plaster,
                Shade.darker(Shade.mix(plaster, tone, 0.2), 0.22),
                Shade.darker(Shade.mix(plaster, tone, 0.3), 0.42)));
        g.fill(body);
        g.setPaint(Shade.across(
                left,
                left + across,
                Shade.lighter(plaster, 0.55),
                Shade.lighter(plaster, 0.30),
                Shade.darker(plaster, 0.06)));
        g.fill(new Ellipse2D.Double(left, top - deep / 2, across, deep));
    }

    private void terrace() {
        double sea = height * 0.46;
        double ledge = height * 0.665;
        fill(0, sea, new Color(0x86, 0xb4, 0xda), new Color(0xc2, 0xd9, 0xe8), new Color(0xfb, 0xe6, 0xcc));
        Shade.spot(g, width * 0.16, sea * 0.72, width * 0.62, width * 0.46, new Color(255, 240, 208, 225));
        fill(sea, ledge, new Color(0x7f, 0xad, 0xc6), new Color(0x3f, 0x85, 0xb4), new Color(0x35, 0x78, 0xa8));
        // Out of focus: the horizon is a band, and glints are discs.
        fill(
                sea - height * 0.022,
                sea + height * 0.022,
                new Color(0xf4, 0xe4, 0xd0, 0),
                new Color(0xc4, 0xcd, 0xcf, 200),
                new Color(0x7f, 0xad, 0xc6, 0));
        for (int glint = 0; glint < 60; glint++) {
            double depth = random.nextDouble();
            double size = width * (0.008 + 0.02 * depth);
            Shade.spot(
                    g,
                    width * (0.02 + 0.7 * random.nextDouble() * random.nextDouble()),
                    sea + (ledge - sea) * (0.06 + 0.9 * depth),
                    size * 1.5,
                    size * 0.6,
                    new Color(255, 240, 214, 90));
        }
        // The house at the right and the parapet before the sea, both whitewashed.
        Color lime = new Color(0xf8, 0xf3, 0xea);
        Color shaded = new Color(0xd5, 0xd5, 0xde);
        double house = width * 0.925;
        g.setPaint(Shade.across(house, width, lime, new Color(0xee, 0xe9, 0xe4), shaded));
        g.fill(new Rectangle2D.Double(house, 0, width - house, ledge));
        g.setPaint(Shade.across(house - width * 0.010, house, Shade.alpha(lime, 0), lime));
        g.fill(new Rectangle2D.Double(house - width * 0.010, 0, width * 0.011, ledge));
        double parapet = height * 0.605;
        g.setPaint(Shade.across(0, width, new Color(0xff, 0xf8, 0xec), lime, shaded));
        g.fill(new RoundRectangle2D.Double(
                -width * 0.1, parapet, width * 1.2, ledge - parapet + height * 0.03, height * 0.02, height * 0.02));
        fill(parapet + height * 0.012, ledge, new Color(0x9a, 0xa0, 0xb8, 0), new Color(0x9a, 0xa0, 0xb8, 120));
        fill(
                ledge,
                height,
                new Color(0xf1, 0xe8, 0xd8),
                new Color(0xe9, 0xdd, 0xc8),
                new Color(0xd6, 0xc6, 0xad),
                new Color(0xbd, 0xab, 0x92));
        fill(
                ledge - height * 0.004,
                ledge + height * 0.006,
                new Color(255, 252, 244, 30),
                new Color(255, 252, 244, 220));
        Shade.spot(g, width * 0.22, height * 0.76, width * 0.62, height * 0.11, new Color(255, 246, 224, 150));
        speckle(ledge + height * 0.01, 700, new Color(0x8d, 0x7c, 0x62, 34));
        speckle(ledge + height * 0.01, 300, new Color(255, 255, 250, 60));
    }

    private void beach() {
        double sea = horizon - height * 0.10;
        fill(0, sea, new Color(0x5f, 0xa8, 0xdc), new Color(0xa9, 0xd4, 0xee), new Color(0xff, 0xe9, 0xc8));
        Shade.spot(g, width * 0.72, sea * 0.62, width * 0.42, width * 0.42, new Color(255, 246, 214, 230));
        for (int cloud = 0; cloud < 5; cloud++) {
            double x = width * random.nextDouble();
            double y = sea * (0.12 + 0.4 * random.nextDouble());
            for (int puff = 0; puff < 5; puff++) {
                Shade.spot(
                        g,
                        x + width * 0.05 * puff,
                        y + width * 0.012 * (puff % 2),
                        width * 0.09,
                        width * 0.035,
                        new Color(255, 255, 255, 120));
            }
        }
        fill(
                sea,
                horizon + height * 0.02,
                new Color(0x2c, 0x7f, 0xa8),
                new Color(0x4f, 0xb4, 0xbf),
                new Color(0x9d, 0xdd, 0xd2));
        for (int glint = 0; glint < 70; glint++) {
            double y = sea + (horizon - sea) * random.nextDouble();
            g.setColor(new Color(255, 255, 255, 60));
            g.fill(new Ellipse2D.Double(width * random.nextDouble(), y, width * 0.03, height * 0.0018));
        }
        fill(horizon, height, new Color(0xf2, 0xe0, 0xbc), new Color(0xe6, 0xcb, 0x9c), new Color(0xc9, 0xa6, 0x74));
        wave(horizon, height * 0.012, new Color(255, 255, 255, 190));
        wave(horizon + height * 0.022, height * 0.008, new Color(0xd8, 0xbb, 0x8a, 110));
        speckle(horizon + height * 0.04, 900, new Color(0x8a, 0x6a, 0x42, 60));
    }

    private void forest() {
        fill(0, horizon, new Color(0xcf, 0xdf, 0xb8), new Color(0xa8, 0xc4, 0x96), new Color(0x6f, 0x94, 0x6c));
        for (int layer = 0; layer < 4; layer++) {
            Color trunk = Shade.mix(new Color(0x93, 0xae, 0x88), new Color(0x24, 0x33, 0x28), layer / 3.0);
            for (int tree = 0; tree < 5 + layer; tree++) {
                trunk(
                        width * random.nextDouble(),
                        width * (0.012 + 0.011 * layer),
                        horizon + height * 0.015 * layer,
                        trunk);
            }
            Shade.spot(g, width / 2, horizon * 0.5, width * 0.9, horizon * 0.6, new Color(0xe8, 0xf0, 0xc8, 46));
        }
        for (int leaf = 0; leaf < 260; leaf++) {
            Color green = Shade.mix(new Color(0x35, 0x5e, 0x38), new Color(0xb5, 0xc9, 0x5e), random.nextDouble());
            double size = width * (0.02 + 0.05 * random.nextDouble());
            Shade.spot(
                    g,
                    width * random.nextDouble(),
                    horizon * 0.34 * Math.pow(random.nextDouble(), 1.6),
                    size,
                    size * 0.7,
                    Shade.alpha(green, 0.55));
        }
        fill(horizon, height, new Color(0x5c, 0x74, 0x45), new Color(0x4a, 0x5d, 0x38), new Color(0x2c, 0x38, 0x24));
        speckle(horizon, 1500, new Color(0x9f, 0xb8, 0x62, 90));
        ray(0.18);
        ray(0.36);
        Shade.spot(g, width * 0.5, height * 0.8, width * 0.5, height * 0.14, new Color(0xf4, 0xf2, 0xc4, 70));
    }

    private void mountains() {
        fill(0, horizon, new Color(0x6f, 0x9b, 0xd1), new Color(0xc6, 0xd9, 0xee), new Color(0xf8, 0xe4, 0xd6));
        Shade.spot(g, width * 0.25, horizon * 0.55, width * 0.4, width * 0.4, new Color(255, 240, 220, 170));
        ridge(horizon * 0.50, horizon * 0.34, new Color(0xa3, 0xb4, 0xd0), true);
        ridge(horizon * 0.70, horizon * 0.26, new Color(0x7c, 0x90, 0xb4), true);
        ridge(horizon * 0.90, horizon * 0.14, new Color(0x4d, 0x64, 0x86), false);
        fill(horizon, height, new Color(0xf6, 0xf9, 0xfd), new Color(0xdc, 0xe7, 0xf4), new Color(0xb4, 0xc6, 0xde));
        wave(horizon + height * 0.05, height * 0.02, new Color(255, 255, 255, 150));
    }

    private void city(Color tint) {
        Color sky = Shade.mix(new Color(0x16, 0x14, 0x34), tint, 0.12);
        fill(0, horizon, Shade.darker(sky, 0.3), sky, Shade.mix(new Color(0x7b, 0x3a, 0x78), tint, 0.2));
        for (int layer = 0; layer < 3; layer++) {
            double x = -width * 0.05;
            Color wall = Shade.mix(new Color(0x3a, 0x2c, 0x5e), new Color(0x0d, 0x0f, 0x1e), layer / 2.0);
            while (x < width) {
                double house = width * (0.05 + 0.09 * random.nextDouble());
                house(x, house, horizon * (0.75 - 0.13 * layer) * (0.5 + 0.5 * random.nextDouble()), wall);
                x += house * 1.02;
            }
        }
        fill(horizon, height, new Color(0x2a, 0x1f, 0x42), new Color(0x1a, 0x16, 0x2c), new Color(0x0d, 0x0b, 0x18));
        for (int glow = 0; glow < 9; glow++) {
            Color neon = Color.getHSBColor(0.78f + 0.3f * random.nextFloat(), 0.7f, 1f);
            Shade.spot(
                    g,
                    width * random.nextDouble(),
                    horizon + height * 0.12,
                    width * 0.10,
                    height * 0.16,
                    Shade.alpha(neon, 0.20));
        }
        Shade.spot(g, width * 0.5, height * 0.62, width * 0.55, height * 0.4, new Color(255, 190, 240, 60));
    }

    private void kitchen(Color wall) {
        Color tone = Shade.lighter(Shade.mix(wall, new Color(0xee, 0xe6, 0xda), 0.6), 0.1);
        fill(0, horizon, Shade.lighter(tone, 0.25), tone, Shade.darker(tone, 0.12));
        double tile = Math.min(width, height) / 9;
        g.setColor(Shade.alpha(Shade.darker(tone, 0.3), 0.22));
        for (double y = horizon % tile; y < horizon; y += tile) {
            g.fill(new Rectangle2D.Double(0, y, width, tile * 0.025));
        }
        for (double x = tile / 2; x < width; x += tile) {
            g.fill(new Rectangle2D.Double(x, 0, tile * 0.025, horizon));
        }
        Shade.spot(g, width * 0.2, horizon * 0.35, width * 0.6, horizon * 0.8, new Color(255, 250, 232, 150));
        fill(horizon, height, new Color(0xb8, 0x85, 0x55), new Color(0xa0, 0x6d, 0x42), new Color(0x74, 0x4c, 0x2c));
        for (int grain = 0; grain < 140; grain++) {
            double y = horizon + (height - horizon) * random.nextDouble();
            g.setColor(new Color(0x50, 0x30, 0x18, 20 + random.nextInt(40)));
            g.fill(new Rectangle2D.Double(width * (random.nextDouble() - 0.3), y, width * 0.6, height * 0.0016));
        }
        fill(horizon, horizon + height * 0.03, new Color(255, 236, 205, 120), new Color(255, 236, 205, 0));
    }

    private void fill(double top, double bottom, Color... colours) {
        g.setPaint(Shade.down(top, bottom, colours));
        g.fill(new Rectangle2D.Double(0, top, width, bottom - top));
    }

    private void wave(double y, double swing, Color colour) {
        var path = new Path2D.Double();
        path.moveTo(0, y);
        for (int step = 1; step <= 8; step++) {
            path.quadTo(width * (step - 0.5) / 8, y + swing * (random.nextDouble() * 2 - 1) * 2, width * step / 8, y);
        }
        path.lineTo(width, y + swing);
        path.lineTo(0, y + swing);
        path.closePath();
        g.setColor(colour);
        g.fill(path);
    }

    private void speckle(double top, int count, Color colour) {
        g.setColor(colour);
        double size = Math.min(width, height) * 0.003;
        for (int dot = 0; dot < count; dot++) {
            double depth = random.nextDouble();
            double y = top + (height - top) * depth;
            g.fill(new Ellipse2D.Double(width * random.nextDouble(), y, size * (1 + 2 * depth), size * (0.5 + depth)));
        }
    }

    private void trunk(double x, double thickness, double foot, Color colour) {
        g.setPaint(Shade.across(x, x + thickness, Shade.lighter(colour, 0.18), colour, Shade.darker(colour, 0.35)));
        var path = new Path2D.Double();
        path.moveTo(x + thickness * 0.2, 0);
        path.lineTo(x + thickness * 0.8, 0);
        path.quadTo(x + thickness * 0.8, foot * 0.8, x + thickness * 1.1, foot);
        path.lineTo(x - thickness * 0.1, foot);
        path.quadTo(x + thickness * 0.2, foot * 0.8, x + thickness * 0.2, 0);
        g.fill(path);
    }

    private void ray(double at) {
        var path = new Path2D.Double();
        path.moveTo(width * at, 0);
        path.lineTo(width * (at + 0.10), 0);
        path.lineTo(width * (at + 0.46), height * 0.86);
        path.lineTo(width * (at + 0.22), height * 0.86);
        path.closePath();
        g.setPaint(Shade.down(0, height * 0.86, new Color(255, 250, 210, 62), new Color(255, 250, 210, 0)));
        g.fill(path);
    }

    private void ridge(double base, double swing, Color colour, boolean snow) {
        var path = new Path2D.Double();
        path.moveTo(0, horizon + 1);
        double x = 0;
        double y = base;
        path.lineTo(x, y);
        boolean up = true;
        while (x < width) {
            x += width * (0.06 + 0.12 * random.nextDouble());
            y = up ? base - swing * (0.5 + 0.5 * random.nextDouble()) : base - swing * 0.2 * random.nextDouble();
            path.lineTo(x, y);
            up = !up;
        }
        path.lineTo(x, horizon + 1);
        path.closePath();
        g.setPaint(
                snow
                        ? Shade.down(base - swing, base + swing * 0.4, Color.WHITE, Shade.lighter(colour, 0.25), colour)
                        : Shade.down(base - swing, horizon, colour, Shade.lighter(colour, 0.35)));
        g.fill(path);
    }

    private void house(double x, double wide, double high, Color wall) {
        g.setColor(wall);
        g.fill(new Rectangle2D.Double(x, horizon - high, wide, high));
        double pane = Math.max(2, width * 0.008);
        for (double y = horizon - high + pane; y < horizon - pane; y += pane * 2.2) {
            for (double at = x + pane; at < x + wide - pane; at += pane * 2) {
                if (random.nextInt(3) == 0) {
                    g.setColor(Shade.alpha(
                            Color.getHSBColor(0.08f + 0.07f * random.nextFloat(), 0.5f, 1f),
                            0.35 + 0.5 * random.nextDouble()));
                    g.fill(new Rectangle2D.Double(at, y, pane, pane * 1.2));
                }
            }
        }
    }
}
