package dev.renderfleet.sandbox.simulators.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.simulators.Latency.Distribution;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One model as data. Prices are USD per million tokens, which is micro-dollars per token.
 *
 * @param released by which the API says "created"
 * @param shutdown the first day (UTC) without the model; null: not known
 * @param qualities it accepts beside auto
 * @param low how long a picture of low quality takes
 * @param high how long a picture of high quality takes
 */
record OpenAiModel(
        String id,
        LocalDate released,
        @Nullable LocalDate shutdown,
        List<String> qualities,
        Distribution low,
        Distribution high,
        int textUsd,
        int imageInUsd,
        int imageOutUsd) {
    /** The factor of the output tokens, in the order in which the qualities rise. */
    private static final Map<String, Integer> QUALITY_FACTORS =
            Map.of("low", 16, "medium", 48, "high", 96, "xhigh", 144, "max", 192);

    private static final List<String> TO_HIGH = List.of("low", "medium", "high");
    private static final List<String> TO_MAX = List.of("low", "medium", "high", "xhigh", "max");
    private static final Distribution FLARE_LOW = new Distribution(6, 20);
    private static final Distribution FLARE_HIGH = new Distribution(25, 90);
    private static final Distribution SUNBURST_LOW = new Distribution(12, 40);
    private static final Distribution SUNBURST_HIGH = new Distribution(45, 120);

    private static final Distribution OWN = new Distribution(8, 30);

    private static final List<OpenAiModel> ALL = Stream.of(
                    flare("gpt-image-2.6-flare", "2026-11-04"),
                    sunburst("gpt-image-2.6-sunburst", "2026-11-04"),
                    flare("gpt-image-2.5-flare", "2026-09-08"),
                    flare("gpt-image-2.5-flare-2026-09-08", "2026-09-08"),
                    sunburst("gpt-image-2.5-sunburst", "2026-09-08"),
                    sunburst("gpt-image-2.5-sunburst-2026-09-08", "2026-09-08"),
                    older("gpt-image-2", "2026-04-21", null, 30),
                    older("gpt-image-2-2026-04-21", "2026-04-21", null, 30),
                    older("gpt-image-1.5", "2025-12-16", "2026-12-01", 32),
                    older("gpt-image-1.5-2025-12-16", "2025-12-16", "2026-12-01", 32),
                    older("chatgpt-image-latest", "2025-12-16", "2026-12-01", 32),
                    older("gpt-image-1-mini", "2025-10-06", "2026-12-01", 8),
                    older("gpt-image-1", "2025-04-23", "2026-10-23", 40),
                    older("dall-e-3", "2023-11-06", "2026-05-12", 40))
            .toList();

    OpenAiModel {
        qualities = List.copyOf(qualities);
    }

    private static OpenAiModel flare(String id, String released) {
        return new OpenAiModel(id, LocalDate.parse(released), null, TO_MAX, FLARE_LOW, FLARE_HIGH, 5, 8, 30);
    }

    private static OpenAiModel sunburst(String id, String released) {
        return new OpenAiModel(id, LocalDate.parse(released), null, TO_MAX, SUNBURST_LOW, SUNBURST_HIGH, 5, 8, 30);
    }

    private static OpenAiModel older(String id, String released, @Nullable String shutdown, int imageOutUsd) {
        LocalDate last = shutdown == null ? null : LocalDate.parse(shutdown);
        return new OpenAiModel(
                id, LocalDate.parse(released), last, TO_HIGH, SUNBURST_LOW, SUNBURST_HIGH, 5, 8, imageOutUsd);
    }

    /** One of a server of one's own, which counts no tokens. */
    static OpenAiModel own(String id) {
        return new OpenAiModel(id, LocalDate.EPOCH, null, TO_MAX, OWN, OWN, 0, 0, 0);
    }

    boolean isFree() {
        return imageOutUsd == 0;
    }

    /** The models that are alive on that day. */
    static List<OpenAiModel> alive(LocalDate today) {
        return ALL.stream().filter(model -> model.isAlive(today)).toList();
    }

    /** The model of that id, also one that was shut down. */
    static Optional<OpenAiModel> known(String id) {
        return ALL.stream().filter(model -> model.id.equals(id)).findFirst();
    }

    boolean isAlive(LocalDate today) {
        return shutdown == null || today.isBefore(shutdown);
    }

    Distribution latency(String quality) {
        return switch (quality) {
            case "low" -> low;
            case "medium" ->
                new Distribution(
                        (low.medianSeconds() + high.medianSeconds()) / 2, (low.p99Seconds() + high.p99Seconds()) / 2);
            default -> high;
        };
    }

    /** The output tokens of one picture: OpenAI's own calculator for gpt-image-2, taken for all. */
    int tokens(String quality, int width, int height) {
        int factor = QUALITY_FACTORS.getOrDefault(quality, 0);
        double shorter = Math.round((double) factor * Math.min(width, height) / Math.max(width, height));
        return (int) Math.ceil(factor * shorter * (2_000_000 + (double) width * height) / 4_000_000);
    }

    /** The JSON of {@code GET /v1/models/<id>}. */
    ObjectNode describe() {
        return SimulatorJson.newObject()
                .put("id", id)
                .put("object", "model")
                .put("created", released.atStartOfDay(ZoneOffset.UTC).toEpochSecond())
                .put("owned_by", "system")
                .put("shutdown_date", shutdown == null ? null : shutdown.toString());
    }
}
