package dev.renderfleet.sandbox.pictures;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.LinearGradientPaint;
import java.awt.geom.Area;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.awt.geom.RoundRectangle2D;
import java.util.random.RandomGenerator;

/** Paints the place where the product stands: a studio or a terrace by the sea. */
final class Backdrop {
    private final Graphics2D g;
    private final double width;
    private final double height;
    private final RandomGenerator random;

    Backdrop(Graphics2D g, double width, double height, RandomGenerator random) {
        this.g = g;
        this.width = width;
        this.height = height;
        this.random = random;
    }

    void paint(SceneDescription brief) {
        switch (brief.place()) {
            case STUDIO -> {
                if (brief.backdrop().equals(brief.backdropFar())) {
                    studio(brief.backdrop());
                } else {
                    fading(brief.backdrop(), brief.backdropFar());
                }
            }
            case TERRACE -> terrace();
        }
        if (brief.plinth()) {
            plinth(Shading.mix(brief.backdrop(), brief.backdropFar(), 0.4));
        }
    }

    private void studio(Color wall) {
        // A paper roll: no edge between wall and floor, only light that falls off.
        Color pale = Shading.lighter(wall, 0.35);
        fill(
                0,
                height,
                Shading.darker(wall, 0.18),
                wall,
                pale,
                Shading.lighter(wall, 0.45),
                Shading.lighter(wall, 0.2),
                Shading.darker(wall, 0.08));
        Shading.spot(g, width * 0.34, height * 0.22, width * 0.75, height * 0.55, new Color(255, 252, 244, 120));
        Shading.spot(g, width * 0.5, height * 0.80, width * 0.7, height * 0.22, new Color(255, 255, 255, 70));
    }

    /** A paper roll under a coloured light: one hue beside the lamp at the left, the other far from it. */
    private void fading(Color near, Color far) {
        Color[] colours = {
            Shading.lighter(near, 0.22), near, Shading.mix(near, far, 0.52), far, Shading.darker(far, 0.16)
        };
        g.setPaint(new LinearGradientPaint(
                new Point2D.Double(width * 0.02, height * 0.80),
                new Point2D.Double(width * 0.86, height * 0.02),
                new float[] {0, 0.24f, 0.52f, 0.80f, 1},
                colours));
        g.fill(new Rectangle2D.Double(0, 0, width, height));
        // The floor: no edge, only light that lies on it.
        Color floor = Shading.lighter(Shading.mix(near, far, 0.35), 0.25);
        fill(height * 0.56, height * 0.82, Shading.alpha(floor, 0), Shading.alpha(floor, 0.55));
        fill(height * 0.82, height, Shading.alpha(floor, 0.55), Shading.alpha(Shading.mix(floor, far, 0.45), 0.75));
        Shading.spot(
                g,
                width * 0.10,
                height * 0.46,
                width * 0.62,
                height * 0.52,
                Shading.alpha(Shading.lighter(near, 0.7), 0.42));
    }

    /** A round block of plaster, its top where the product stands. */
    private void plinth(Color tone) {
        double top = height * 0.795;
        double across = Math.min(width * 0.80, height * 0.95);
        double deep = height * 0.105;
        double left = (width - across) / 2;
        Color plaster = Shading.mix(new Color(0xec, 0xe4, 0xda), tone, 0.22);
        Shading.spot(g, width * 0.66, height * 0.97, across * 0.72, height * 0.10, new Color(40, 24, 48, 110));
        var body = new Area(new Rectangle2D.Double(left, top, across, height));
        body.add(new Area(new Ellipse2D.Double(left, top - deep / 2, across, deep)));
        g.setPaint(Shading.across(
                left,
                left + across,
                Shading.darker(plaster, 0.08),
                Shading.lighter(plaster, 0.35),
                plaster,
                Shading.darker(Shading.mix(plaster, tone, 0.2), 0.22),
                Shading.darker(Shading.mix(plaster, tone, 0.3), 0.42)));
        g.fill(body);
        g.setPaint(Shading.across(
                left,
                left + across,
                Shading.lighter(plaster, 0.55),
                Shading.lighter(plaster, 0.30),
                Shading.darker(plaster, 0.06)));
        g.fill(new Ellipse2D.Double(left, top - deep / 2, across, deep));
    }

    private void terrace() {
        double sea = height * 0.46;
        double ledge = height * 0.665;
        fill(0, sea, new Color(0x86, 0xb4, 0xda), new Color(0xc2, 0xd9, 0xe8), new Color(0xfb, 0xe6, 0xcc));
        Shading.spot(g, width * 0.16, sea * 0.72, width * 0.62, width * 0.46, new Color(255, 240, 208, 225));
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
            Shading.spot(
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
        g.setPaint(Shading.across(house, width, lime, new Color(0xee, 0xe9, 0xe4), shaded));
        g.fill(new Rectangle2D.Double(house, 0, width - house, ledge));
        g.setPaint(Shading.across(house - width * 0.010, house, Shading.alpha(lime, 0), lime));
        g.fill(new Rectangle2D.Double(house - width * 0.010, 0, width * 0.011, ledge));
        double parapet = height * 0.605;
        g.setPaint(Shading.across(0, width, new Color(0xff, 0xf8, 0xec), lime, shaded));
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
        Shading.spot(g, width * 0.22, height * 0.76, width * 0.62, height * 0.11, new Color(255, 246, 224, 150));
        speckle(ledge + height * 0.01, 700, new Color(0x8d, 0x7c, 0x62, 34));
        speckle(ledge + height * 0.01, 300, new Color(255, 255, 250, 60));
    }

    private void fill(double top, double bottom, Color... colours) {
        g.setPaint(Shading.down(top, bottom, colours));
        g.fill(new Rectangle2D.Double(0, top, width, bottom - top));
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
}
