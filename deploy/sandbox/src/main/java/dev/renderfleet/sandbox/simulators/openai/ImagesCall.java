package dev.renderfleet.sandbox.simulators.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.pictures.PictureRequest.Style;
import dev.renderfleet.sandbox.simulators.ReferenceLoader.Reference;
import dev.renderfleet.sandbox.simulators.SimulatedCall;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A call of generations or edits that passed the checks: everything that decides the answer. */
record ImagesCall(
        OpenAiModel model,
        String prompt,
        List<Reference> references,
        Optional<Reference> mask,
        Canvas canvas,
        int count,
        String quality,
        Delivery delivery,
        String digest) {
    /** OpenAI publishes no number of tokens for an input picture of these models; this is near that of the older ones. */
    private static final int TOKENS_PER_REFERENCE = 1_056;

    private static final int CHARS_PER_TOKEN = 4;

    ImagesCall {
        references = List.copyOf(references);
    }

    /**
     * How the pictures come.
     *
     * @param form {@code b64_json}, {@code file} or {@code url}
     * @param seed of the first; empty: the simulator's
     */
    record Delivery(String form, OptionalLong seed) {}

    /** Pixels and file of each picture. */
    record Canvas(int width, int height, String format, boolean transparent) {
        String mime() {
            return "image/" + format;
        }

        Style style() {
            return transparent ? Style.CUTOUT : Style.SCENE;
        }
    }

    /** The tokens of a call, as the answer reports and the ledger bills them. */
    record ImagesUsage(int text, int imagesIn, int imagesOut) {
        int total() {
            return text + imagesIn + imagesOut;
        }

        long usdMicros(OpenAiModel model) {
            return (long) text * model.textUsd()
                    + (long) imagesIn * model.imageInUsd()
                    + (long) imagesOut * model.imageOutUsd();
        }

        ObjectNode toJson() {
            ObjectNode usage = SimulatorJson.newObject().put("input_tokens", text + imagesIn);
            usage.putObject("input_tokens_details").put("text_tokens", text).put("image_tokens", imagesIn);
            usage.put("output_tokens", imagesOut);
            usage.putObject("output_tokens_details")
                    .put("image_tokens", imagesOut)
                    .put("text_tokens", 0);
            return usage.put("total_tokens", total());
        }
    }

    SimulatedCall facts() {
        return new SimulatedCall(model.id(), prompt, digest);
    }

    ImagesUsage usage(int pictures) {
        if (model.isFree()) {
            return new ImagesUsage(0, 0, 0);
        }
        int pictureInputs = references.size() + (mask.isPresent() ? 1 : 0);
        return new ImagesUsage(
                Math.max(1, prompt.length() / CHARS_PER_TOKEN),
                pictureInputs * TOKENS_PER_REFERENCE,
                pictures * model.tokens(quality, canvas.width(), canvas.height()));
    }
}
