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
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Streams a response's JSON and decodes each picture into a spool file, leaving its number in its place (ADR 3). Memory does not
 * depend on the pictures' size. Copies only the fields that {@link GeminiResponseMapper} reads, in camelCase, where they have the type
 * that it reads, so that no field can make the SDK refuse a paid answer (ADR 15). Safe for use by many threads.
 */
final class PictureExtractor {

    /** More than this API's responses have. */
    private static final int DEPTH_MAX = 100;

    /** Bodies without an error. */
    private static final Set<String> NO_ERROR = Stream.of("{}", "[]", "\"\"", "false", "0")
            .map(PictureExtractor::asError)
            .collect(Collectors.toSet());

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
     * Returns the response's known fields without its pictures, which {@code call} now holds, as is an error in the response. If the
     * response breaks off after a complete picture, returns the part before, and {@code call} holds the exception: the picture is paid
     * for (ADR 26).
     *
     * @throws GeminiCallException if the response is malformed or too large, or the spool fails
     * @throws IOException if the connection fails
     */
    byte[] copy(InputStream answer, GeminiCall call) throws IOException {
        var copy = new ByteArrayOutputStream();
        try {
            copy(answer, copy, call);
        } catch (IOException e) {
            if (!call.hasCompletePicture()) {
                throw e;
            }
            call.cut(e);
        }
        return copy.toByteArray();
    }

    /** Leaves {@code copy} a complete JSON object, also if it throws: closing the generator closes what is open. */
    private void copy(InputStream answer, ByteArrayOutputStream copy, GeminiCall call) throws IOException {
        var source = new PushbackInputStream(answer, PUSHED_BACK_BYTES_MAX);
        try (JsonParser in = json.createParser(source);
                JsonGenerator out = json.createGenerator(copy)) {
            if (in.nextToken() == JsonToken.START_ARRAY) {
                in.nextToken();
            }
            if (in.currentToken() != JsonToken.START_OBJECT) {
                throw new GeminiCallException(RESULT_INVALID, "NOT_AN_ANSWER", "the answer is not a JSON object");
            }
            new Copy(in, source, out, copy, call).object("");
        } catch (JsonEOFException e) {
            throw new GeminiCallException(UNKNOWN_OUTCOME, "ANSWER_TRUNCATED", "the answer ends in the middle", e);
        } catch (JsonProcessingException e) {
            throw new GeminiCallException(RESULT_INVALID, "NOT_AN_ANSWER", e.getOriginalMessage(), e);
        }
    }

    /** The copying of one response. */
    private final class Copy {

        private final JsonParser in;
        private final PushbackInputStream source;
        private final JsonGenerator out;
        private final ByteArrayOutputStream copied;
        private final GeminiCall call;

        Copy(
                JsonParser in,
                PushbackInputStream source,
                JsonGenerator out,
                ByteArrayOutputStream copied,
                GeminiCall call) {
            this.in = in;
            this.source = source;
            this.out = out;
            this.copied = copied;
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
                String error = error();
                if (!NO_ERROR.contains(error)) {
                    call.errorInAnswer(error);
                }
            } else if (in.currentToken() == JsonToken.VALUE_STRING
                    && "inlineData".equals(parent)
                    && "data".equals(field)) {
                out.writeBinaryField(field, PictureNumber.toBytes(spoolPicture(this)));
            } else if (in.currentToken() == JsonToken.VALUE_STRING
                    && ("finishMessage".equals(field) || "blockReasonMessage".equals(field))) {
                call.providerMessage(in.getText());
            } else {
                switch (AnswerField.typeOf(field)) {
                    case OBJECT -> {
                        if (in.currentToken() == JsonToken.START_OBJECT) {
                            out.writeFieldName(field);
                            object(field);
                        }
                        in.skipChildren();
                    }
                    case LIST -> {
                        if (in.currentToken() == JsonToken.START_ARRAY) {
                            out.writeFieldName(field);
                            list(field);
                        }
                        in.skipChildren();
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

        private void list(String field) throws IOException {
            out.writeStartArray();
            while (next() != JsonToken.END_ARRAY) {
                if (in.currentToken() == JsonToken.START_OBJECT) {
                    object(field);
                }
                in.skipChildren();
            }
            out.writeEndArray();
        }

        /** As the body of an error response. */
        private String error() throws IOException {
            var body = new ByteArrayOutputStream();
            try (JsonGenerator copy =
                    json.createGenerator(new BoundedOutputStream(body, limits.jsonBytesMax(), "ANSWER_TOO_LARGE"))) {
                copy.copyCurrentStructure(in);
            }
            return asError(body.toString(StandardCharsets.UTF_8));
        }

        private JsonToken next() throws IOException {
            JsonToken token = in.nextToken();
            if (token == null) {
                throw new GeminiCallException(UNKNOWN_OUTCOME, "ANSWER_TRUNCATED", "the answer ends in the middle");
            }
            if (copied.size() > limits.jsonBytesMax()) {
                throw new GeminiCallException(
                        RESULT_INVALID, "ANSWER_TOO_LARGE", "more than " + limits.jsonBytesMax() + " bytes of text");
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

    private static String asError(String json) {
        return "{\"error\":" + json + "}";
    }

    /** Returns the number of a complete picture. */
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
        call.complete(number);
        return number;
    }
}
