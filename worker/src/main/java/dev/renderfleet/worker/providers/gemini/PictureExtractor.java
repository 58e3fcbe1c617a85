package dev.renderfleet.worker.providers.gemini;

import static dev.renderfleet.worker.providers.FailureKind.RESULT_INVALID;
import static dev.renderfleet.worker.providers.FailureKind.UNKNOWN_OUTCOME;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
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
import java.io.UncheckedIOException;

/**
 * Streams a response's JSON and decodes each picture into a spool file, leaving its number in its place (ADR 3). Memory does not
 * depend on the pictures' size. Drops thought signatures, which are as large as pictures. Safe for use by many threads.
 */
final class PictureExtractor {

    /** More than this API's responses have. */
    private static final int DEPTH_MAX = 100;

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
     * Returns the response without its pictures, which {@code call} now holds.
     *
     * @throws GeminiCallException if the response is malformed or too large, or the spool fails
     * @throws IOException if the connection fails
     */
    byte[] copy(InputStream answer, GeminiCall call) throws IOException {
        var copy = new ByteArrayOutputStream();
        try (JsonParser in = json.createParser(answer);
                JsonGenerator out = json.createGenerator(
                        new BoundedOutputStream(copy, limits.jsonBytesMax(), "ANSWER_TOO_LARGE"))) {
            if (in.nextToken() != JsonToken.START_OBJECT) {
                throw new GeminiCallException(RESULT_INVALID, "NOT_AN_ANSWER", "the answer is not a JSON object");
            }
            int depth = 0;
            do {
                depth += depthChange(in.currentToken());
                copyEvent(in, out, call);
            } while (depth > 0 && next(in));
        } catch (JsonEOFException e) {
            throw new GeminiCallException(UNKNOWN_OUTCOME, "ANSWER_TRUNCATED", "the answer ends in the middle", e);
        } catch (JsonProcessingException e) {
            throw new GeminiCallException(RESULT_INVALID, "NOT_AN_ANSWER", e.getOriginalMessage(), e);
        } catch (IllegalArgumentException e) {
            // Thrown by Jackson for invalid base64.
            throw new GeminiCallException(RESULT_INVALID, "NOT_AN_ANSWER", "a picture is not base64", e);
        }
        return copy.toByteArray();
    }

    private static boolean next(JsonParser in) throws IOException {
        if (in.nextToken() == null) {
            throw new GeminiCallException(UNKNOWN_OUTCOME, "ANSWER_TRUNCATED", "the answer ends in the middle");
        }
        return true;
    }

    private static int depthChange(JsonToken token) {
        return token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
    }

    private void copyEvent(JsonParser in, JsonGenerator out, GeminiCall call) throws IOException {
        String field = in.currentName();
        if (in.currentToken() == JsonToken.FIELD_NAME && "thoughtSignature".equals(field)) {
            in.nextToken();
            in.skipChildren();
        } else if (in.currentToken() == JsonToken.VALUE_STRING && "data".equals(field) && inInlineData(in)) {
            int number = spoolPicture(in, call);
            out.writeBinary(PictureNumber.toBytes(number));
        } else {
            if (in.currentToken() == JsonToken.VALUE_STRING
                    && ("finishMessage".equals(field) || "blockReasonMessage".equals(field))) {
                call.providerMessage(in.getText());
            }
            out.copyCurrentEvent(in);
        }
    }

    private static boolean inInlineData(JsonParser in) {
        JsonStreamContext parent = in.getParsingContext().getParent();
        return parent != null && "inlineData".equals(parent.getCurrentName());
    }

    private int spoolPicture(JsonParser in, GeminiCall call) throws IOException {
        if (call.pictureCount() == limits.picturesMax()) {
            throw new GeminiCallException(
                    RESULT_INVALID,
                    "TOO_MANY_PICTURES",
                    "the answer has more than " + limits.picturesMax() + " pictures");
        }
        SpoolFile picture;
        try {
            picture = spool.newFile();
        } catch (UncheckedIOException e) {
            throw SpoolOutputStream.failed(e);
        }
        int number = call.keep(picture);
        try (OutputStream file = new SpoolOutputStream(picture.path())) {
            in.readBinaryValue(new BoundedOutputStream(file, limits.pictureBytesMax(), "PICTURE_TOO_LARGE"));
        }
        return number;
    }
}
