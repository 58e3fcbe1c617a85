package dev.renderfleet.worker.ledger;

import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonInclude.Value;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;

/**
 * Encodes ledger entries as JSON, version 1 (ADR 24): the fields of {@link StoredEntry}. Unknown fields, which a later worker wrote,
 * are ignored. Throws {@link UnreadableEntryException} for an entry of another version or one that cannot be read.
 */
public final class LedgerCodec {

    private final JsonMapper mapper = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS, SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .defaultPropertyInclusion(Value.construct(Include.NON_NULL, Include.ALWAYS))
            .build();

    /** The entry's JSON. */
    public String encode(LedgerEntry entry) {
        try {
            return mapper.writerFor(StoredEntry.class).writeValueAsString(StoredEntry.of(entry));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a ledger entry is always JSON", e);
        }
    }

    /** The entry of that JSON. */
    public LedgerEntry decode(String json) {
        try {
            JsonNode node = mapper.readTree(json);
            if (node.path("version").asInt() != StoredEntry.VERSION) {
                throw new UnreadableEntryException(
                        "ledger entry of version " + node.path("version") + "; this worker knows version "
                                + StoredEntry.VERSION,
                        null);
            }
            return mapper.treeToValue(node, StoredEntry.class).read();
        } catch (JsonProcessingException | RuntimeException e) {
            if (e instanceof UnreadableEntryException known) {
                throw known;
            }
            throw new UnreadableEntryException("a ledger entry cannot be read: " + e.getMessage(), e);
        }
    }
}
