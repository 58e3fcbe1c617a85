package dev.renderfleet.worker.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.worker.ledger.FinalUpdate;
import dev.renderfleet.worker.ledger.StoredParts.StoredImage;
import java.util.Objects;

/**
 * The note beside a paid picture as JSON: store the picture, then apply the final update. A later version of the worker may read it, and
 * an earlier one: unknown fields are ignored (ADR 24).
 */
record SpoolNote(StoredImage image, FinalUpdate finalUpdate) {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    SpoolNote {
        Objects.requireNonNull(image, "image is missing");
        Objects.requireNonNull(finalUpdate, "finalUpdate is missing");
    }

    static SpoolNote of(Image image, FinalUpdate finalUpdate) {
        return new SpoolNote(StoredImage.of(image), finalUpdate);
    }

    static SpoolNote read(String json) throws JsonProcessingException {
        return JSON.readValue(json, SpoolNote.class);
    }

    String json() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a note is always JSON", e);
        }
    }
}
