package dev.renderfleet.worker.providers.proof;

import java.awt.geom.AffineTransform;
import java.awt.geom.Path2D;
import java.awt.geom.Point2D;
import java.nio.ByteBuffer;

/** The closed curves of a simple glyph. Source: OpenType specification, table glyf. */
final class Contours {

    private final int[] ends;
    private final boolean[] onCurve;
    private final Point2D.Double[] points;

    Contours(ByteBuffer font, int from, int count) {
        ends = new int[count];
        for (int i = 0; i < count; i++) {
            ends[i] = Short.toUnsignedInt(font.getShort(from + 2 * i));
        }
        int total = count == 0 ? 0 : ends[count - 1] + 1;
        int at = from + 2 * count;
        at += 2 + Short.toUnsignedInt(font.getShort(at));
        byte[] flags = new byte[total];
        for (int i = 0; i < total; ) {
            byte flag = font.get(at++);
            int repeats = (flag & 8) == 0 ? 0 : font.get(at++) & 0xFF;
            for (int r = 0; r <= repeats; r++) {
                flags[i++] = flag;
            }
        }
        onCurve = new boolean[total];
        points = new Point2D.Double[total];
        int x = 0;
        for (int i = 0; i < total; i++) {
            onCurve[i] = (flags[i] & 1) != 0;
            if ((flags[i] & 2) != 0) {
                int step = font.get(at++) & 0xFF;
                x += (flags[i] & 16) != 0 ? step : -step;
            } else if ((flags[i] & 16) == 0) {
                x += font.getShort(at);
                at += 2;
            }
            points[i] = new Point2D.Double(x, 0);
        }
        int y = 0;
        for (int i = 0; i < total; i++) {
            if ((flags[i] & 4) != 0) {
                int step = font.get(at++) & 0xFF;
                y += (flags[i] & 32) != 0 ? step : -step;
            } else if ((flags[i] & 32) == 0) {
                y += font.getShort(at);
                at += 2;
            }
            points[i].y = y;
        }
    }

    void appendTo(Path2D path, AffineTransform transform) {
        for (Point2D.Double point : points) {
            transform.transform(point, point);
        }
        int first = 0;
        for (int end : ends) {
            if (end > first) {
                appendContour(path, first, end - first + 1);
            }
            first = end + 1;
        }
    }

    /** Quadratic curves; between two control points lies an unwritten point on the curve. */
    private void appendContour(Path2D path, int first, int length) {
        Point2D.Double last = points[first + length - 1];
        Point2D.Double start =
                onCurve[first] ? points[first] : onCurve[first + length - 1] ? last : middle(points[first], last);
        path.moveTo(start.x, start.y);
        for (int i = onCurve[first] ? 1 : 0; i < length; i++) {
            Point2D.Double point = points[first + i];
            if (onCurve[first + i]) {
                path.lineTo(point.x, point.y);
                continue;
            }
            int next = first + (i + 1) % length;
            Point2D.Double to = i + 1 == length ? start : onCurve[next] ? points[next] : middle(point, points[next]);
            path.quadTo(point.x, point.y, to.x, to.y);
            if (i + 1 < length && onCurve[next]) {
                i++;
            }
        }
        path.closePath();
    }

    private static Point2D.Double middle(Point2D.Double a, Point2D.Double b) {
        return new Point2D.Double((a.x + b.x) / 2, (a.y + b.y) / 2);
    }
}
