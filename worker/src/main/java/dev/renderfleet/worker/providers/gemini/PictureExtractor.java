package dev.renderfleet.worker.providers.gemini;

import static dev.renderfleet.worker.providers.FailureKind.RESULT_INVALID;
import static dev.renderfleet.worker.providers.FailureKind.UNKNOWN_OUTCOME;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Streams a response's JSON and decodes each picture into a spool file, leaving its number in its place (ADR 3). Memory does not
 * depend on the pictures' size. Copies only the fields that {@link GeminiResponseMapper} reads, in camelCase and without nulls, so that
 * no other field can make the SDK refuse a paid answer (ADR 15). Safe for use by many threads.
 */
final class PictureExtractor {

    /** More than this API's responses have. */
    private static final int DEPTH_MAX = 100;

    /** More than the parser buffers, and than {@link Base64Text} reads at once. */
    private static final int PUSHED_BACK_BYTES_MAX = 64 * 1024;

    private final Spool spool;
    private final GeminiLimits limits;
    private final JsonFactory json;

    PictureExtractor(Spool spool, GeminiLimits limits) {
        this.spool = spool;
        this.limits = limits;
        this.json = JsonFactory.builder()
                // The default pool is bound to threads, and each call has its own virtual thread.
                .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(DEPTH_MAX)
                        .maxStringLength(limits.jsonBytesMax())
                        .build())
                // OkHttp closes the source; a location with source would put responses into messages.
                .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
                .build();
    }

    /**
     * Returns the response's known fields without its pictures, which {@code call} now holds, as is an error in the response.
     *
     * @throws GeminiCallException if the response is malformed or too large, or the spool fails
     * @throws IOException if the connection fails
     */
    byte[] copy(InputStream answer, GeminiCall call) throws IOException {
        var source = new PushbackInputStream(answer, PUSHED_BACK_BYTES_MAX);
        var copy = new ByteArrayOutputStream();
        try (JsonParser in = json.createParser(source);
                JsonGenerator out = json.createGenerator(
                        new BoundedOutputStream(copy, limits.jsonBytesMax(), "ANSWER_TOO_LARGE"))) {
            if (in.nextToken() == JsonToken.START_ARRAY) {
                in.nextToken();
            }
            if (in.currentToken() != JsonToken.START_OBJECT) {
                throw new GeminiCallException(RESULT_INVALID, "NOT_AN_ANSWER", "the answer is not a JSON object");
            }
            new Copy(in, source, out, call).object("");
        } catch (JsonEOFException e) {
            throw new GeminiCallException(UNKNOWN_OUTCOME, "ANSWER_TRUNCATED", "the answer ends in the middle", e);
        } catch (JsonProcessingException e) {
            throw new GeminiCallException(RESULT_INVALID, "NOT_AN_ANSWER", e.getOriginalMessage(), e);
        }
        return copy.toByteArray();
    }

    /** The copying of one response. */
    private final class Copy {

        private final JsonParser in;
        private final PushbackInputStream source;
        private final JsonGenerator out;
        private final GeminiCall call;

        Copy(JsonParser in, PushbackInputStream source, JsonGenerator out, GeminiCall call) {
            this.in = in;
            this.source = source;
            this.out = out;
            this.call = call;
        }

        /** @param parent the object's field; empty: the response itself */
        void object(String parent) throws IOException {
            out.writeStartObject();
            while (next() != JsonToken.END_OBJECT) {
                String field = AnswerField.camelCase(in.currentName());
                if (next() != JsonToken.VALUE_NULL) {
                    value(parent, field);
                }
            }
            out.writeEndObject();
        }

        private void value(String parent, String field) throws IOException {
            if (parent.isEmpty() && "error".equals(field)) {
                call.errorInAnswer(error());
            } else if (in.currentToken() == JsonToken.VALUE_STRING
                    && "inlineData".equals(parent)
                    && "data".equals(field)) {
                out.writeBinaryField(field, PictureNumber.toBytes(spoolPicture(this)));
            } else if (in.currentToken() == JsonToken.VALUE_STRING
                    && ("finishMessage".equals(field) || "blockReasonMessage".equals(field))) {
                call.providerMessage(in.getText());
            } else {
                switch (AnswerField.typeOf(field)) {
                    case STRUCTURE -> {
                        out.writeFieldName(field);
                        structure(field);
                    }
                    case TEXT -> {
                        if (in.currentToken().isScalarValue()) {
                            out.writeStringField(field, in.getText());
                        } else {
                            in.skipChildren();
                        }
                    }
                    case COUNT -> {
                        double count = in.getValueAsDouble(-1);
                        if (count >= 0 && count <= Integer.MAX_VALUE) {
                            out.writeNumberField(field, (int) count);
                        }
                        in.skipChildren();
                    }
                    case FLAG -> {
                        out.writeBooleanField(field, in.currentToken() == JsonToken.VALUE_TRUE);
                        in.skipChildren();
                    }
                    case UNKNOWN -> in.skipChildren();
                }
            }
        }

        private void structure(String field) throws IOException {
            switch (in.currentToken()) {
                case START_OBJECT -> object(field);
                case START_ARRAY -> {
                    out.writeStartArray();
                    while (next() != JsonToken.END_ARRAY) {
                        if (in.currentToken() == JsonToken.START_OBJECT) {
                            object(field);
                        } else {
                            in.skipChildren();
                        }
                    }
                    out.writeEndArray();
                }
                // The SDK refuses it.
                default -> out.copyCurrentEvent(in);
            }
        }

        /** As the body of an error response. */
        private String error() throws IOException {
            var body = new ByteArrayOutputStream();
            try (JsonGenerator copy =
                    json.createGenerator(new BoundedOutputStream(body, limits.jsonBytesMax(), "ANSWER_TOO_LARGE"))) {
                copy.writeStartObject();
                copy.writeFieldName("error");
                copy.copyCurrentStructure(in);
                copy.writeEndObject();
            }
            return body.toString(StandardCharsets.UTF_8);
        }

        private JsonToken next() throws IOException {
            JsonToken token = in.nextToken();
            if (token == null) {
                throw new GeminiCallException(UNKNOWN_OUTCOME, "ANSWER_TRUNCATED", "the answer ends in the middle");
            }
            return token;
        }

        /** Decodes the current string into {@code file} past the parser, which knows only one alphabet of base64. */
        void decode(OutputStream file) throws IOException {
            var buffered = new ByteArrayOutputStream();
            if (in.releaseBuffered(buffered) < 0) {
                throw new GeminiCallException(RESULT_INVALID, "NOT_AN_ANSWER", "the answer is not UTF-8");
            }
            source.unread(buffered.toByteArray());
            Base64Text.decode(source, file);
        }
    }

    private int spoolPicture(Copy copy) throws IOException {
        GeminiCall call = copy.call;
        if (call.pictureCount() == limits.picturesMax()) {
            throw new GeminiCallException(
                    RESULT_INVALID,
                    "TOO_MANY_PICTURES",
                    "the answer has more than " + limits.picturesMax() + " images");
        }
        SpoolFile picture;
        try {
            picture = spool.newFile();
        } catch (UncheckedIOException e) {
            throw SpoolOutputStream.failed(spool, e);
        }
        int number = call.keep(picture);
        try (OutputStream file = new SpoolOutputStream(spool, picture.path())) {
            copy.decode(new BoundedOutputStream(file, limits.pictureBytesMax(), "PICTURE_TOO_LARGE"));
        }
        return number;
    }
}
