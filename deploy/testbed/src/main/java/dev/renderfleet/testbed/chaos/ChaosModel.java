package dev.renderfleet.testbed.chaos;

import dev.renderfleet.testbed.system.ModelsFile;

/** The models that jobs of a run name, one of each provider. */
enum ChaosModel {
    GEMINI("gemini", ModelsFile.MODEL),
    OPENAI("openai", "gpt-image-2.6-flare"),
    /** Its calls are tasks. */
    BFL("bfl", "flux-2-pro"),
    QWEN("dashscope", "qwen-image-3.0"),
    /** A server of one's own. */
    COMPATIBLE("vllm", "qwen-image-vllm"),
    /** Likewise, with one GPU. Its calls are tasks. */
    COMFYUI("comfy", "text-workflow");

    private final String provider;
    private final String id;

    ChaosModel(String provider, String id) {
        this.provider = provider;
        this.id = id;
    }

    /** The provider's name, also of its simulator. */
    String provider() {
        return provider;
    }

    /** Whether a call is accepted before it is answered. */
    boolean hasTasks() {
        return this == BFL || this == COMFYUI;
    }

    /** The model's id in the catalogue. */
    String id() {
        return id;
    }
}
