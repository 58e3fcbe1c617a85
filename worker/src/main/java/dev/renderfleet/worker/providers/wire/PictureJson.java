package dev.renderfleet.worker.providers.wire;

import static dev.renderfleet.worker.providers.FailureKind.RESULT_INVALID;
import static dev.renderfleet.worker.providers.FailureKind.UNKNOWN_OUTCOME;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
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
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Streams JSON whose strings may be pictures in base64, and decodes those into spool files. Memory does not depend on the pictures'
 * size. Safe for use by many threads.
 */
public final class PictureJson {

    /** More than any provider's responses have. */
    private static final int DEPTH_MAX = 100;

    /** More than the parser buffers, and than {@link Base64Text} reads at once. */
    private static final int PUSHED_BACK_BYTES_MAX = 64 * 1024;

    private final Spool spool;
    private final WireLimits limits;
    private final JsonFactory json;

    public PictureJson(Spool spool, WireLimits limits) {
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
     * Starts reading a response.
     *
     * @param rest gets what {@link Reader#out} writes; complete JSON once the reader is closed, also where the response broke off
     * @param keep takes over each picture's file, and returns its number from 0
     */
    public Reader read(InputStream response, ByteArrayOutputStream rest, ToIntFunction<SpoolFile> keep)
            throws IOException {
        return new Reader(new PushbackInputStream(response, PUSHED_BACK_BYTES_MAX), rest, keep);
    }

    /** Writes a part of a response. Throws {@link CallException} if it is too large. */
    public JsonGenerator bounded(OutputStream part) throws IOException {
        return json.createGenerator(new BoundedOutputStream(part, limits.jsonBytesMax(), "ANSWER_TOO_LARGE"));
    }

    /** The failure that the parser's exception means. */
    public static CallException failure(JsonProcessingException e) {
        return e instanceof JsonEOFException
                ? truncated()
                : new CallException(RESULT_INVALID, "NOT_AN_ANSWER", e.getOriginalMessage(), e);
    }

    private static CallException truncated() {
        return new CallException(UNKNOWN_OUTCOME, "ANSWER_TRUNCATED", "the answer ends in the middle");
    }

    /** Reads one response. */
    public final class Reader implements AutoCloseable {

        private final PushbackInputStream source;
        private final ByteArrayOutputStream rest;
        private final ToIntFunction<SpoolFile> keep;
        private final JsonParser in;
        private final JsonGenerator out;

        private Reader(PushbackInputStream source, ByteArrayOutputStream rest, ToIntFunction<SpoolFile> keep)
                throws IOException {
            this.source = source;
            this.rest = rest;
            this.keep = keep;
            this.in = json.createParser(source);
            this.out = json.createGenerator(rest);
        }

        /** The response, at the current token. */
        public JsonParser in() {
            return in;
        }

        /** What is left of the response. Write a field's name only together with its value. */
        public JsonGenerator out() {
            return out;
        }

        /** Goes on to the next token. Throws {@link CallException} if the response ends, or if too much is left of it. */
        public void next() throws IOException {
            if (in.nextToken() == null) {
                throw truncated();
            }
            if (rest.size() > limits.jsonBytesMax()) {
                throw new CallException(
                        RESULT_INVALID, "ANSWER_TOO_LARGE", "more than " + limits.jsonBytesMax() + " bytes of text");
            }
        }

        /**
         * Decodes the current string into a new spool file, past the parser, which knows only one alphabet of base64.
         *
         * @return the picture's number
         * @throws CallException if it is too large, there are too many, or the spool fails
         */
        public int spoolPicture() throws IOException {
            SpoolFile picture;
            try {
                picture = spool.newFile();
            } catch (UncheckedIOException e) {
                throw SpoolOutputStream.failed(spool, e);
            }
            int number = keep.applyAsInt(picture);
            if (number >= limits.picturesMax()) {
                throw new CallException(
                        RESULT_INVALID,
                        "TOO_MANY_PICTURES",
                        "the answer has more than " + limits.picturesMax() + " images");
            }
            try (OutputStream file = new SpoolOutputStream(spool, picture.path())) {
                decode(new BoundedOutputStream(file, limits.pictureBytesMax(), "PICTURE_TOO_LARGE"));
            }
            return number;
        }

        /** Decodes the current string, of any length; null if it has more than {@code bytesMax}. */
        public byte @Nullable [] decodeUpTo(int bytesMax) throws IOException {
            var start = new TruncatingOutputStream(bytesMax);
            decode(start);
            return start.content();
        }

        private void decode(OutputStream decoded) throws IOException {
            var buffered = new ByteArrayOutputStream();
            if (in.releaseBuffered(buffered) < 0) {
                throw new CallException(RESULT_INVALID, "NOT_AN_ANSWER", "the answer is not UTF-8");
            }
            source.unread(buffered.toByteArray());
            Base64Text.decode(source, decoded);
        }

        @Override
        public void close() throws IOException {
            try (in) {
                out.close();
            }
        }
    }
}
