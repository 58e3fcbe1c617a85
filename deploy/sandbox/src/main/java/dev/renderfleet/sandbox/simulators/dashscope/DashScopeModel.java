package dev.renderfleet.sandbox.simulators.dashscope;

import dev.renderfleet.sandbox.simulators.Latency.Distribution;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One model as data.
 *
 * @param services that it can be called at
 * @param newUsage whether its usage has the longer names
 * @param count of the pictures of one call, at most
 * @param references that it takes at most
 * @param pictureUsdMicros price of one picture
 */
record DashScopeModel(
        String id,
        Set<DashScopeService> services,
        boolean newUsage,
        int count,
        int references,
        int edgeMin,
        long pictureUsdMicros,
        Distribution time) {

    /** Price of one reference. */
    static final long REFERENCE_USD_MICROS = 3_000;

    private static final List<DashScopeModel> ALL = List.of(
            qwen("qwen-image-3.0", true, 3, 30_000),
            qwen("qwen-image-3.0-pro", true, 3, 40_000),
            qwen("qwen-image-2.1-pro", true, 10, 40_000),
            qwen("qwen-image-2.0", false, 3, 35_000),
            qwen("qwen-image-2.0-pro", false, 3, 75_000),
            wan("wan2.5-t2i-preview", 0, DashScopeService.TEXT2IMAGE),
            wan("wan2.6-t2i", 0, DashScopeService.MULTIMODAL, DashScopeService.IMAGE),
            wan("wan2.6-image", 4, DashScopeService.MULTIMODAL, DashScopeService.IMAGE),
            wan("wan2.7-image", 9, DashScopeService.MULTIMODAL, DashScopeService.IMAGE));

    private static DashScopeModel qwen(String id, boolean newUsage, int references, long pictureUsdMicros) {
        return new DashScopeModel(
                id,
                Set.of(DashScopeService.MULTIMODAL),
                newUsage,
                6,
                references,
                512,
                pictureUsdMicros,
                new Distribution(30, 150));
    }

    private static DashScopeModel wan(String id, int references, DashScopeService... services) {
        return new DashScopeModel(id, Set.of(services), false, 4, references, 768, 30_000, new Distribution(40, 200));
    }

    static Optional<DashScopeModel> find(String id) {
        return ALL.stream().filter(model -> model.id.equals(id)).findFirst();
    }
}
