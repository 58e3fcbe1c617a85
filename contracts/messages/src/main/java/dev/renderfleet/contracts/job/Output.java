package dev.renderfleet.contracts.job;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Shape of the requested image.
 *
 * @param aspectRatio as {@code width:height} in whole numbers, such as {@code 16:9}; absent: the model's default
 * @param size resolution class; 1K if absent
 * @param count number of images, 1 to 10; 1 if absent
 * @param format file format; absent: as delivered by the model
 * @param quality effort of the model; absent: the model's default
 * @param background transparent or opaque; absent: the model's default
 * @param renditions derived files, in addition to the original
 */
public record Output(
        @Nullable String aspectRatio,
        OutputSize size,
        int count,
        @Nullable ImageFormat format,
        @Nullable Quality quality,
        @Nullable Background background,
        List<Rendition> renditions) {

    /** The default: one 1K image as delivered by the model. */
    public static final Output DEFAULT = of(null, OutputSize.K1);

    public Output {
        renditions = List.copyOf(renditions);
    }

    /** The same shape, so many times. */
    public Output times(int images) {
        return new Output(aspectRatio, size, images, format, quality, background, renditions);
    }

    /** One image of that shape, as delivered by the model. */
    public static Output of(@Nullable String aspectRatio, OutputSize size) {
        return new Output(aspectRatio, size, 1, null, null, null, List.of());
    }
}
