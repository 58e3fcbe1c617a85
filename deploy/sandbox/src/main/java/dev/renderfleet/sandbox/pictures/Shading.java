package dev.renderfleet.sandbox.pictures;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.LinearGradientPaint;
import java.awt.MultipleGradientPaint.ColorSpaceType;
import java.awt.MultipleGradientPaint.CycleMethod;
import java.awt.RadialGradientPaint;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;

/** Light and colour: mixing, gradients and soft spots. */
final class Shading {
    private Shading() {}

    static Color mix(Color from, Color to, double share) {
        return new Color(
                mix(from.getRed(), to.getRed(), share),
                mix(from.getGreen(), to.getGreen(), share),
                mix(from.getBlue(), to.getBlue(), share));
    }

    static Color lighter(Color colour, double share) {
        return mix(colour, Color.WHITE, share);
    }

    static Color darker(Color colour, double share) {
        return mix(colour, Color.BLACK, share);
    }

    static Color alpha(Color colour, double alpha) {
        return new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), (int) Math.round(alpha * 255));
    }

    static LinearGradientPaint down(double top, double bottom, Color... colours) {
        return new LinearGradientPaint(
                new Point2D.Double(0, top),
                new Point2D.Double(0, Math.max(top + 1, bottom)),
                evenly(colours.length),
                colours);
    }

    static LinearGradientPaint across(double left, double right, Color... colours) {
        return new LinearGradientPaint(
                new Point2D.Double(left, 0),
                new Point2D.Double(Math.max(left + 1, right), 0),
                evenly(colours.length),
                colours);
    }

    /** A soft elliptic spot: full in the middle, nothing at the rim. */
    static void spot(Graphics2D g, double x, double y, double radiusX, double radiusY, Color colour) {
        if (radiusX < 1 || radiusY < 1) {
            return;
        }
        var flat = AffineTransform.getTranslateInstance(x, y);
        flat.scale(1, radiusY / radiusX);
        Color[] colours = {colour, Shading.alpha(colour, colour.getAlpha() / 255.0 * 0.45), Shading.alpha(colour, 0)};
        g.setPaint(new RadialGradientPaint(
                new Point2D.Double(0, 0),
                (float) radiusX,
                new Point2D.Double(0, 0),
                new float[] {0, 0.45f, 1},
                colours,
                CycleMethod.NO_CYCLE,
                ColorSpaceType.SRGB,
                flat));
        g.fill(new Ellipse2D.Double(x - radiusX, y - radiusY, 2 * radiusX, 2 * radiusY));
    }

    /** Darkens the corners a little, as a lens does. */
    static void vignette(Graphics2D g, double width, double height) {
        double radius = Math.hypot(width, height) / 2;
        var centre = new Point2D.Double(width / 2, height * 0.48);
        Color[] colours = {new Color(0, 0, 0, 0), new Color(0, 0, 0, 0), new Color(0, 0, 0, 62)};
        g.setPaint(new RadialGradientPaint(centre, (float) radius, new float[] {0, 0.55f, 1}, colours));
        g.fill(new Rectangle2D.Double(0, 0, width, height));
    }

    private static float[] evenly(int count) {
        float[] steps = new float[count];
        for (int step = 0; step < count; step++) {
            steps[step] = step / (float) (count - 1);
        }
        return steps;
    }

    private static int mix(int from, int to, double share) {
        return (int) Math.round(from + (to - from) * share);
    }
}
