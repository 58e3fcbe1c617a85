package dev.renderfleet.worker.job;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.worker.ledger.FinalUpdate;
import dev.renderfleet.worker.ledger.StoredParts.StoredImage;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The note beside the paid pictures of one answer as JSON: store them, then apply the update. A later version of the worker may read it,
 * and an earlier one: unknown fields are ignored (ADR 24).
 *
 * @param image the first one
 * @param more the others; null: there are none
 */
record SpoolNote(
        StoredImage image,
        FinalUpdate finalUpdate,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<StoredImage> more) {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    SpoolNote {
        Objects.requireNonNull(image, "image is missing");
        Objects.requireNonNull(finalUpdate, "finalUpdate is missing");
        more = more == null || more.isEmpty() ? null : List.copyOf(more);
    }

    /** @param images one or more */
    static SpoolNote of(List<Image> images, FinalUpdate finalUpdate) {
        List<StoredImage> stored = images.stream().map(StoredImage::of).toList();
        return new SpoolNote(stored.getFirst(), finalUpdate, stored.subList(1, stored.size()));
    }

    /** The images, in the order of their files. */
    List<Image> images() {
        return Stream.concat(Stream.of(image), more == null ? Stream.empty() : more.stream())
                .map(StoredImage::read)
                .toList();
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
