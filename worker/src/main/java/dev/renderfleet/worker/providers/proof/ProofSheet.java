package dev.renderfleet.worker.providers.proof;

import dev.renderfleet.worker.pictures.PictureThumbnail;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.PixelSizes.PixelSize;
import dev.renderfleet.worker.providers.proof.Typeface.Line;
import java.awt.Color;
import java.awt.geom.Rectangle2D;
import java.util.List;
import java.util.Objects;

/**
 * Lays a request out as a proof sheet: the prompt in large type, the references with their roles, other fields as small facts.
 * Measures in units of about a hundredth of the sheet, so all sizes look alike. Deterministic.
 */
final class ProofSheet {

    private static final Color PAPER = new Color(0xFA, 0xF8, 0xF4);
    static final Color INK = new Color(0x1D, 0x1C, 0x1A);
    static final Color QUIET = new Color(0x8A, 0x85, 0x7C);
    private static final Color RULE = new Color(0xD9, 0xD4, 0xCA);

    /** Wider than this, three columns; between the two, references stand beside the prompt. */
    private static final double BANNER = 2.6;

    private static final double LANDSCAPE = 1.25;
    private static final int SWATCHES = 12;

    /** From line to line, in ems. */
    private static final double LEADING = 1.34;

    private final DrawRequest request;
    private final Sheet sheet;
    private final double unit;
    private final float hue;
    private final TextBlock prompt;
    private final SheetFacts facts;

    private ProofSheet(DrawRequest request, PixelSize pixels) {
        this.request = request;
        this.sheet = new Sheet(pixels.width(), pixels.height(), PAPER);
        double shortEdge = Math.min(pixels.width(), pixels.height());
        this.unit = Math.min(Math.sqrt((double) pixels.width() * pixels.height()) / 100, shortEdge / 42);
        this.hue = Math.floorMod(Objects.hash(request.prompt(), request.seed(), request.model()), 360) / 360f;
        this.prompt = new TextBlock(Typeface.REGULAR, request.prompt());
        this.facts = new SheetFacts(request, pixels, unit);
    }

    static Sheet of(DrawRequest request, PixelSize pixels) {
        var proof = new ProofSheet(request, pixels);
        proof.compose();
        return proof.sheet;
    }

    private void compose() {
        double margin = 5 * unit;
        var page = new Rectangle2D.Double(
                margin, margin, sheet.width() - 2 * margin, sheet.height() - 2 * margin - 1.5 * unit);
        controlStrip();
        if (page.width / page.height > BANNER) {
            composeBanner(page);
        } else {
            composePage(page);
        }
    }

    private void composeBanner(Rectangle2D.Double page) {
        double side = Math.min(34 * unit, page.width * 0.22);
        var left = new Rectangle2D.Double(page.x, page.y, side, page.height);
        header(left);
        double factsHeight = facts.height(side);
        facts.draw(sheet, new Rectangle2D.Double(left.x, left.getMaxY() - factsHeight, side, factsHeight));
        double gap = 4 * unit;
        double pictures = request.references().isEmpty() ? 0 : page.width * 0.3;
        var middle = new Rectangle2D.Double(
                left.getMaxX() + gap,
                page.y,
                page.width - side - gap - (pictures == 0 ? 0 : pictures + gap),
                page.height);
        prompt(middle);
        references(new Rectangle2D.Double(page.getMaxX() - pictures, page.y, pictures, page.height));
    }

    private void composePage(Rectangle2D.Double page) {
        header(page);
        double factsHeight = facts.height(page.width);
        double bottom = page.getMaxY() - factsHeight;
        facts.draw(sheet, new Rectangle2D.Double(page.x, bottom, page.width, factsHeight));
        rule(page.x, bottom - 2 * unit, page.width);
        double top = page.y + 8 * unit;
        double free = bottom - 5 * unit - top;
        double gap = 4 * unit;
        if (request.references().isEmpty()) {
            prompt(new Rectangle2D.Double(page.x, top, page.width, free));
        } else if (page.width / page.height > LANDSCAPE) {
            double pictures = page.width * 0.4;
            prompt(new Rectangle2D.Double(page.x, top, page.width - pictures - gap, free));
            references(new Rectangle2D.Double(page.getMaxX() - pictures, top, pictures, free));
        } else {
            double pictures = free * (request.references().size() > 4 ? 0.5 : 0.42);
            prompt(new Rectangle2D.Double(page.x, top, page.width, free - pictures - gap));
            references(new Rectangle2D.Double(page.x, top + free - pictures, page.width, pictures));
        }
    }

    private void header(Rectangle2D.Double place) {
        double size = 1.9 * unit;
        double baseline = place.y + size;
        sheet.fill(Typeface.SEMIBOLD.line("PROOF", place.x, baseline, size, 0.28), accent(0.62f));
        double start = place.x + 14 * unit;
        String model = Typeface.REGULAR.shorten(request.model(), size, place.getMaxX() - start);
        double width = Typeface.REGULAR.width(model, size);
        sheet.fill(Typeface.REGULAR.line(model, place.getMaxX() - width, baseline, size), QUIET);
        rule(place.x, place.y + 4 * unit, place.width);
    }

    /** As large as it fits, between a headline and a footnote. */
    private void prompt(Rectangle2D.Double place) {
        double indent = 2.4 * unit;
        double width = place.width - indent;
        double size = 6.4 * unit;
        while (size > 1.7 * unit && !prompt.fits(size, width, linesMax(size, place.height))) {
            size *= 0.94;
        }
        double leading = LEADING * size;
        double baseline = place.y + 1.02 * size;
        for (Line line : prompt.lines(size, width, linesMax(size, place.height))) {
            double x = line.isLeftToRight() ? place.x + indent : place.getMaxX() - line.width(size);
            sheet.fill(line.outline(x, baseline, size), INK);
            baseline += leading;
        }
        double end = Math.min(place.getMaxY(), baseline - leading + 0.3 * size);
        sheet.fill(new Rectangle2D.Double(place.x, place.y, 0.5 * unit, end - place.y), accent(0.72f));
    }

    private static int linesMax(double size, double height) {
        return Math.max(1, (int) (height / (LEADING * size)));
    }

    private void references(Rectangle2D.Double place) {
        List<ReferencePicture> pictures = request.references();
        double gap = 2 * unit;
        double caption = 3 * unit;
        double side = 0;
        int columns = 1;
        for (int tried = 1; tried <= pictures.size(); tried++) {
            int rows = (pictures.size() + tried - 1) / tried;
            double possible = Math.min(
                    (place.width - gap * (tried - 1)) / tried, (place.height - gap * (rows - 1)) / rows - caption);
            if (possible > side) {
                side = possible;
                columns = tried;
            }
        }
        side = Math.min(side, 34 * unit);
        for (int i = 0; i < pictures.size(); i++) {
            double x = place.x + (i % columns) * (side + gap);
            int row = i / columns;
            double y = place.y + row * (side + caption + gap);
            reference(pictures.get(i), new Rectangle2D.Double(x, y, side, side), i + 1);
        }
    }

    private void reference(ReferencePicture reference, Rectangle2D.Double place, int number) {
        sheet.fill(place, new Color(0xF0, 0xEC, 0xE4));
        PictureThumbnail.of(reference.file())
                .ifPresentOrElse(
                        picture -> {
                            double scale =
                                    Math.min(place.width / picture.getWidth(), place.height / picture.getHeight());
                            double width = scale * picture.getWidth();
                            double height = scale * picture.getHeight();
                            sheet.photo(
                                    picture,
                                    new Rectangle2D.Double(
                                            place.getCenterX() - width / 2,
                                            place.getCenterY() - height / 2,
                                            width,
                                            height));
                        },
                        () -> sheet.fill(
                                Typeface.REGULAR.line("unreadable", place.x + unit, place.getCenterY(), 1.4 * unit),
                                QUIET));
        sheet.outline(place, Math.max(1, 0.1 * unit), RULE);
        String words = Typeface.SEMIBOLD.shorten(
                number + "  "
                        + (reference.role() == null
                                ? "to edit"
                                : reference.role().wireName()),
                1.4 * unit,
                place.width);
        sheet.fill(Typeface.SEMIBOLD.line(words, place.x, place.getMaxY() + 2 * unit, 1.4 * unit), QUIET);
    }

    /** Like the colour bar at the edge of a printed sheet; its hue follows the prompt, so sheets differ at a glance. */
    private void controlStrip() {
        double height = 1.5 * unit;
        double width = (double) sheet.width() / SWATCHES;
        for (int i = 0; i < SWATCHES; i++) {
            var swatch = new Rectangle2D.Double(
                    Math.floor(i * width),
                    Math.floor(sheet.height() - height),
                    Math.ceil(width),
                    Math.ceil(height) + 1);
            float saturation = 0.25f + 0.5f * i / SWATCHES;
            sheet.fill(swatch, Color.getHSBColor(hue + 0.02f * i, saturation, 0.95f - 0.55f * i / SWATCHES));
        }
    }

    private void rule(double x, double y, double width) {
        sheet.fill(new Rectangle2D.Double(x, Math.floor(y), width, Math.max(1, Math.round(0.1 * unit))), RULE);
    }

    private Color accent(float brightness) {
        return Color.getHSBColor(hue + 0.1f, 0.62f, brightness);
    }
}
