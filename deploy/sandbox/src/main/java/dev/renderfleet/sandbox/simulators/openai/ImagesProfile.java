package dev.renderfleet.sandbox.simulators.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whose Images API is simulated: OpenAI's, or that of a server that anyone can run. Those bill nothing, need no key, ignore fields that
 * they do not know, and draw any size.
 */
public enum ImagesProfile {
    OPENAI("openai", "mask", "b64_json"),
    VLLM_OMNI("vllm", "mask_image", "b64_json"),
    SGLANG("sglang", "mask", "url"),
    STABLE_DIFFUSION_CPP("sdcpp", "mask", "b64_json"),
    LOCALAI("localai", null, "url"),
    XINFERENCE("xinference", null, "url");

    /** The model that a server of one's own has loaded. */
    public static final String SERVED = "Qwen/Qwen-Image-2512";

    private final String simulator;
    private final @Nullable String maskField;
    private final String responseFormat;

    ImagesProfile(String simulator, @Nullable String maskField, String responseFormat) {
        this.simulator = simulator;
        this.maskField = maskField;
        this.responseFormat = responseFormat;
    }

    /** The simulator's name. */
    public String simulator() {
        return simulator;
    }

    boolean isOwnServer() {
        return this != OPENAI;
    }

    boolean isFile(String field) {
        return List.of("image", "image[]").contains(field) || field.equals(maskField);
    }

    boolean isMask(String field) {
        return field.equals(maskField);
    }

    /** Of an answer to a request that names none. */
    String responseFormat() {
        return responseFormat;
    }

    /** Why a server of one's own does not draw with a model; stable-diffusion.cpp and SGLang do not look at the name. */
    Optional<OpenAiError> refusal(String model) {
        if (model.equals(SERVED)) {
            return Optional.empty();
        }
        return switch (this) {
            case VLLM_OMNI ->
                Optional.of(OpenAiError.invalid(
                        null,
                        null,
                        "Model mismatch: request specifies '%s' but server is running '%s'.".formatted(model, SERVED)));
            case XINFERENCE ->
                Optional.of(
                        OpenAiError.invalid(null, null, "Model not found in the model list, uid: %s".formatted(model)));
            case LOCALAI -> Optional.of(OpenAiError.noModel(model));
            case OPENAI, SGLANG, STABLE_DIFFUSION_CPP -> Optional.empty();
        };
    }

    /** The error as this server phrases it: OpenAI's object, FastAPI's detail, or a text. */
    HttpResponse response(OpenAiError error) {
        return switch (this) {
            case OPENAI, LOCALAI -> error.response();
            case VLLM_OMNI, SGLANG, XINFERENCE -> text(error, "detail");
            case STABLE_DIFFUSION_CPP -> text(error, "error");
        };
    }

    private static HttpResponse text(OpenAiError error, String field) {
        ObjectNode body = SimulatorJson.newObject().put(field, error.message());
        HttpResponse response = HttpResponse.text(error.status(), "application/json", SimulatorJson.write(body));
        for (var header : error.headers().entrySet()) {
            response = response.withHeader(header.getKey(), header.getValue());
        }
        return response;
    }
}
