package dev.renderfleet.contracts.job;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Shape of the wanted picture.
 *
 * @param aspectRatio as {@code width:height} in whole numbers, such as {@code 16:9}; absent: the model decides
 * @param size resolution class; 1K if absent
 * @param count pictures wanted, 1 to 10; 1 if absent
 * @param format wanted file format; absent: as the model delivers it
 * @param renditions derived files wanted beside the original
 */
public record Output(
        @Nullable String aspectRatio,
        OutputSize size,
        int count,
        @Nullable ImageFormat format,
        List<Rendition> renditions) {

    /** What a job gets that says nothing: one 1K picture as the model delivers it. */
    public static final Output DEFAULT = new Output(null, OutputSize.K1, 1, null, List.of());

    public Output {
        renditions = List.copyOf(renditions);
    }
}
