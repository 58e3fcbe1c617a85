package dev.renderfleet.worker.providers;

import dev.renderfleet.contracts.job.OutputSize;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Pixels of each aspect ratio and size, from {@code pixel-sizes.csv}; other ratios get about the same area. Immutable.
 */
public final class PixelSizes {

    /** Pixels of a picture. */
    public record PixelSize(int width, int height) {}

    private static final Pattern RATIO = Pattern.compile("([1-9]\\d{0,3}):([1-9]\\d{0,3})");
    private static final Pattern COMMA = Pattern.compile("\\s*,\\s*");

    /** More extreme ratios are computed as this. */
    private static final double RATIO_MAX = 8;

    private final Map<String, List<PixelSize>> table;

    private PixelSizes(Map<String, List<PixelSize>> table) {
        this.table = Map.copyOf(table);
    }

    /** Reads the built-in table. */
    public static PixelSizes builtIn() {
        try (InputStream in = Objects.requireNonNull(PixelSizes.class.getResourceAsStream("pixel-sizes.csv"))) {
            Map<String, List<PixelSize>> table = new HashMap<>();
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(line -> List.of(COMMA.split(line.strip())))
                    .forEach(row -> table.put(
                            row.getFirst(),
                            row.subList(1, 4).stream().map(PixelSizes::parse).toList()));
            return new PixelSizes(table);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The pixels for a ratio and a size.
     *
     * @param aspectRatio such as {@code 16:9}; null: square
     */
    public PixelSize of(@Nullable String aspectRatio, OutputSize size) {
        List<PixelSize> row = table.get(aspectRatio == null ? "1:1" : aspectRatio);
        return row != null ? row.get(column(size)) : computed(Objects.requireNonNull(aspectRatio), size);
    }

    private PixelSize computed(String aspectRatio, OutputSize size) {
        var ratio = RATIO.matcher(aspectRatio);
        if (!ratio.matches()) {
            throw new IllegalArgumentException("not an aspect ratio: " + aspectRatio);
        }
        double wide = Math.clamp(
                Double.parseDouble(ratio.group(1)) / Double.parseDouble(ratio.group(2)), 1 / RATIO_MAX, RATIO_MAX);
        int edge = of("1:1", size).width();
        return new PixelSize(multipleOf8(edge * Math.sqrt(wide)), multipleOf8(edge / Math.sqrt(wide)));
    }

    private static int multipleOf8(double pixels) {
        return (int) Math.round(pixels / 8) * 8;
    }

    private static int column(OutputSize size) {
        return switch (size) {
            case K1 -> 0;
            case K2 -> 1;
            case K4 -> 2;
        };
    }

    private static PixelSize parse(String text) {
        int x = text.indexOf('x');
        return new PixelSize(Integer.parseInt(text.substring(0, x)), Integer.parseInt(text.substring(x + 1)));
    }
}
