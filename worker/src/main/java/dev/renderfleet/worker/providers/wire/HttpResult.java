package dev.renderfleet.worker.providers.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.renderfleet.worker.pictures.SpoolFile;
import dev.renderfleet.worker.providers.FailureKind;
import java.io.IOException;
import java.util.List;
import okhttp3.Headers;
import org.jspecify.annotations.Nullable;

/** Result of one HTTP request. Texts are the peer's: redact them before they leave the adapter. */
public sealed interface HttpResult extends AutoCloseable {

    /** The body as JSON; missing if it is something else. */
    JsonNode json();

    Headers headers();

    /** Deletes the pictures, if there are any. */
    @Override
    default void close() {}

    /**
     * A response with status 2xx. Closing it deletes all its pictures; an adapter that keeps one does not close it.
     *
     * @param json in it each picture's number stands in place of its base64; missing if the response is a picture
     * @param pictures by number, complete
     * @param cut null: the response is complete; else why it broke off after a complete picture, which is paid for (ADR 26), or after
     *     what may name a task. {@code json} is the part before, whose last number may lack digits
     */
    record Answered(
            JsonNode json,
            List<SpoolFile> pictures,
            Headers headers,
            @Nullable Lost cut) implements HttpResult {

        public Answered {
            pictures = List.copyOf(pictures);
        }

        /** The picture that a field of {@code json} stands for; null if it has no bytes or the field is none of a picture. */
        public @Nullable SpoolFile picture(JsonNode field) {
            int number = field.isInt() ? field.intValue() : -1;
            boolean known = number >= 0 && number < pictures.size();
            return known && pictures.get(number).bytes() > 0 ? pictures.get(number) : null;
        }

        @Override
        public void close() {
            pictures.forEach(SpoolFile::close);
        }
    }

    /**
     * A response with another status.
     *
     * @param body its first 64 KiB, or what arrived of it
     */
    record Refused(int status, Headers headers, String body) implements HttpResult {

        private static final JsonMapper JSON = new JsonMapper();

        @Override
        public JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (IOException e) {
                // A gateway's page, or truncated.
                return MissingNode.getInstance();
            }
        }
    }

    /**
     * No complete response.
     *
     * @param kind {@code NOT_SENT}, {@code UNKNOWN_OUTCOME}, or {@code RESULT_INVALID} for a response that breaks the protocol
     * @param reason such as {@code TIMEOUT}
     */
    record Lost(FailureKind kind, String reason, String detail) implements HttpResult {
        @Override
        public JsonNode json() {
            return MissingNode.getInstance();
        }

        @Override
        public Headers headers() {
            return Headers.of();
        }
    }
}
