package dev.renderfleet.sandbox.pictures;

import dev.renderfleet.sandbox.pictures.SceneDescription.Thing;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Area;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.geom.RoundRectangle2D;

/** Drawn where a call has no reference picture: a simple object, shaded like a solid one. */
final class PlaceholderProduct {
    private final Graphics2D g;
    private final Color colour;

    private PlaceholderProduct(Graphics2D g, Color colour) {
        this.g = g;
        this.colour = colour;
    }

    /** Paints into a square whose lower edge is the floor. */
    static void paint(Graphics2D g, Thing thing, Color colour, double x, double floor, double size) {
        AffineTransform before = g.getTransform();
        g.translate(x, floor - size);
        g.scale(size, size);
        new PlaceholderProduct(g, colour).paint(thing);
        g.setTransform(before);
    }

    private void paint(Thing thing) {
        switch (thing) {
            case VASE -> round(vase(), 0.26, 0.74);
            case MUG -> mug();
            case BOTTLE -> bottle();
        }
    }

    private static Path2D vase() {
        var path = new Path2D.Double();
        path.moveTo(0.40, 0.06);
        path.curveTo(0.47, 0.20, 0.42, 0.26, 0.33, 0.38);
        path.curveTo(0.20, 0.56, 0.27, 0.86, 0.38, 1);
        path.lineTo(0.62, 1);
        path.curveTo(0.73, 0.86, 0.80, 0.56, 0.67, 0.38);
        path.curveTo(0.58, 0.26, 0.53, 0.20, 0.60, 0.06);
        path.closePath();
        return path;
    }

    private void mug() {
        g.setStroke(new BasicStroke(0.07f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        g.setPaint(Shading.across(0.7, 0.95, Shading.darker(colour, 0.25), Shading.darker(colour, 0.45)));
        g.draw(new Ellipse2D.Double(0.60, 0.50, 0.28, 0.32));
        round(new RoundRectangle2D.Double(0.20, 0.36, 0.55, 0.64, 0.14, 0.14), 0.20, 0.75);
        g.setColor(Shading.darker(colour, 0.5));
        g.fill(new Ellipse2D.Double(0.20, 0.31, 0.55, 0.12));
        g.setColor(new Color(0x3a, 0x22, 0x14));
        g.fill(new Ellipse2D.Double(0.225, 0.335, 0.50, 0.09));
        g.setStroke(new BasicStroke(0.012f));
        g.setColor(Shading.lighter(colour, 0.45));
        g.draw(new Ellipse2D.Double(0.20, 0.31, 0.55, 0.12));
    }

    private void bottle() {
        var body = new Path2D.Double();
        body.moveTo(0.44, 0.16);
        body.lineTo(0.44, 0.28);
        body.curveTo(0.44, 0.36, 0.30, 0.36, 0.30, 0.48);
        body.lineTo(0.30, 0.96);
        body.quadTo(0.30, 1, 0.34, 1);
        body.lineTo(0.66, 1);
        body.quadTo(0.70, 1, 0.70, 0.96);
        body.lineTo(0.70, 0.48);
        body.curveTo(0.70, 0.36, 0.56, 0.36, 0.56, 0.28);
        body.lineTo(0.56, 0.16);
        body.closePath();
        round(body, 0.30, 0.70);
        g.setPaint(Shading.across(
                0.42, 0.58, new Color(0x4a, 0x44, 0x40), new Color(0xd8, 0xcf, 0xc2), new Color(0x3a, 0x35, 0x32)));
        g.fill(new RoundRectangle2D.Double(0.42, 0.04, 0.16, 0.13, 0.03, 0.03));
        g.setColor(new Color(255, 253, 246, 226));
        g.fill(new RoundRectangle2D.Double(0.335, 0.58, 0.33, 0.26, 0.02, 0.02));
        g.setColor(Shading.darker(colour, 0.2));
        g.fill(new Rectangle2D.Double(0.39, 0.66, 0.22, 0.018));
        g.fill(new Rectangle2D.Double(0.43, 0.71, 0.14, 0.012));
    }

    /** Fills a shape as if it were round and glazed: light from the left, a dark far side, a highlight. */
    private void round(Shape shape, double left, double right) {
        g.setPaint(Shading.across(
                left,
                right,
                Shading.darker(colour, 0.28),
                Shading.lighter(colour, 0.22),
                Shading.lighter(colour, 0.06),
                colour,
                Shading.darker(colour, 0.25),
                Shading.darker(colour, 0.5)));
        g.fill(shape);
        var highlight = new Area(new Ellipse2D.Double(left + (right - left) * 0.14, 0.30, (right - left) * 0.13, 0.62));
        highlight.intersect(new Area(shape));
        g.setPaint(Shading.down(0.3, 0.92, new Color(255, 255, 255, 90), new Color(255, 255, 255, 10)));
        g.fill(highlight);
    }
}
