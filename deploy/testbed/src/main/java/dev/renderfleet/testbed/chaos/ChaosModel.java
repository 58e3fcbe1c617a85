package dev.renderfleet.testbed.chaos;

import dev.renderfleet.catalogue.ModelCard;
import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.testbed.system.ModelsFile;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The models that jobs of a run name, one of each provider. */
enum ChaosModel {
    GEMINI(ModelsFile.MODEL, "503", "BLOCK_SAFETY"),
    OPENAI("gpt-image-2.6-flare", "404", "MODERATION"),
    /** Its calls are tasks. */
    BFL("flux-2-pro", "503", "REQUEST_MODERATED"),
    QWEN("qwen-image-3.0", "SERVICE_UNAVAILABLE", null),
    /** A server of one's own. */
    COMPATIBLE("qwen-image-vllm", "LOADING", null),
    /** Likewise, with one GPU. Its calls are tasks. */
    COMFYUI("text-workflow", "503", null);

    private static final class Simulated {
        static final ModelCatalogue CATALOGUE = ModelsFile.catalogue();
    }

    private final String busy;
    private final @Nullable String refusal;

    @SuppressWarnings("ImmutableEnumChecker") // A record that copies its collections.
    private final ModelCard card;

    ChaosModel(String id, String busy, @Nullable String refusal) {
        this.busy = busy;
        this.refusal = refusal;
        this.card = Objects.requireNonNull(Simulated.CATALOGUE.find(id), id);
    }

    /** The provider's name, also of its simulator. */
    String provider() {
        return card.provider();
    }

    /** Whether a call is accepted before it is answered. */
    boolean hasTasks() {
        return this == BFL || this == COMFYUI;
    }

    /** The model's id in the catalogue. */
    String id() {
        return card.id();
    }

    /** Whether it can edit the image of another job. */
    boolean edits() {
        return card.referencesMax() > 0;
    }

    /** Whether the router may choose it for a job that names no model. */
    boolean isChosenByRouter() {
        return !card.onlyByName();
    }

    /** The directive of a fault that only this model's first call meets: so a job goes on well with another model. */
    String once(String fault) {
        return " [[sim:" + fault + " model=" + card.servedName() + "*1]]";
    }

    /** The directive with which this model's first call is refused at once, and not billed. */
    String busyOnce() {
        return once(busy);
    }

    /** The directive with which the provider refuses the prompt each time; null: none is known. */
    @Nullable
    String refusedAlways() {
        return refusal == null ? null : " [[sim:" + refusal + "]]";
    }
}
