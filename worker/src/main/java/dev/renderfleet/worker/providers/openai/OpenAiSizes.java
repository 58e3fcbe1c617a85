package dev.renderfleet.worker.providers.openai;

import dev.renderfleet.contracts.job.OutputSize;
import org.jspecify.annotations.Nullable;

/** Pixels within the bounds of the GPT Image models, from 2 on. */
final class OpenAiSizes {

    /** The model decides: about a megapixel. */
    static final String AUTO = "auto";

    private static final int STEP = 16;
    private static final int EDGE_MAX = 3_840;
    private static final int PIXELS_MIN = 655_360;
    private static final int PIXELS_MAX = 8_294_400;
    private static final int SIDES_MAX = 3;

    /** Well below the tolerance of the picture's check. */
    private static final double DEVIATION_MAX = 0.01;

    private OpenAiSizes() {}

    /**
     * The largest size of a ratio in a size class, such as {@code 1360x768}. 4K is what the models can do, half the pixels of 4096².
     *
     * @param aspectRatio such as {@code 16:9}; null: any
     * @return null if the models cannot draw the ratio
     */
    static @Nullable String of(@Nullable String aspectRatio, OutputSize size) {
        if (aspectRatio == null && size == OutputSize.K1) {
            return AUTO;
        }
        double ratio = aspectRatio == null ? 1 : ratio(aspectRatio);
        String found = null;
        for (int height = STEP; height <= EDGE_MAX; height += STEP) {
            int width = Math.toIntExact(Math.round(height * ratio / STEP)) * STEP;
            if (fits(width, height, pixelsMax(size)) && Math.abs((double) width / height / ratio - 1) < DEVIATION_MAX) {
                found = width + "x" + height;
            }
        }
        return found;
    }

    private static boolean fits(int width, int height, int pixelsMax) {
        int longer = Math.max(width, height);
        int pixels = width * height;
        return longer <= EDGE_MAX
                && longer <= SIDES_MAX * Math.min(width, height)
                && pixels >= PIXELS_MIN
                && pixels <= pixelsMax;
    }

    private static double ratio(String aspectRatio) {
        int colon = aspectRatio.indexOf(':');
        return Double.parseDouble(aspectRatio.substring(0, colon))
                / Double.parseDouble(aspectRatio.substring(colon + 1));
    }

    private static int pixelsMax(OutputSize size) {
        return switch (size) {
            case K1 -> 1024 * 1024;
            case K2 -> 2048 * 2048;
            case K4 -> PIXELS_MAX;
        };
    }
}
