package dev.renderfleet.sandbox.simulators.gemini;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** The tokens a call used, as the answer reports and the ledger bills them. Blocked calls use prompt tokens as well. */
record TokenUsage(int promptText, int promptImages, int text, int images, int thoughts) {
    private static final int TALK_TOKENS = 42;

    static TokenUsage of(GenerateCall call, AnswerPlan plan) {
        int promptImages = call.references().size() * call.model().tokensPerReference();
        int promptText = call.promptTokens() - promptImages;
        int images = plan.pictures() * call.priced().tokens();
        return switch (plan.outcome()) {
            case AnswerPlan.Outcome.Blocked _ -> new TokenUsage(promptText, promptImages, 0, 0, 0);
            case AnswerPlan.Outcome.Talked _ ->
                new TokenUsage(
                        promptText, promptImages, TALK_TOKENS, 0, call.model().thoughtTokens());
            case AnswerPlan.Outcome.Drawn _ ->
                new TokenUsage(promptText, promptImages, 0, images, call.model().thoughtTokens());
            case AnswerPlan.Outcome.Ended ended ->
                new TokenUsage(
                        promptText,
                        promptImages,
                        0,
                        ended.imageTokens(),
                        call.model().thoughtTokens());
        };
    }

    int total() {
        return promptText + promptImages + text + images + thoughts;
    }

    /** USD per million tokens is micro-dollars per token. */
    long usdMicros(GeminiModel model) {
        return Math.round((promptText + promptImages) * model.inputUsdPerMillion()
                + (text + thoughts) * model.textUsdPerMillion()
                + images * model.imageUsdPerMillion());
    }

    ObjectNode toJson() {
        ObjectNode usage = JsonNodeFactory.instance.objectNode();
        usage.put("promptTokenCount", promptText + promptImages);
        if (text + images > 0) {
            usage.put("candidatesTokenCount", text + images);
        }
        usage.put("totalTokenCount", total());
        var prompt = usage.putArray("promptTokensDetails");
        prompt.addObject().put("modality", "TEXT").put("tokenCount", promptText);
        if (promptImages > 0) {
            prompt.addObject().put("modality", "IMAGE").put("tokenCount", promptImages);
        }
        if (images > 0) {
            usage.putArray("candidatesTokensDetails")
                    .addObject()
                    .put("modality", "IMAGE")
                    .put("tokenCount", images);
        }
        if (thoughts > 0) {
            usage.put("thoughtsTokenCount", thoughts);
        }
        return usage;
    }
}
