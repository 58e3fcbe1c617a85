package dev.renderfleet.sandbox.pictures;

import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tells a product from the plain backdrop it was photographed on. The backdrop is what hangs together with the picture's
 * edge without a step in it; where it is only darker than the light would have it, there is the product's shadow, which
 * comes along as transparent black. What the product encloses stays, white or not.
 *
 * <p>The time is linear in the number of pixels.
 */
final class Matte {
    private static final int CHANNELS = 3;

    /** How much of the picture's edge must look like one backdrop, and how far it may differ from it (of 255). */
    private static final double PLAIN_SHARE_MIN = 0.72;

    private static final int PLAIN_TOLERANCE = 26;

    /** A change of more within two pixels is an edge of the product. */
    private static final float STEP_MAX = 6;

    /** The same where the colour is that of a shadow, which may begin rather suddenly. */
    private static final float SHADOW_STEP_MAX = 13;

    /** In pictures smaller than that all shadows are steeper, up to twice. */
    private static final float SHADOW_STEP_SIDE = 1024;

    private static final int SHADOW_TINT_MAX = 8;

    private static final double DARKEST_SHADOW = 0.25;
    private static final double BRIGHTEST_LIGHT = 1.4;
    private static final double SHADED = 0.90;
    private static final double LIT = 0.95;

    /** The lowest part of the product, beside which there is floor. */
    private static final double FLOOR_SHARE = 0.20;

    private static final double CONTACT_SHARE = 0.06;

    private static final double PRODUCT_SHARE_MIN = 0.005;
    private static final double PRODUCT_SHARE_MAX = 0.90;

    private final int[] pixels;
    private final int width;
    private final int height;
    private final int side;
    /** The backdrop's colour everywhere, as red, green and blue by turns. */
    private final float[] backdrop;

    private final boolean[] outside;
    /** The part of the outside that lies in the product's shadow. */
    private final boolean[] shaded;

    /** For what was taken in behind the barrier, the pixel in front of it from which that was done. */
    private final int[] origin;
    /** Work to do, as positions; each is in it once at most, and none of the picture's outermost pixels ever is. */
    private final int[] queue;

    private final int[] neighbours;

    /** From this position on there is floor beside the product. */
    private int floor;

    private Matte(int[] pixels, int width, int height) {
        this.pixels = pixels;
        this.width = width;
        this.height = height;
        this.side = Math.max(width, height);
        this.backdrop = new float[pixels.length * CHANNELS];
        this.outside = new boolean[pixels.length];
        this.shaded = new boolean[pixels.length];
        this.origin = new int[pixels.length];
        this.queue = new int[pixels.length];
        this.neighbours = new int[] {-1, 1, -width, width};
    }

    /** The pixels with transparency, product and shadow in one; nothing if there is no plain backdrop. */
    static Optional<int[]> freed(int[] pixels, int width, int height) {
        if (width < 16 || height < 16) {
            return Optional.empty();
        }
        var matte = new Matte(pixels, width, height);
        return matte.seesBackdrop() ? Optional.ofNullable(matte.freed()) : Optional.empty();
    }

    private int @Nullable [] freed() {
        flood();
        followShadow();
        clearFloor();
        dropSlivers();
        dropCrumbs();
        int product = 0;
        for (boolean pixel : outside) {
            product += pixel ? 0 : 1;
        }
        double share = product / (double) pixels.length;
        if (share < PRODUCT_SHARE_MIN || share > PRODUCT_SHARE_MAX) {
            return null;
        }
        refit();
        return composed(shadow(), alpha());
    }

    /** Fits the backdrop to the picture's edge. */
    private boolean seesBackdrop() {
        int[] edge = edge();
        var kept = new int[edge.length];
        int[] middle = median(edge);
        int count = 0;
        for (int at : edge) {
            if (distance(pixels[at], middle[0], middle[1], middle[2]) <= 70) {
                kept[count++] = at;
            }
        }
        Surface surface = null;
        for (int round = 0; round < 3 && count > edge.length / 2; round++) {
            surface = Surface.fit(2, pixels, width, height, kept, count);
            spread(surface, edge, edge.length);
            count = 0;
            for (int at : edge) {
                if (offBackdrop(at) <= PLAIN_TOLERANCE) {
                    kept[count++] = at;
                }
            }
        }
        if (surface == null || count < edge.length * PLAIN_SHARE_MIN) {
            return false;
        }
        spread(surface);
        return true;
    }

    /** Positions around the picture, just inside its outermost pixels. */
    private int[] edge() {
        var positions = new int[2 * (width - 4) + 2 * (height - 4)];
        int count = 0;
        for (int x = 2; x < width - 2; x++) {
            positions[count++] = 2 * width + x;
            positions[count++] = (height - 3) * width + x;
        }
        for (int y = 2; y < height - 2; y++) {
            positions[count++] = y * width + 2;
            positions[count++] = y * width + width - 3;
        }
        return positions;
    }

    private int[] median(int[] positions) {
        var middle = new int[CHANNELS];
        var samples = new int[positions.length];
        for (int channel = 0; channel < CHANNELS; channel++) {
            for (int number = 0; number < samples.length; number++) {
                samples[number] = sample(pixels[positions[number]], channel);
            }
            Arrays.sort(samples);
            middle[channel] = samples[samples.length / 2];
        }
        return middle;
    }

    private void spread(Surface surface) {
        var row = new float[width * CHANNELS];
        for (int y = 0; y < height; y++) {
            surface.row(y, row);
            System.arraycopy(row, 0, backdrop, y * row.length, row.length);
        }
    }

    private void spread(Surface surface, int[] positions, int count) {
        for (int number = 0; number < count; number++) {
            int at = positions[number];
            surface.at(at % width, at / width, backdrop, at * CHANNELS);
        }
    }

    /** From the edge inward, as long as there is no step and the colour can be the backdrop's, lit or shaded. */
    private void flood() {
        float[] steps = steps();
        boolean[] barrier = widened(steps, STEP_MAX);
        boolean[] shadowBarrier = widened(steps, SHADOW_STEP_MAX * Math.clamp(SHADOW_STEP_SIDE / side, 1, 2));
        int end = 0;
        for (int y = 0; y < height; y++) {
            boolean whole = y == 0 || y == height - 1;
            for (int x = 0; x < width; x += whole ? 1 : width - 1) {
                outside[y * width + x] = true;
            }
        }
        for (int y = 1; y < height - 1; y++) {
            boolean whole = y == 1 || y == height - 2;
            for (int x = 1; x < width - 1; x += whole ? 1 : width - 3) {
                int at = y * width + x;
                if (!outside[at] && !barrier[at] && canBeBackdrop(at)) {
                    outside[at] = true;
                    queue[end++] = at;
                }
            }
        }
        for (int begin = 0; begin < end; begin++) {
            int at = queue[begin];
            for (int offset : neighbours) {
                int next = at + offset;
                if (!outside[next]
                        && (barrier[next] ? !shadowBarrier[next] && darkens(at, next) : canBeBackdrop(next))) {
                    outside[next] = true;
                    queue[end++] = next;
                }
            }
        }
        for (int number = 0; number < end; number++) {
            shaded[queue[number]] = light(queue[number]) < SHADED;
            origin[queue[number]] = queue[number];
        }
        grow(5, (from, to) -> distance(pixels[origin[from]], pixels[to]) <= 12 && canBeBackdrop(to));
    }

    /** Close to the product its shadow has steps as well; there the backdrop may only become darker on the way inward. */
    private void followShadow() {
        grow(Math.max(4, side / 90), (from, to) -> {
            if (!shaded[from]) {
                return false;
            }
            double light = light(to);
            return light > 0.28 && light <= Math.min(SHADED, light(from)) + 0.01 && tint(to, light) <= 7 + 8 * light;
        });
    }

    /** Whether the backdrop goes on from one pixel, which is the backdrop, to another. */
    @FunctionalInterface
    private interface Onward {
        boolean leads(int from, int to);
    }

    /** Takes in what adjoins, ring by ring; the first of a ring's steps is always from the ring before. */
    private void grow(int ringsMax, Onward onward) {
        int begin = 0;
        int end = 0;
        for (int y = 1; y < height - 1; y++) {
            for (int at = y * width + 1; at < y * width + width - 1; at++) {
                if (outside[at]
                        && !(outside[at - 1] && outside[at + 1] && outside[at - width] && outside[at + width])) {
                    queue[end++] = at;
                }
            }
        }
        for (int ring = 0; ring < ringsMax && begin < end; ring++) {
            int ringEnd = end;
            for (; begin < ringEnd; begin++) {
                for (int offset : neighbours) {
                    int next = queue[begin] + offset;
                    if (!outside[next] && onward.leads(queue[begin], next)) {
                        outside[next] = true;
                        shaded[next] = shaded[queue[begin]];
                        origin[next] = origin[queue[begin]];
                        queue[end++] = next;
                    }
                }
            }
        }
    }

    /** Where the colour changes quickly, JPEG's noise aside. */
    private float[] steps() {
        var found = new float[pixels.length];
        var plane = new float[pixels.length];
        for (int channel = 0; channel < CHANNELS; channel++) {
            for (int at = 0; at < plane.length; at++) {
                plane[at] = sample(pixels[at], channel);
            }
            Blur.box(plane, width, height, 1);
            for (int y = 0; y < height; y++) {
                int above = Math.max(0, y - 1) * width;
                int below = Math.min(height - 1, y + 1) * width;
                for (int x = 0; x < width; x++) {
                    int at = y * width + x;
                    float across =
                            plane[y * width + Math.min(width - 1, x + 1)] - plane[y * width + Math.max(0, x - 1)];
                    float down = plane[below + x] - plane[above + x];
                    found[at] = Math.max(found[at], Math.max(Math.abs(across), Math.abs(down)));
                }
            }
        }
        return found;
    }

    /** All larger steps, and one pixel more on each side, which closes small gaps in the product's outline. */
    private boolean[] widened(float[] steps, float max) {
        var wide = new boolean[pixels.length];
        for (int y = 1; y < height - 1; y++) {
            for (int at = y * width + 1; at < y * width + width - 1; at++) {
                if (steps[at] > max) {
                    for (int row = at - width; row <= at + width; row += width) {
                        wide[row - 1] = true;
                        wide[row] = true;
                        wide[row + 1] = true;
                    }
                }
            }
        }
        return wide;
    }

    /**
     * Around the foot a shadow can have an outline, and there may be floor behind it: darker than the floor in front of it,
     * of the same hue. Only there, because higher up it would be grey metal.
     */
    private void clearFloor() {
        int top = height;
        int bottom = 0;
        for (int y = 1; y < height - 1; y++) {
            int found = 0;
            for (int at = y * width; at < (y + 1) * width; at++) {
                found += outside[at] ? 0 : 1;
            }
            if (found > side / 100) {
                top = Math.min(top, y);
                bottom = y;
            }
        }
        floor = width * (int) (bottom - (bottom - top) * FLOOR_SHARE);
        int contact = width * (int) (bottom - (bottom - top) * CONTACT_SHARE);
        grow(
                Math.max(3, side / 90),
                (from, to) -> to > floor && isShaded(pixels[origin[from]], pixels[to], to > contact));
    }

    private static boolean isShaded(int lit, int colour, boolean deeply) {
        float light = brightness(sample(colour, 0), sample(colour, 1), sample(colour, 2))
                / Math.max(1, brightness(sample(lit, 0), sample(lit, 1), sample(lit, 2)));
        return light > (deeply ? 0.32 : 0.55)
                && light < 1.04
                && distance(colour, light * sample(lit, 0), light * sample(lit, 1), light * sample(lit, 2))
                        <= (deeply ? 13 : 9);
    }

    /** Between the lines that a shadow can have, strips of the floor are left; a product is thicker or has a colour. */
    private void dropSlivers() {
        int radius = Math.max(1, side / 250);
        var thick = new float[pixels.length];
        for (int at = 0; at < thick.length; at++) {
            thick[at] = outside[at] ? 0 : 1;
        }
        Blur.box(thick, width, height, radius);
        for (int at = 0; at < thick.length; at++) {
            thick[at] = thick[at] > 0.999f ? 1 : 0;
        }
        Blur.box(thick, width, height, radius + 1);
        grow(side, (from, to) -> {
            double light = light(to);
            return (shaded[from] || to > floor)
                    && thick[to] < 0.001f
                    && light > 0.3
                    && tint(to, light) <= (light > 1 ? 45 : 14);
        });
    }

    /** Small pieces in the shadow's colour that hang together with nothing are shadow too. */
    private void dropCrumbs() {
        var seen = outside.clone();
        int large = Math.max(16, pixels.length / 150);
        double darkest = DARKEST_SHADOW * 1.2;
        int small = Math.max(6, pixels.length / 30_000);
        for (int start = 0; start < pixels.length; start++) {
            if (seen[start]) {
                continue;
            }
            int end = 0;
            double tint = 0;
            double light = 0;
            queue[end++] = start;
            seen[start] = true;
            for (int begin = 0; begin < end; begin++) {
                double here = light(queue[begin]);
                light += here;
                tint += tint(queue[begin], here);
                for (int offset : neighbours) {
                    int next = queue[begin] + offset;
                    if (!seen[next]) {
                        seen[next] = true;
                        queue[end++] = next;
                    }
                }
            }
            if (end < small || (end < large && tint / end < 14 && light / end > darkest)) {
                for (int number = 0; number < end; number++) {
                    outside[queue[number]] = true;
                }
            }
        }
    }

    /** The backdrop again, from all of it that is neither shaded nor lit. */
    private void refit() {
        int stride = Math.max(1, side / 160);
        var all = new int[(width / stride + 1) * (height / stride + 1)];
        int count = 0;
        for (int y = 0; y < height; y += stride) {
            for (int x = 0; x < width; x += stride) {
                if (outside[y * width + x]) {
                    all[count++] = y * width + x;
                }
            }
        }
        var kept = new int[count];
        Surface surface = null;
        for (int round = 0; round < 4; round++) {
            int lit = 0;
            for (int number = 0; number < count; number++) {
                double light = light(all[number]);
                if (light > 0.965 && light < 1.06) {
                    kept[lit++] = all[number];
                }
            }
            if (lit < Math.max(40, count / 5)) {
                break;
            }
            surface = Surface.fit(3, pixels, width, height, kept, lit);
            spread(surface, all, count);
        }
        if (surface != null) {
            spread(surface);
        }
    }

    /** How much darker than the backdrop the backdrop is, 0 to 1; fades out towards the picture's edge. */
    private float[] shadow() {
        var dark = new float[pixels.length];
        var known = new float[pixels.length];
        for (int at = 0; at < dark.length; at++) {
            if (outside[at]) {
                known[at] = 1;
                dark[at] = (float) Math.clamp(1 - light(at) / LIT, 0, 1);
            }
        }
        int radius = Math.max(1, side / 240);
        for (int round = 0; round < 2; round++) {
            Blur.box(dark, width, height, radius);
            Blur.box(known, width, height, radius);
        }
        for (int at = 0; at < dark.length; at++) {
            // Under the product's rim the shadow goes on as it is beside it.
            dark[at] = known[at] < 0.004f || dark[at] < 0.002f
                    ? 0
                    : dark[at] / known[at] * smooth(inward(at) / (0.15 * side));
        }
        return dark;
    }

    /** How much of each pixel is product, with a rim one or two pixels wide that leans inward. */
    private float[] alpha() {
        var alpha = new float[pixels.length];
        for (int at = 0; at < alpha.length; at++) {
            alpha[at] = outside[at] ? 0 : 1;
        }
        Blur.box(alpha, width, height, 1);
        Blur.box(alpha, width, height, 1);
        for (int at = 0; at < alpha.length; at++) {
            // What runs out of the picture, such as a cord, fades away.
            alpha[at] = alpha[at] < 0.32f ? 0 : smooth((alpha[at] - 0.32) / 0.5) * smooth(inward(at) / (0.03 * side));
        }
        return alpha;
    }

    private int[] composed(float[] shadow, float[] alpha) {
        var result = new int[pixels.length];
        for (int at = 0; at < result.length; at++) {
            float product = alpha[at];
            float all = product + (1 - product) * shadow[at];
            if (all < 0.004f) {
                continue;
            }
            int colour = product > 0.98f || product == 0 ? pixels[at] : within(at, alpha);
            float share = product / all;
            result[at] = Math.round(all * 255) << 24
                    | Math.round(sample(colour, 0) * share) << 16
                    | Math.round(sample(colour, 1) * share) << 8
                    | Math.round(sample(colour, 2) * share);
        }
        return result;
    }

    /** The product's colour near its rim, where the pixel itself has some of the backdrop in it. */
    private int within(int at, float[] alpha) {
        int x = at % width;
        int y = at / width;
        int red = 0;
        int green = 0;
        int blue = 0;
        int count = 0;
        for (int row = Math.max(0, y - 2); row <= Math.min(height - 1, y + 2); row++) {
            for (int column = Math.max(0, x - 2); column <= Math.min(width - 1, x + 2); column++) {
                int near = row * width + column;
                if (alpha[near] > 0.98f) {
                    red += sample(pixels[near], 0);
                    green += sample(pixels[near], 1);
                    blue += sample(pixels[near], 2);
                    count++;
                }
            }
        }
        return count == 0 ? pixels[at] : ((red / count) << 16) | ((green / count) << 8) | (blue / count);
    }

    private boolean canBeBackdrop(int at) {
        double light = light(at);
        return light > DARKEST_SHADOW && light < BRIGHTEST_LIGHT && tint(at, light) <= (light > 1 ? 45 : 22);
    }

    private boolean darkens(int from, int to) {
        double light = light(to);
        return light > DARKEST_SHADOW
                && light < 1.01
                && light < light(from) + 0.003
                && tint(to, light) <= SHADOW_TINT_MAX;
    }

    /** The pixel's brightness as a share of the backdrop's there. */
    private float light(int at) {
        int colour = pixels[at];
        int from = at * CHANNELS;
        return brightness(sample(colour, 0), sample(colour, 1), sample(colour, 2))
                / brightness(backdrop[from], backdrop[from + 1], backdrop[from + 2]);
    }

    private static float brightness(float red, float green, float blue) {
        return 0.30f * red + 0.59f * green + 0.11f * blue;
    }

    /** How far the pixel's colour is from the backdrop's under that much light. */
    private double tint(int at, double light) {
        int from = at * CHANNELS;
        return distance(pixels[at], light * backdrop[from], light * backdrop[from + 1], light * backdrop[from + 2]);
    }

    private double offBackdrop(int at) {
        return tint(at, 1);
    }

    /** Pixels to the nearest edge of the picture. */
    private int inward(int at) {
        int x = at % width;
        int y = at / width;
        return Math.min(Math.min(x, width - 1 - x), Math.min(y, height - 1 - y));
    }

    private static float smooth(double share) {
        double x = Math.clamp(share, 0, 1);
        return (float) (x * x * (3 - 2 * x));
    }

    private static int distance(int one, int other) {
        return (int) distance(one, sample(other, 0), sample(other, 1), sample(other, 2));
    }

    private static double distance(int colour, double red, double green, double blue) {
        return Math.max(
                Math.abs(sample(colour, 0) - red),
                Math.max(Math.abs(sample(colour, 1) - green), Math.abs(sample(colour, 2) - blue)));
    }

    private static int sample(int colour, int channel) {
        return colour >> (16 - 8 * channel) & 0xff;
    }
}
