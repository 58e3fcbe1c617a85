package dev.renderfleet.worker.providers.openai;

import dev.renderfleet.catalogue.ServerProfile;
import org.jspecify.annotations.Nullable;

/** Whose form of OpenAI's Images API is spoken: the differences between the servers, and nothing else. */
public enum ImagesDialect {
    OPENAI("mask", true, "auto"),
    VLLM_OMNI("mask_image", true, "auto"),
    SGLANG("mask", true, null),
    /** Its field for what the API lacks is a tag in the prompt. */
    STABLE_DIFFUSION_CPP("mask", true, null),
    /** Has no edits: references are in the JSON of generations. */
    LOCALAI(null, false, null),
    XINFERENCE(null, false, "original");

    private final @Nullable String maskField;
    private final boolean choosesFormat;
    private final @Nullable String editSize;

    ImagesDialect(@Nullable String maskField, boolean choosesFormat, @Nullable String editSize) {
        this.maskField = maskField;
        this.choosesFormat = choosesFormat;
        this.editSize = editSize;
    }

    /** That of a server of one's own. */
    public static ImagesDialect of(ServerProfile profile) {
        return switch (profile) {
            case VLLM_OMNI -> VLLM_OMNI;
            case SGLANG -> SGLANG;
            case STABLE_DIFFUSION_CPP -> STABLE_DIFFUSION_CPP;
            case LOCALAI -> LOCALAI;
            case XINFERENCE -> XINFERENCE;
        };
    }

    /** The part of an edit that is the mask; null: it takes none. */
    @Nullable
    String maskField() {
        return maskField;
    }

    /** Whether a request may name the picture's format. */
    boolean choosesFormat() {
        return choosesFormat;
    }

    /** The size of an edit that keeps the shape of its first picture; null: none is sent. */
    @Nullable
    String editSize() {
        return editSize;
    }
}
