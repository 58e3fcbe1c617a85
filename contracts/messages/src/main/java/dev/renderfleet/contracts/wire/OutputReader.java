package dev.renderfleet.contracts.wire;

import dev.renderfleet.contracts.job.Background;
import dev.renderfleet.contracts.job.ImageFormat;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.Quality;
import dev.renderfleet.contracts.job.Rendition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the requested image's shape and its renditions. */
final class OutputReader {

    static final int IMAGE_COUNT_MAX = 10;
    static final int RENDITION_COUNT_MAX = 16;
    static final int RENDITION_PIXELS_MAX = 16_384;

    private OutputReader() {}

    static Output read(JsonFields job) {
        JsonFields output = job.objectOrNull("output");
        if (output == null) {
            return Output.DEFAULT;
        }
        String aspectRatio = output.textOrNull("aspectRatio");
        if (aspectRatio != null) {
            String rule = "aspectRatio is two numbers from 1 to 99 joined by a colon, such as 16:9";
            RuleViolation.check(
                    output.at("aspectRatio"), TextRules.matching(TextRules.ASPECT_RATIO, aspectRatio, rule));
        }
        OutputSize size = output.oneOfOrNull("size", OutputSize.class);
        ImageFormat format = output.oneOfOrNull("format", ImageFormat.class);
        Background background = output.oneOfOrNull("background", Background.class);
        if (background == Background.TRANSPARENT && format == ImageFormat.JPEG) {
            throw output.violation("background", "JPEG has no transparency; ask for png or webp, or leave format out");
        }
        return new Output(
                aspectRatio,
                size == null ? Output.DEFAULT.size() : size,
                (int) output.integer("count", 1, IMAGE_COUNT_MAX, Output.DEFAULT.count()),
                format,
                output.oneOfOrNull("quality", Quality.class),
                background,
                renditions(output));
    }

    private static List<Rendition> renditions(JsonFields output) {
        List<Rendition> renditions = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (JsonFields rendition : output.objects("renditions", RENDITION_COUNT_MAX)) {
            String name = rendition.text("name");
            String rule = "name has 1 to 64 characters of a-z 0-9 _ -";
            RuleViolation.check(rendition.at("name"), TextRules.matching(TextRules.RENDITION_NAME, name, rule));
            if (!names.add(name)) {
                throw rendition.violation("name", "two renditions have the same name; rename one");
            }
            renditions.add(new Rendition(
                    name,
                    pixels(rendition, "width"),
                    pixels(rendition, "height"),
                    rendition.oneOfOrNull("format", ImageFormat.class)));
        }
        return renditions;
    }

    private static @Nullable Integer pixels(JsonFields rendition, String name) {
        Long pixels = rendition.integerOrNull(name, 1, RENDITION_PIXELS_MAX);
        return pixels == null ? null : Math.toIntExact(pixels);
    }
}
