package dev.renderfleet.worker.ledger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.wire.EventCodec;
import dev.renderfleet.worker.ledger.LedgerEntry.Claimed;
import dev.renderfleet.worker.ledger.LedgerEntry.Failed;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.ledger.LedgerEntry.Parked;
import dev.renderfleet.worker.ledger.LedgerEntry.PendingCall;
import dev.renderfleet.worker.ledger.LedgerEntry.Rendered;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Encodes ledger entries as JSON, version 1: {@code version}, {@code state} and the fields of the state. Throws
 * {@link UnreadableEntryException} for an entry of another version or one that cannot be read.
 */
public final class LedgerCodec {

    private static final int VERSION = 1;

    private final ObjectMapper mapper = new ObjectMapper()
            .registerModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);
    private final EventCodec events;

    public LedgerCodec(EventCodec events) {
        this.events = events;
    }

    /** The entry's JSON. */
    public String encode(LedgerEntry entry) {
        ObjectNode json = mapper.createObjectNode();
        json.put("version", VERSION);
        json.put("fingerprint", entry.fingerprint());
        switch (entry) {
            case Claimed claimed ->
                json.put("state", "claimed")
                        .put("owner", claimed.owner())
                        .put("run", claimed.run())
                        .put("lease", claimed.lease().toString())
                        .set("pending", mapper.valueToTree(claimed.pending()));
            case Parked _ -> json.put("state", "parked");
            case Rendered rendered ->
                json.put("state", "rendered")
                        .put("record", rendered.record())
                        .set("outcome", outcome(rendered.outcome()));
            case Failed failed ->
                json.put("state", "failed")
                        .put("record", failed.record())
                        .put("endedAt", failed.endedAt().toString())
                        .set("outcome", outcome(failed.outcome()));
        }
        json.set("history", mapper.valueToTree(entry.history()));
        return json.toString();
    }

    /** The entry of that JSON. */
    public LedgerEntry decode(String json) {
        try {
            JsonNode node = mapper.readTree(json);
            if (node.path("version").asInt() != VERSION) {
                throw new UnreadableEntryException(
                        "ledger entry of version " + node.path("version") + "; this worker knows version " + VERSION,
                        null);
            }
            String fingerprint = text(node, "fingerprint");
            History history = complete(mapper.treeToValue(node.required("history"), History.class));
            return switch (text(node, "state")) {
                case "claimed" ->
                    new Claimed(
                            fingerprint,
                            history,
                            text(node, "owner"),
                            text(node, "run"),
                            Duration.parse(text(node, "lease")),
                            complete(mapper.treeToValue(node.required("pending"), PendingCall.class)));
                case "parked" -> new Parked(fingerprint, history);
                case "rendered" -> new Rendered(fingerprint, history, completed(node), text(node, "record"));
                case "failed" ->
                    new Failed(
                            fingerprint,
                            history,
                            outcome(node),
                            text(node, "record"),
                            Instant.parse(text(node, "endedAt")));
                default -> throw new UnreadableEntryException("ledger entry of unknown state", null);
            };
        } catch (JsonProcessingException | RuntimeException e) {
            if (e instanceof UnreadableEntryException known) {
                throw known;
            }
            throw new UnreadableEntryException("a ledger entry cannot be read: " + e.getMessage(), e);
        }
    }

    // Checked here, since a missing field would otherwise show only after the next paid call.

    private static History complete(@Nullable History read) {
        History history = present("history", read);
        present("history.usage", history.usage());
        history.attempts().forEach(attempt -> {
            present("attempt.model", attempt.model());
            present("attempt.outcome", attempt.outcome());
            present("attempt.startedAt", attempt.startedAt());
        });
        return history;
    }

    private static PendingCall complete(@Nullable PendingCall read) {
        PendingCall call = present("pending", read);
        present("pending.model", call.model());
        present("pending.stage", call.stage());
        present("pending.preparedAt", call.preparedAt());
        return call;
    }

    private static <T> T present(String field, @Nullable T value) {
        if (value == null) {
            throw new UnreadableEntryException("ledger entry: " + field + " is missing", null);
        }
        return value;
    }

    private static String text(JsonNode node, String field) {
        JsonNode value = node.required(field);
        if (!value.isTextual()) {
            throw new UnreadableEntryException("ledger entry: " + field + " is not a text", null);
        }
        return value.textValue();
    }

    private JsonNode outcome(RenderEvent event) {
        try {
            return mapper.readTree(events.encode(event));
        } catch (IOException e) {
            throw new IllegalStateException("our own event is not JSON", e);
        }
    }

    private RenderCompleted completed(JsonNode entry) {
        if (outcome(entry) instanceof RenderCompleted completed) {
            return completed;
        }
        throw new UnreadableEntryException("ledger entry: rendered without a completed outcome", null);
    }

    private RenderEvent outcome(JsonNode entry) {
        return events.decode(entry.required("outcome").toString().getBytes(StandardCharsets.UTF_8));
    }
}
