package dev.renderfleet.sandbox.pictures;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Image;
import java.awt.Rectangle;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.awt.image.ConvolveOp;
import java.awt.image.Kernel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The words that a prompt wants to be read in the picture: those in quotes. Set in serif type, centred in the free space
 * above the product, light or dark as the scene there needs it.
 */
final class Headline {
    private static final int CHARACTERS_MAX = 160;
    private static final int LINES_MAX = 2;
    private static final double LEADING = 1.16;
    private static final int SHADOW_SIDE_MAX = 480;
    /** Above this luminance (linear, 0 to 1) dark letters are easier to read than light ones. */
    private static final double LIGHT_GROUND = 0.34;

    /** Straight double quotes and the typographic ones of English, German, French, Danish, Swedish, Chinese and Japanese. */
    private static final Pattern QUOTED = Pattern.compile(
            "\"([^\"]{1,%1$d})\"|[„“]([^“”„\"]{1,%1$d})[“”]|”([^”]{1,%1$d})”|«([^»]{1,%1$d})»|»([^«]{1,%1$d})«|‚([^‘]{1,%1$d})‘|「([^」]{1,%1$d})」|『([^』]{1,%1$d})』"
                    .formatted(CHARACTERS_MAX));

    private static final List<String> ANNOUNCED_BY = List.of("headline", "title", "slogan", "claim", "überschrift");

    private Headline() {}

    /** The quoted words behind "headline" or the like if there are any, else the first quoted ones. */
    static Optional<String> of(String prompt) {
        var found = new ArrayList<String>();
        var matcher = QUOTED.matcher(prompt);
        while (matcher.find()) {
            for (int group = 1; group <= matcher.groupCount(); group++) {
                String words = matcher.group(group);
                if (words != null && !words.isBlank()) {
                    found.add(words.strip());
                    String before = prompt.substring(0, matcher.start()).toLowerCase(Locale.ROOT);
                    if (ANNOUNCED_BY.stream().anyMatch(before::contains)) {
                        return Optional.of(words.strip());
                    }
                }
            }
        }
        return found.stream().findFirst();
    }

    /** The prompt without its quoted words. */
    static String removedFrom(String prompt) {
        return QUOTED.matcher(prompt).replaceAll(" ");
    }

    /** Writes it, if the prompt has one, upon what is on the canvas already. */
    static void paint(Graphics2D g, BufferedImage canvas, String prompt) {
        of(prompt).ifPresent(words -> paint(g, canvas, words, canvas.getWidth(), canvas.getHeight()));
    }

    private static void paint(Graphics2D g, BufferedImage canvas, String words, double width, double height) {
        double room = width * 0.84;
        double large = Math.min(width * 0.068, height * 0.082);
        double one = TextOutlines.width(TextOutlines.Face.ELEGANT, words, 1);
        double size = Math.min(large, room / one);
        List<String> lines = List.of(words);
        if (size < large * 0.72) {
            size = large * 0.84;
            // As narrow as two lines allow, so that the second is not a single word.
            double narrow = Math.min(room, one * size * 0.56);
            lines = TextOutlines.wrap(TextOutlines.Face.ELEGANT, words, size, narrow, LINES_MAX);
            for (double more = 1.1; lines.getLast().endsWith("…") && narrow < room; more += 0.1) {
                narrow = Math.min(room, one * size * 0.56 * more);
                lines = TextOutlines.wrap(TextOutlines.Face.ELEGANT, words, size, narrow, LINES_MAX);
            }
        }
        double baseline = height * 0.128 + size * 0.32 - (lines.size() - 1) * size * LEADING / 2;
        var text = new Path2D.Double(Path2D.WIND_NON_ZERO);
        for (String line : lines) {
            double wide = TextOutlines.width(TextOutlines.Face.ELEGANT, line, size);
            text.append(TextOutlines.line(TextOutlines.Face.ELEGANT, line, (width - wide) / 2, baseline, size), false);
            baseline += size * LEADING;
        }
        Color ground = ground(canvas, text);
        boolean light = luminance(ground) > LIGHT_GROUND;
        Color ink = light ? Shading.darker(ground, 0.82) : new Color(0xff, 0xfa, 0xf0);
        shadow(
                g,
                text,
                size,
                light ? new Color(255, 252, 246, 120) : Shading.alpha(Shading.darker(ground, 0.75), 0.62));
        g.setColor(ink);
        g.fill(text);
    }

    /** The mean colour behind the text. */
    private static Color ground(BufferedImage canvas, Shape text) {
        var box = text.getBounds().intersection(new Rectangle(canvas.getWidth(), canvas.getHeight()));
        BufferedImage behind = canvas.getSubimage(box.x, box.y, Math.max(1, box.width), Math.max(1, box.height));
        var mean = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = mean.createGraphics();
        g.drawImage(behind.getScaledInstance(1, 1, Image.SCALE_AREA_AVERAGING), 0, 0, null);
        g.dispose();
        return new Color(mean.getRGB(0, 0));
    }

    private static double luminance(Color colour) {
        return 0.2126 * linear(colour.getRed())
                + 0.7152 * linear(colour.getGreen())
                + 0.0722 * linear(colour.getBlue());
    }

    private static double linear(int sample) {
        return Math.pow(sample / 255.0, 2.2);
    }

    /** Drawn small, blurred and enlarged: its cost does not grow with the picture. */
    private static void shadow(Graphics2D g, Shape text, double size, Color colour) {
        var box = text.getBounds2D();
        double margin = size * 0.6;
        double scale = Math.min(1, SHADOW_SIDE_MAX / (Math.max(box.getWidth(), box.getHeight()) + 2 * margin));
        int wide = (int) Math.ceil((box.getWidth() + 2 * margin) * scale);
        int high = (int) Math.ceil((box.getHeight() + 2 * margin) * scale);
        var small = new BufferedImage(wide, high, BufferedImage.TYPE_INT_ARGB_PRE);
        Graphics2D pen = small.createGraphics();
        pen.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        pen.scale(scale, scale);
        pen.translate(margin - box.getX(), margin - box.getY());
        pen.setColor(colour);
        pen.fill(text);
        pen.dispose();
        var place = AffineTransform.getTranslateInstance(box.getX() - margin, box.getY() - margin + size * 0.025);
        place.scale(1 / scale, 1 / scale);
        g.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        int blur = 2 * Math.max(1, (int) Math.round(size * scale * 0.10)) + 1;
        float[] kernel = new float[blur * blur];
        Arrays.fill(kernel, 1.2f / kernel.length);
        var soft = new ConvolveOp(new Kernel(blur, blur, kernel));
        g.drawImage(soft.filter(soft.filter(small, null), null), place, null);
    }
}
