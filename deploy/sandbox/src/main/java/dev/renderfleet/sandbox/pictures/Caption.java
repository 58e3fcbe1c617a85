package dev.renderfleet.sandbox.pictures;

import dev.renderfleet.sandbox.pictures.TextOutlines.Face;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.util.List;

/** The band at the foot with prompt and parameters, so that a person sees whether the picture is the right one. */
final class Caption {
    private Caption() {}

    static void paint(Graphics2D g, PictureRequest order) {
        double size = Math.max(
                9, Math.min(Math.sqrt((double) order.width() * order.height()) * 0.026, order.width() * 0.045));
        double margin = size * 0.9;
        double room = order.width() - 2 * margin;
        String facts = "%s · %s %s · %d×%d · seed %d%s"
                .formatted(
                        order.model(),
                        order.ratio(),
                        order.size(),
                        order.width(),
                        order.height(),
                        order.seed(),
                        order.references().isEmpty()
                                ? ""
                                : " · %d ref".formatted(order.references().size()));
        List<String> words = TextOutlines.wrap(Face.PLAIN, order.prompt(), size, room, 2);
        List<String> small = TextOutlines.wrap(Face.PLAIN, facts, size * 0.68, room, 2);
        double high = margin * 1.3 + words.size() * size * 1.3 + small.size() * size;
        double top = order.height() - high;
        g.setColor(new Color(16, 16, 22, 178));
        g.fill(new Rectangle2D.Double(0, top, order.width(), high));
        double line = top + margin * 0.55 + size;
        g.setColor(new Color(255, 255, 255, 240));
        for (String text : words) {
            g.fill(TextOutlines.line(Face.PLAIN, text, margin, line, size));
            line += size * 1.3;
        }
        line -= size * 0.25;
        g.setColor(new Color(255, 255, 255, 165));
        for (String text : small) {
            g.fill(TextOutlines.line(Face.PLAIN, text, margin, line, size * 0.68));
            line += size;
        }
    }
}
