package dev.renderfleet.sandbox.pictures;

/** The plainest soft focus: the mean over a square. Twice in a row it looks round. */
final class Blur {
    private Blur() {}

    /** In place; beyond the edge everything is as at the edge. Takes the same time for every radius. */
    static void box(float[] plane, int width, int height, int radius) {
        var before = plane.clone();
        float share = 1f / (2 * radius + 1);
        for (int y = 0; y < height; y++) {
            int row = y * width;
            float sum = 0;
            for (int x = -radius - 1; x < radius; x++) {
                sum += before[row + Math.clamp(x, 0, width - 1)];
            }
            for (int x = 0; x < width; x++) {
                sum += before[row + Math.min(x + radius, width - 1)] - before[row + Math.max(x - radius - 1, 0)];
                plane[row + x] = sum * share;
            }
        }
        System.arraycopy(plane, 0, before, 0, before.length);
        var sums = new float[width];
        for (int y = -radius - 1; y < radius; y++) {
            add(sums, before, Math.clamp(y, 0, height - 1) * width, 1);
        }
        for (int y = 0; y < height; y++) {
            add(sums, before, Math.min(y + radius, height - 1) * width, 1);
            add(sums, before, Math.max(y - radius - 1, 0) * width, -1);
            for (int x = 0; x < width; x++) {
                plane[y * width + x] = sums[x] * share;
            }
        }
    }

    private static void add(float[] sums, float[] plane, int row, int sign) {
        for (int x = 0; x < sums.length; x++) {
            sums[x] += sign * plane[row + x];
        }
    }
}
