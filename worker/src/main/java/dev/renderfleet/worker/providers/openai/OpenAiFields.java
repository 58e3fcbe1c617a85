package dev.renderfleet.worker.providers.openai;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.renderfleet.contracts.job.Background;
import dev.renderfleet.contracts.job.ImageFormat;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.PixelSizes;
import dev.renderfleet.worker.providers.PixelSizes.PixelSize;
import dev.renderfleet.worker.providers.wire.ImagePrompt;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The fields of a request beside its files. OpenAI gets no {@code response_format} and no {@code style}, which it refuses. */
final class OpenAiFields {

    private static final PixelSizes SIZES = PixelSizes.builtIn();
    private static final JsonMapper JSON = new JsonMapper();

    /** Of a latent space. */
    private static final int EDGE_STEP = 16;

    /** LocalAI's are 32 bits with a sign. */
    private static final long SEEDS = 1L << 31;

    /** vLLM-Omni's default stores PNG without compression: 50 MB of a 4K picture. */
    private static final int PNG_COMPRESSION = 40;

    private static final String EXTRA = "sd_cpp_extra_args";

    private OpenAiFields() {}

    /** The fields; null if the model cannot draw the ratio. */
    static @Nullable Map<String, Object> of(DrawRequest request, ImagesDialect dialect) {
        Output output = request.output();
        boolean edit = !ImagePrompt.pictures(request).isEmpty();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("model", request.model());
        fields.put("prompt", prompt(request, dialect));
        fields.put("n", output.count());
        if (output.format() != null && dialect.choosesFormat()) {
            fields.put("output_format", output.format().wireName());
        }
        if (dialect == ImagesDialect.OPENAI) {
            String size = OpenAiSizes.of(output.aspectRatio(), output.size());
            if (size == null) {
                return null;
            }
            fields.put("size", size);
            ofOpenAi(output, fields);
            return fields;
        }
        String size = size(output, edit, dialect);
        if (size != null) {
            fields.put("size", size);
        }
        ofOwnServer(request, edit, dialect, fields);
        return fields;
    }

    private static void ofOpenAi(Output output, Map<String, Object> fields) {
        if (output.quality() != null) {
            fields.put("quality", output.quality().wireName());
        }
        if (output.background() != null) {
            fields.put("background", output.background() == Background.TRANSPARENT ? "transparent" : "opaque");
        }
    }

    private static void ofOwnServer(
            DrawRequest request, boolean edit, ImagesDialect dialect, Map<String, Object> fields) {
        boolean vllm = dialect == ImagesDialect.VLLM_OMNI;
        ImageFormat format = request.output().format();
        // Several files would come as a zip, and edits have no files.
        boolean file = vllm && !edit && request.output().count() == 1;
        fields.put("response_format", file ? "file" : "b64_json");
        if (vllm && (format == null || format == ImageFormat.PNG)) {
            fields.put("output_compression", PNG_COMPRESSION);
        }
        Long seed = seed(request);
        if (seed != null && dialect == ImagesDialect.XINFERENCE) {
            fields.put("kwargs", JSON.createObjectNode().put("seed", seed).toString());
        } else if (seed != null && dialect != ImagesDialect.STABLE_DIFFUSION_CPP) {
            fields.put("seed", seed);
        }
    }

    private static @Nullable Long seed(DrawRequest request) {
        return request.seed() == null ? null : Math.floorMod(request.seed(), SEEDS);
    }

    /** Without what a server would take for a command. */
    private static String prompt(DrawRequest request, ImagesDialect dialect) {
        String prompt = ImagePrompt.of(request);
        return switch (dialect) {
            case STABLE_DIFFUSION_CPP -> {
                // Without a seed each picture of a prompt is the same: its default is a number.
                Long seed = seed(request);
                yield "%s <%s>{\"seed\":%d}</%2$s>"
                        .formatted(prompt.replace(EXTRA, ""), EXTRA, seed == null ? Long.valueOf(-1) : seed);
            }
            // What follows is what the picture must not have.
            case LOCALAI -> prompt.replace('|', '/');
            case OPENAI, VLLM_OMNI, SGLANG, XINFERENCE -> prompt;
        };
    }

    /** An edit of no ratio keeps the shape of its first picture. */
    private static @Nullable String size(Output output, boolean edit, ImagesDialect dialect) {
        if (edit && output.aspectRatio() == null && output.size() == OutputSize.K1) {
            return dialect.editSize();
        }
        PixelSize pixels = SIZES.of(output.aspectRatio(), output.size());
        return stepped(pixels.width()) + "x" + stepped(pixels.height());
    }

    private static int stepped(int pixels) {
        return pixels / EDGE_STEP * EDGE_STEP;
    }
}
