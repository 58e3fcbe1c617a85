package dev.renderfleet.worker.providers.proof;

import dev.renderfleet.worker.pictures.PngWriter;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * The shapes and photos of a sheet. Painted into the file in bands, so memory is that of one band. Confined to one thread.
 */
final class Sheet {

    private static final int BAND_ROWS = 128;

    private sealed interface Mark {
        Rectangle2D bounds();

        record Ink(Shape shape, Color color) implements Mark {
            @Override
            public Rectangle2D bounds() {
                return shape.getBounds2D();
            }
        }

        record Photo(BufferedImage picture, Rectangle2D bounds) implements Mark {}
    }

    private final int width;
    private final int height;
    private final Color paper;
    private final List<Mark> marks = new ArrayList<>();

    Sheet(int width, int height, Color paper) {
        this.width = width;
        this.height = height;
        this.paper = paper;
    }

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    void fill(Shape shape, Color color) {
        marks.add(new Mark.Ink(shape, color));
    }

    /** The border of a shape, centred on it. */
    void outline(Shape shape, double thickness, Color color) {
        fill(new BasicStroke((float) thickness).createStrokedShape(shape), color);
    }

    void photo(BufferedImage picture, Rectangle2D place) {
        marks.add(new Mark.Photo(picture, place));
    }

    /** Paints the sheet as PNG into that file and closes it. */
    void writePng(OutputStream file) throws IOException {
        var band = new BufferedImage(width, Math.min(BAND_ROWS, height), BufferedImage.TYPE_INT_RGB);
        int[] pixels = ((DataBufferInt) band.getRaster().getDataBuffer()).getData();
        try (var png = new PngWriter(file, width, height, PngWriter.Channels.RGB)) {
            for (int top = 0; top < height; top += BAND_ROWS) {
                int rows = Math.min(BAND_ROWS, height - top);
                paint(band, top);
                for (int row = 0; row < rows; row++) {
                    png.writeRow(pixels, row * width);
                }
            }
        }
    }

    private void paint(BufferedImage band, int top) {
        Graphics2D graphics = band.createGraphics();
        try {
            graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
            graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
            graphics.setColor(paper);
            graphics.fillRect(0, 0, width, band.getHeight());
            graphics.translate(0, -top);
            var visible = new Rectangle2D.Double(0, top, width, band.getHeight());
            for (Mark mark : marks) {
                if (mark.bounds().intersects(visible)) {
                    paint(graphics, mark);
                }
            }
        } finally {
            graphics.dispose();
        }
    }

    private static void paint(Graphics2D graphics, Mark mark) {
        switch (mark) {
            case Mark.Ink(Shape shape, Color color) -> {
                graphics.setColor(color);
                graphics.fill(shape);
            }
            case Mark.Photo(BufferedImage picture, Rectangle2D place) ->
                graphics.drawImage(
                        picture,
                        (int) Math.round(place.getX()),
                        (int) Math.round(place.getY()),
                        (int) Math.round(place.getWidth()),
                        (int) Math.round(place.getHeight()),
                        null);
        }
    }
}
