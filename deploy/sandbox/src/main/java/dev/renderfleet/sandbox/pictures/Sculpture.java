package dev.renderfleet.sandbox.pictures;

import dev.renderfleet.sandbox.pictures.Brief.Thing;
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

/** The thing that stands in the picture when there is no reference picture: a simple object, shaded like a solid one. */
final class Sculpture {
    private final Graphics2D g;
    private final Color colour;

    private Sculpture(Graphics2D g, Color colour) {
        this.g = g;
        this.colour = colour;
    }

    /** Paints into a square whose lower edge is the floor. */
    static void paint(Graphics2D g, Thing thing, Color colour, double x, double floor, double size) {
        AffineTransform before = g.getTransform();
        g.translate(x, floor - size);
        g.scale(size, size);
        new Sculpture(g, colour).paint(thing);
        g.setTransform(before);
    }

    private void paint(Thing thing) {
        switch (thing) {
            case VASE -> round(vase(), 0.26, 0.74);
            case MUG -> mug();
            case BOTTLE -> bottle();
            case LAMP -> lamp();
            case BAG -> bag();
            case SHIRT -> shirt();
            case BOX -> box();
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
        g.setPaint(Shade.across(0.7, 0.95, Shade.darker(colour, 0.25), Shade.darker(colour, 0.45)));
        g.draw(new Ellipse2D.Double(0.60, 0.50, 0.28, 0.32));
        round(new RoundRectangle2D.Double(0.20, 0.36, 0.55, 0.64, 0.14, 0.14), 0.20, 0.75);
        g.setColor(Shade.darker(colour, 0.5));
        g.fill(new Ellipse2D.Double(0.20, 0.31, 0.55, 0.12));
        g.setColor(new Color(0x3a, 0x22, 0x14));
        g.fill(new Ellipse2D.Double(0.225, 0.335, 0.50, 0.09));
        g.setStroke(new BasicStroke(0.012f));
        g.setColor(Shade.lighter(colour, 0.45));
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
        g.setPaint(Shade.across(
                0.42, 0.58, new Color(0x4a, 0x44, 0x40), new Color(0xd8, 0xcf, 0xc2), new Color(0x3a, 0x35, 0x32)));
        g.fill(new RoundRectangle2D.Double(0.42, 0.04, 0.16, 0.13, 0.03, 0.03));
        g.setColor(new Color(255, 253, 246, 226));
        g.fill(new RoundRectangle2D.Double(0.335, 0.58, 0.33, 0.26, 0.02, 0.02));
        g.setColor(Shade.darker(colour, 0.2));
        g.fill(new Rectangle2D.Double(0.39, 0.66, 0.22, 0.018));
        g.fill(new Rectangle2D.Double(0.43, 0.71, 0.14, 0.012));
    }

    private void lamp() {
        g.setPaint(Shade.across(
                0.47, 0.53, new Color(0x7a, 0x62, 0x3c), new Color(0xf0, 0xdc, 0xa8), new Color(0x6a, 0x52, 0x30)));
        g.fill(new Rectangle2D.Double(0.48, 0.42, 0.04, 0.54));
        g.fill(new RoundRectangle2D.Double(0.32, 0.95, 0.36, 0.05, 0.05, 0.05));
        var shade = new Path2D.Double();
        shade.moveTo(0.36, 0.06);
        shade.lineTo(0.64, 0.06);
        shade.lineTo(0.80, 0.50);
        shade.lineTo(0.20, 0.50);
        shade.closePath();
        round(shade, 0.20, 0.80);
        g.setPaint(Shade.down(0.06, 0.50, new Color(255, 240, 200, 0), new Color(255, 240, 200, 170)));
        g.fill(shade);
    }

    private void bag() {
        g.setStroke(new BasicStroke(0.035f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        g.setColor(Shade.darker(colour, 0.45));
        var handle = new Path2D.Double();
        handle.moveTo(0.34, 0.44);
        handle.curveTo(0.34, 0.06, 0.66, 0.06, 0.66, 0.44);
        g.draw(handle);
        var body = new Path2D.Double();
        body.moveTo(0.22, 0.38);
        body.lineTo(0.78, 0.38);
        body.curveTo(0.82, 0.60, 0.86, 0.80, 0.87, 0.94);
        body.quadTo(0.87, 1, 0.82, 1);
        body.lineTo(0.18, 1);
        body.quadTo(0.13, 1, 0.13, 0.94);
        body.curveTo(0.14, 0.80, 0.18, 0.60, 0.22, 0.38);
        body.closePath();
        round(body, 0.13, 0.87);
        g.setColor(Shade.alpha(Shade.darker(colour, 0.5), 0.5));
        g.fill(new Rectangle2D.Double(0.205, 0.50, 0.59, 0.012));
        g.setPaint(Shade.across(0.46, 0.54, new Color(0xf3, 0xe3, 0xb4), new Color(0xa8, 0x8a, 0x4c)));
        g.fill(new RoundRectangle2D.Double(0.45, 0.48, 0.10, 0.06, 0.02, 0.02));
    }

    private void shirt() {
        var path = new Path2D.Double();
        path.moveTo(0.36, 0.10);
        path.quadTo(0.50, 0.22, 0.64, 0.10);
        path.lineTo(0.78, 0.16);
        path.lineTo(0.97, 0.42);
        path.lineTo(0.82, 0.52);
        path.lineTo(0.75, 0.43);
        path.curveTo(0.73, 0.62, 0.75, 0.82, 0.77, 0.99);
        path.lineTo(0.23, 0.99);
        path.curveTo(0.25, 0.82, 0.27, 0.62, 0.25, 0.43);
        path.lineTo(0.18, 0.52);
        path.lineTo(0.03, 0.42);
        path.lineTo(0.22, 0.16);
        path.closePath();
        shaded(path, 0.03, 0.97);
    }

    private void box() {
        var front = new RoundRectangle2D.Double(0.24, 0.16, 0.46, 0.84, 0.03, 0.03);
        g.setPaint(Shade.down(0.1, 1, Shade.darker(colour, 0.35), Shade.darker(colour, 0.6)));
        var side = new Path2D.Double();
        side.moveTo(0.69, 0.17);
        side.lineTo(0.80, 0.11);
        side.lineTo(0.80, 0.93);
        side.lineTo(0.69, 1);
        side.closePath();
        g.fill(side);
        g.setColor(Shade.lighter(colour, 0.4));
        var top = new Path2D.Double();
        top.moveTo(0.25, 0.17);
        top.lineTo(0.37, 0.11);
        top.lineTo(0.80, 0.11);
        top.lineTo(0.69, 0.17);
        top.closePath();
        g.fill(top);
        round(front, 0.10, 0.95);
        g.setColor(new Color(255, 255, 255, 60));
        g.fill(new Ellipse2D.Double(0.33, 0.34, 0.28, 0.28));
    }

    /** Fills a shape as if it were round and glazed. */
    private void round(Shape shape, double left, double right) {
        shaded(shape, left, right);
        var highlight = new Area(new Ellipse2D.Double(left + (right - left) * 0.14, 0.30, (right - left) * 0.13, 0.62));
        highlight.intersect(new Area(shape));
        g.setPaint(Shade.down(0.3, 0.92, new Color(255, 255, 255, 90), new Color(255, 255, 255, 10)));
        g.fill(highlight);
    }

    /** Light from the left, a dark far side. */
    private void shaded(Shape shape, double left, double right) {
        g.setPaint(Shade.across(
                left,
                right,
                Shade.darker(colour, 0.28),
                Shade.lighter(colour, 0.22),
                Shade.lighter(colour, 0.06),
                colour,
                Shade.darker(colour, 0.25),
                Shade.darker(colour, 0.5)));
        g.fill(shape);
    }
}
