package dev.renderfleet.worker.providers.gemini;

import static dev.renderfleet.worker.providers.FailureKind.RESULT_INVALID;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.wire.CallException;
import dev.renderfleet.worker.providers.wire.PictureJson;
import dev.renderfleet.worker.providers.wire.WireLimits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
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

    /** Bodies without an error. */
    private static final Set<String> NO_ERROR = Stream.of("{}", "[]", "\"\"", "false", "0")
            .map(PictureExtractor::asError)
            .collect(Collectors.toSet());

    /** Of all signatures of an answer; about as much as a session may have. */
    private static final int SIGNATURE_BYTES_MAX = 192 * 1024;

    private final PictureJson json;
    private final int signatureBytesMax;

    PictureExtractor(Spool spool, WireLimits limits) {
        this.json = new PictureJson(spool, limits);
        this.signatureBytesMax = Math.min(SIGNATURE_BYTES_MAX, limits.jsonBytesMax() / 2);
    }

    /**
     * Returns the response's known fields without its pictures, which {@code call} now holds, as is an error in the response. If the
     * response breaks off after a complete picture, returns the part before, and {@code call} holds the exception: the picture is paid
     * for (ADR 26).
     *
     * @throws CallException if the response is malformed or too large, or the spool fails
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

    private void copy(InputStream answer, ByteArrayOutputStream copy, GeminiCall call) throws IOException {
        try (PictureJson.Reader reader = json.read(answer, copy, call::keep)) {
            JsonParser in = reader.in();
            if (in.nextToken() == JsonToken.START_ARRAY) {
                in.nextToken();
            }
            if (in.currentToken() != JsonToken.START_OBJECT) {
                throw new CallException(RESULT_INVALID, "NOT_AN_ANSWER", "the answer is not a JSON object");
            }
            new Copy(reader, call).object("");
        } catch (JsonProcessingException e) {
            throw PictureJson.failure(e);
        }
    }

    /** The copying of one response. */
    private final class Copy {

        private final PictureJson.Reader reader;
        private final JsonParser in;
        private final JsonGenerator out;
        private final GeminiCall call;
        private int signatureBytesLeft;

        Copy(PictureJson.Reader reader, GeminiCall call) {
            this.reader = reader;
            this.in = reader.in();
            this.out = reader.out();
            this.call = call;
            this.signatureBytesLeft = signatureBytesMax;
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
                out.writeBinaryField(field, PictureNumber.toBytes(spoolPicture()));
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
                    case TEXTS -> {
                        if (in.currentToken() == JsonToken.START_ARRAY) {
                            out.writeFieldName(field);
                            texts();
                        }
                        in.skipChildren();
                    }
                    case BYTES -> {
                        if (in.currentToken() == JsonToken.VALUE_STRING) {
                            signature(field);
                        }
                        in.skipChildren();
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

        private void texts() throws IOException {
            out.writeStartArray();
            while (next() != JsonToken.END_ARRAY) {
                if (in.currentToken() == JsonToken.VALUE_STRING) {
                    out.writeString(in.getText());
                }
                in.skipChildren();
            }
            out.writeEndArray();
        }

        /** A signature that is too large makes the answer one without a session, not an invalid one. */
        private void signature(String field) throws IOException {
            byte[] signature = reader.decodeUpTo(signatureBytesLeft);
            if (signature == null) {
                call.withoutSession();
            } else {
                signatureBytesLeft -= signature.length;
                out.writeBinaryField(field, signature);
            }
        }

        /** As the body of an error response. */
        private String error() throws IOException {
            var body = new ByteArrayOutputStream();
            try (JsonGenerator copy = json.bounded(body)) {
                copy.copyCurrentStructure(in);
            }
            return asError(body.toString(StandardCharsets.UTF_8));
        }

        private JsonToken next() throws IOException {
            reader.next();
            return in.currentToken();
        }

        private int spoolPicture() throws IOException {
            int number = reader.spoolPicture();
            call.complete(number);
            return number;
        }
    }

    private static String asError(String json) {
        return "{\"error\":" + json + "}";
    }
}
