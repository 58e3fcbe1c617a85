package dev.renderfleet.catalogue;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The wire protocols that workers have adapters for. Several providers of a catalogue may have one type. */
public enum ProviderType {
    @JsonProperty("gemini")
    GEMINI,
    @JsonProperty("vertex")
    VERTEX,
    @JsonProperty("openai")
    OPENAI,
    @JsonProperty("bfl")
    BFL,
    @JsonProperty("dashscope")
    DASHSCOPE,
    @JsonProperty("openai-compatible")
    OPENAI_COMPATIBLE,
    @JsonProperty("comfyui")
    COMFYUI,
    @JsonProperty("proof")
    PROOF;

    /** Whether it is a server of one's own, which has an address and may have no key. */
    public boolean selfHosted() {
        return this == OPENAI_COMPATIBLE || this == COMFYUI;
    }
}
