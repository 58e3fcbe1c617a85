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
 * Copies an answer's JSON event by event and moves each picture into a spool file as it is read, leaving its number in
 * its place. So memory does not depend on the size of the pictures, and the SDK parses a few kilobytes. Thought
 * signatures, which are as large as pictures and of use only to multi-turn editing, are left out.
 * Safe for use by many threads.
 */
final class AnswerCopier {

    /** Deeper JSON is not an answer of this API. */
    private static final int DEPTH_MAX = 100;

    private final Spool spool;
    private final GeminiLimits limits;
    private final JsonFactory json;

    AnswerCopier(Spool spool, GeminiLimits limits) {
        this.spool = spool;
        this.limits = limits;
        this.json = JsonFactory.builder()
                // The default pool hangs on the thread, and each call has a virtual thread of its own.
                .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(DEPTH_MAX)
                        .maxStringLength(limits.jsonBytesMax())
                        .build())
                // Server and OkHttp close what they opened; a location with content would put answers into messages.
                .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
                .build();
    }

    /**
     * Returns the answer without its pictures, which the exchange now keeps.
     *
     * @throws AnswerFault with the verdict, where the answer is broken or too large or the spool fails
     * @throws IOException where the connection fails
     */
    byte[] copy(InputStream answer, Exchange exchange) throws IOException {
        var copy = new ByteArrayOutputStream();
        try (JsonParser in = json.createParser(answer);
                JsonGenerator out =
                        json.createGenerator(new BoundedOutput(copy, limits.jsonBytesMax(), "ANSWER_TOO_LARGE"))) {
            if (in.nextToken() != JsonToken.START_OBJECT) {
                throw new AnswerFault(RESULT_INVALID, "NOT_AN_ANSWER", "the answer is not a JSON object");
            }
            int depth = 0;
            do {
                depth += depthChange(in.currentToken());
                copyEvent(in, out, exchange);
            } while (depth > 0 && next(in));
        } catch (JsonEOFException e) {
            throw new AnswerFault(UNKNOWN_OUTCOME, "ANSWER_TRUNCATED", "the answer ends in the middle", e);
        } catch (JsonProcessingException e) {
            throw new AnswerFault(RESULT_INVALID, "NOT_AN_ANSWER", e.getOriginalMessage(), e);
        } catch (IllegalArgumentException e) {
            // Jackson's answer to what is not base64
            throw new AnswerFault(RESULT_INVALID, "NOT_AN_ANSWER", "a picture is not base64", e);
        }
        return copy.toByteArray();
    }

    private static boolean next(JsonParser in) throws IOException {
        if (in.nextToken() == null) {
            throw new AnswerFault(UNKNOWN_OUTCOME, "ANSWER_TRUNCATED", "the answer ends in the middle");
        }
        return true;
    }

    private static int depthChange(JsonToken token) {
        return token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
    }

    private void copyEvent(JsonParser in, JsonGenerator out, Exchange exchange) throws IOException {
        String field = in.currentName();
        if (in.currentToken() == JsonToken.FIELD_NAME && "thoughtSignature".equals(field)) {
            in.nextToken();
            in.skipChildren();
        } else if (in.currentToken() == JsonToken.VALUE_STRING && "data".equals(field) && inInlineData(in)) {
            int number = spoolPicture(in, exchange);
            out.writeBinary(PictureNumber.toBytes(number));
        } else {
            if (in.currentToken() == JsonToken.VALUE_STRING
                    && ("finishMessage".equals(field) || "blockReasonMessage".equals(field))) {
                exchange.explain(in.getText());
            }
            out.copyCurrentEvent(in);
        }
    }

    private static boolean inInlineData(JsonParser in) {
        JsonStreamContext parent = in.getParsingContext().getParent();
        return parent != null && "inlineData".equals(parent.getCurrentName());
    }

    private int spoolPicture(JsonParser in, Exchange exchange) throws IOException {
        if (exchange.pictureCount() == limits.picturesMax()) {
            throw new AnswerFault(
                    RESULT_INVALID,
                    "TOO_MANY_PICTURES",
                    "the answer has more than " + limits.picturesMax() + " pictures");
        }
        SpoolFile picture;
        try {
            picture = spool.newFile();
        } catch (UncheckedIOException e) {
            throw SpoolOutput.failed(e);
        }
        int number = exchange.keep(picture);
        try (OutputStream file = new SpoolOutput(picture.path())) {
            in.readBinaryValue(new BoundedOutput(file, limits.pictureBytesMax(), "PICTURE_TOO_LARGE"));
        }
        return number;
    }
}
