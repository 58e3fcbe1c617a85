package dev.renderfleet.worker.providers.bfl;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.contracts.job.Grounding;
import dev.renderfleet.contracts.job.ImageFormat;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.PixelSizes;
import dev.renderfleet.worker.providers.PixelSizes.PixelSize;
import dev.renderfleet.worker.providers.wire.ImagePrompt;
import dev.renderfleet.worker.providers.wire.StreamedJson;
import dev.renderfleet.worker.providers.wire.StreamedJson.JsonFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import okhttp3.MediaType;
import org.jspecify.annotations.Nullable;

/** Writes the body of a submission. References stream from the spool as bare base64. */
final class BflRequest {

    private static final MediaType JSON = MediaType.get("application/json");
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final PixelSizes SIZES = PixelSizes.builtIn();

    /** FLUX.2 draws edges of a multiple of this. */
    private static final int EDGE_STEP = 16;

    private static final int PIXELS_MAX = 4 * 1024 * 1024;

    /** Seeds are whole numbers from 0 on. */
    private static final long SEEDS = 1L << 31;

    private final DrawRequest request;
    private final ObjectNode body = MAPPER.createObjectNode();
    private final List<JsonFile> files = new ArrayList<>();

    private BflRequest(DrawRequest request) {
        this.request = request;
    }

    /** Which fields a model takes; ids that come later are taken for FLUX.3. */
    private enum Form {
        FLUX_3,
        FLUX_2,
        KONTEXT,
        FILL,
        FLUX_1,
        ULTRA;

        static Form of(String model) {
            if (model.endsWith("-fill")) {
                return FILL;
            }
            if (model.startsWith("flux-2-")) {
                return FLUX_2;
            }
            if (model.startsWith("flux-kontext")) {
                return KONTEXT;
            }
            return !model.startsWith("flux-pro-1") ? FLUX_3 : model.endsWith("-ultra") ? ULTRA : FLUX_1;
        }
    }

    /** Why the model cannot do what is requested, for the job's author; null if it can. */
    static @Nullable String objection(DrawRequest request) {
        int masks = ImagePrompt.masks(request).size();
        if (Form.of(request.model()) == Form.FILL) {
            return masks == 1 && request.references().size() == 2
                    ? null
                    : request.model() + " needs one reference and one mask";
        }
        return masks == 0 ? null : request.model() + " takes no mask";
    }

    /** The body. Throws if a reference cannot be read. */
    static StreamedJson of(DrawRequest request) throws IOException {
        return new BflRequest(request).written();
    }

    private StreamedJson written() throws IOException {
        body.put("prompt", ImagePrompt.of(request));
        List<ReferencePicture> references = ImagePrompt.pictures(request);
        switch (Form.of(request.model())) {
            case FLUX_3 -> {
                if (!references.isEmpty()) {
                    ArrayNode images = body.putArray("images");
                    for (ReferencePicture reference : references) {
                        images.add(placeholder(reference));
                    }
                }
                body.put("resolution", request.output().size().wireName().toLowerCase(Locale.ROOT));
                ratio();
                // The API's own default is a web search, which costs.
                Grounding grounding = request.grounding();
                body.put("grounding", grounding != null && (grounding.webSearch() || grounding.imageSearch()));
            }
            case FLUX_2 -> {
                numbered(references);
                pixels(references.isEmpty());
                seedAndFormat();
            }
            case KONTEXT -> {
                numbered(references);
                ratio();
                seedAndFormat();
            }
            case FILL -> {
                body.put("image", placeholder(references.getFirst()));
                // White is what changes, as in ours.
                body.put("mask", placeholder(ImagePrompt.masks(request).getFirst()));
                seedAndFormat();
            }
            case FLUX_1 -> {
                pixels(true);
                seedAndFormat();
            }
            case ULTRA -> {
                ratio();
                seedAndFormat();
            }
        }
        return StreamedJson.of(MAPPER.writeValueAsBytes(body), JSON, files);
    }

    private void numbered(List<ReferencePicture> references) throws IOException {
        for (int i = 0; i < references.size(); i++) {
            body.put(i == 0 ? "input_image" : "input_image_" + (i + 1), placeholder(references.get(i)));
        }
    }

    private String placeholder(ReferencePicture reference) throws IOException {
        JsonFile file = JsonFile.of(reference.file());
        files.add(file);
        return file.placeholder();
    }

    private void ratio() {
        if (request.output().aspectRatio() != null) {
            body.put("aspect_ratio", request.output().aspectRatio());
        }
    }

    /** @param always also without a ratio; an edit keeps the shape of its first reference then */
    private void pixels(boolean always) {
        String ratio = request.output().aspectRatio();
        if (ratio != null || always) {
            PixelSize wanted = SIZES.of(ratio, request.output().size());
            double scale = Math.min(1, Math.sqrt(PIXELS_MAX / ((double) wanted.width() * wanted.height())));
            body.put("width", stepped(wanted.width() * scale));
            body.put("height", stepped(wanted.height() * scale));
        }
    }

    private static int stepped(double pixels) {
        return EDGE_STEP * (int) (pixels / EDGE_STEP);
    }

    private void seedAndFormat() {
        if (request.seed() != null) {
            body.put("seed", Math.floorMod(request.seed(), SEEDS));
        }
        ImageFormat format = request.output().format();
        if (format == ImageFormat.PNG || format == ImageFormat.JPEG) {
            body.put("output_format", format.wireName());
        }
    }
}
