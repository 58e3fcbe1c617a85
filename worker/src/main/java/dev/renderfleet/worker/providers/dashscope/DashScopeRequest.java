package dev.renderfleet.worker.providers.dashscope;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.wire.ImagePrompt;
import dev.renderfleet.worker.providers.wire.StreamedJson;
import dev.renderfleet.worker.providers.wire.StreamedJson.JsonFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import okhttp3.MediaType;
import org.jspecify.annotations.Nullable;

/** Writes the body of a call. References stream from the spool as {@code data:} URLs. */
final class DashScopeRequest {

    private static final MediaType JSON = MediaType.get("application/json");
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final long REFERENCE_BYTES_MAX = 10L * 1024 * 1024;

    /** Seeds are whole numbers from 0 on. */
    private static final long SEEDS = 1L << 31;

    private static final int QWEN_PICTURES_MAX = 6;
    private static final int WAN_PICTURES_MAX = 4;

    private static final int EDGE_STEP = 16;
    private static final int PIXELS_MIN = 512 * 512;
    private static final int SIDES_MAX = 8;

    /** Well below the tolerance of the picture's check. */
    private static final double DEVIATION_MAX = 0.01;

    private DashScopeRequest() {}

    /** Whether the model is called by a task: Wan, which may take minutes. */
    static boolean asTask(String model) {
        return model.startsWith("wan");
    }

    /** Why the model cannot do what is requested, for the job's author; null if it can. */
    static @Nullable String objection(DrawRequest request) {
        for (ReferencePicture reference : request.references()) {
            if (reference.role() == ReferenceRole.MASK) {
                return request.model() + " takes no mask";
            }
            if (reference.bytes() > REFERENCE_BYTES_MAX) {
                return request.model() + " takes references of at most 10 MB";
            }
        }
        String ratio = request.output().aspectRatio();
        return size(ratio, request.output().size()) == null
                ? "%s cannot draw %s at %s"
                        .formatted(
                                request.model(),
                                ratio == null ? "a picture" : ratio,
                                request.output().size().wireName())
                : null;
    }

    /** The body. Throws if a reference cannot be read. */
    static StreamedJson of(DrawRequest request) throws IOException {
        List<JsonFile> files = new ArrayList<>();
        ObjectNode body = MAPPER.createObjectNode().put("model", request.model());
        ArrayNode content = body.putObject("input")
                .putArray("messages")
                .addObject()
                .put("role", "user")
                .putArray("content");
        for (ReferencePicture reference : ImagePrompt.pictures(request)) {
            JsonFile file = JsonFile.of(reference.file());
            files.add(file);
            content.addObject().put("image", "data:" + reference.mime() + ";base64," + file.placeholder());
        }
        content.addObject().put("text", ImagePrompt.of(request));
        ObjectNode parameters = body.putObject("parameters");
        String ratio = request.output().aspectRatio();
        // An edit without a ratio keeps the shape of its references, and has about a megapixel.
        if (ratio != null || files.isEmpty() || request.output().size() != OutputSize.K1) {
            parameters.put("size", size(ratio, request.output().size()));
        }
        int most = asTask(request.model()) ? WAN_PICTURES_MAX : QWEN_PICTURES_MAX;
        parameters
                .put("n", Math.min(request.output().count(), most))
                // The prompt is sent unchanged, and the picture has no watermark.
                .put("prompt_extend", false)
                .put("watermark", false);
        if (request.seed() != null) {
            parameters.put("seed", Math.floorMod(request.seed(), SEEDS));
        }
        return StreamedJson.of(MAPPER.writeValueAsBytes(body), JSON, files);
    }

    /**
     * The largest size of a ratio in a size class, such as {@code 1360*768}.
     *
     * @param aspectRatio such as {@code 16:9}; null: square
     * @return null if the models cannot draw it
     */
    static @Nullable String size(@Nullable String aspectRatio, OutputSize size) {
        int pixelsMax = switch (size) {
            case K1 -> 1024 * 1024;
            case K2 -> 2048 * 2048;
            case K4 -> 0;
        };
        double ratio = aspectRatio == null ? 1 : ratio(aspectRatio);
        int highest = (int) Math.sqrt(pixelsMax / ratio) / EDGE_STEP * EDGE_STEP;
        for (int height = highest; height > 0; height -= EDGE_STEP) {
            int width = Math.toIntExact(Math.round(height * ratio / EDGE_STEP)) * EDGE_STEP;
            int pixels = width * height;
            if (pixels >= PIXELS_MIN
                    && pixels <= pixelsMax
                    && Math.max(width, height) <= SIDES_MAX * Math.min(width, height)
                    && Math.abs((double) width / height / ratio - 1) < DEVIATION_MAX) {
                return width + "*" + height;
            }
        }
        return null;
    }

    private static double ratio(String aspectRatio) {
        int colon = aspectRatio.indexOf(':');
        return Double.parseDouble(aspectRatio.substring(0, colon))
                / Double.parseDouble(aspectRatio.substring(colon + 1));
    }
}
