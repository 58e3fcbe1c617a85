package dev.renderfleet.worker.providers.gemini;

import dev.renderfleet.worker.pictures.SpoolFile;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.wire.StreamedJson.JsonFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * State of one call that the SDK cannot carry: files, headers, whether the request was sent. Bound to the calling thread, on which
 * the SDK's blocking calls stay. Closing it deletes every picture that was not taken.
 */
final class GeminiCall implements AutoCloseable {

    /** The current thread's call. */
    static final ScopedValue<GeminiCall> CURRENT = ScopedValue.newInstance();

    /**
     * A refusal.
     *
     * @param status the HTTP status; 200 if the response was an answer with an error in it
     */
    record ErrorResponse(int status, @Nullable String retryAfter, String body) {}

    private final DrawRequest request;
    private final List<ReferencePicture> input;
    private final List<Long> sizes;
    private final UUID nonce = UUID.randomUUID();
    private final List<@Nullable SpoolFile> pictures = new ArrayList<>();
    private volatile boolean sent;
    private boolean answered;
    private final BitSet complete = new BitSet();
    private @Nullable IOException cut;
    private boolean sessionLost;
    private @Nullable String providerMessage;
    private @Nullable String errorInAnswer;
    private @Nullable ErrorResponse error;

    /** Throws if a file of the request cannot be read. */
    GeminiCall(DrawRequest request) throws IOException {
        this.request = request;
        this.input = GeminiRequest.pictures(request);
        List<Long> bytes = new ArrayList<>();
        for (ReferencePicture picture : input) {
            bytes.add(Files.size(picture.file()));
        }
        this.sizes = List.copyOf(bytes);
    }

    DrawRequest request() {
        return request;
    }

    /** The pictures of the request, each with its placeholder as the SDK writes it into JSON. */
    List<JsonFile> files() {
        return IntStream.range(0, input.size())
                .mapToObj(i -> new JsonFile(
                        Base64.getEncoder().encodeToString(placeholder(i)),
                        input.get(i).file(),
                        sizes.get(i)))
                .toList();
    }

    /** Stands for a picture in the SDK's request. Random, so that no prompt can contain it. */
    byte[] placeholder(int index) {
        // 18 bytes: base64 without padding
        return ByteBuffer.allocate(18)
                .putLong(nonce.getMostSignificantBits())
                .putLong(nonce.getLeastSignificantBits())
                .putShort((short) index)
                .array();
    }

    /** Records that the provider may have received the request. Called by the HTTP stack, on any thread. */
    void markSent() {
        sent = true;
    }

    boolean sent() {
        return sent;
    }

    /** Records that a complete response with status 200 was read. */
    void markAnswered() {
        answered = true;
    }

    boolean answered() {
        return answered;
    }

    /** Keeps a picture of the response and returns its number. */
    int keep(SpoolFile picture) {
        pictures.add(picture);
        return pictures.size() - 1;
    }

    int pictureCount() {
        return pictures.size();
    }

    /** Records that all of a picture was read. */
    void complete(int number) {
        complete.set(number);
    }

    boolean hasCompletePicture() {
        return !complete.isEmpty();
    }

    /** Records that the response broke off after a complete picture. */
    void cut(IOException cause) {
        cut = cause;
    }

    @Nullable
    IOException cut() {
        return cut;
    }

    boolean hasBytes(int number) {
        SpoolFile picture = number < pictures.size() ? pictures.get(number) : null;
        return picture != null && picture.bytes() > 0;
    }

    /** Hands a picture over to the caller. */
    SpoolFile take(int number) {
        SpoolFile picture = pictures.set(number, null);
        if (picture == null) {
            throw new IllegalStateException("picture " + number + " was taken before");
        }
        return picture;
    }

    /** Records that no later call can continue this one. */
    void withoutSession() {
        sessionLost = true;
    }

    boolean hasSession() {
        return !sessionLost && cut == null;
    }

    /** The provider's message, which the SDK drops. */
    void providerMessage(String message) {
        providerMessage = message;
    }

    @Nullable
    String providerMessage() {
        return providerMessage;
    }

    /** Keeps the error in a response with status 200, as the body of an error response. */
    void errorInAnswer(String body) {
        errorInAnswer = body;
    }

    @Nullable
    String errorInAnswer() {
        return errorInAnswer;
    }

    void error(ErrorResponse answer) {
        error = answer;
    }

    @Nullable
    ErrorResponse error() {
        return error;
    }

    @Override
    public void close() {
        for (SpoolFile picture : pictures) {
            if (picture != null) {
                picture.close();
            }
        }
    }
}
