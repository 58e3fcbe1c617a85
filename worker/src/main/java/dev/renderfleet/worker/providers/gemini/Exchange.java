package dev.renderfleet.worker.providers.gemini;

import dev.renderfleet.worker.pictures.SpoolFile;
import dev.renderfleet.worker.providers.DrawRequest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What one call carries past the SDK, which knows neither files nor headers nor whether anything was sent.
 * Bound to the calling thread for the time of the call; the SDK's blocking calls stay on that thread.
 * Closing it deletes every picture that was not taken.
 */
final class Exchange implements AutoCloseable {

    /** The call that the current thread is in. */
    static final ScopedValue<Exchange> CURRENT = ScopedValue.newInstance();

    /** What the provider said with a status other than 200. */
    record ErrorAnswer(int status, @Nullable String retryAfter, String body) {}

    private final DrawRequest request;
    private final List<Long> referenceBytes;
    private final UUID nonce = UUID.randomUUID();
    private final List<@Nullable SpoolFile> pictures = new ArrayList<>();
    private volatile boolean sent;
    private boolean answered;
    private @Nullable String providerWords;
    private @Nullable ErrorAnswer error;

    /** @param referenceBytes sizes of the request's reference files, in order */
    Exchange(DrawRequest request, List<Long> referenceBytes) {
        this.request = request;
        this.referenceBytes = List.copyOf(referenceBytes);
    }

    DrawRequest request() {
        return request;
    }

    long referenceBytes(int index) {
        return referenceBytes.get(index);
    }

    /** Stands for a reference in the SDK's request. No prompt can contain it by accident or on purpose. */
    byte[] placeholder(int index) {
        // 18 bytes: base64 without padding
        return ByteBuffer.allocate(18)
                .putLong(nonce.getMostSignificantBits())
                .putLong(nonce.getLeastSignificantBits())
                .putShort((short) index)
                .array();
    }

    /** The placeholder as the SDK writes it into JSON. */
    String placeholderText(int index) {
        return Base64.getEncoder().encodeToString(placeholder(index));
    }

    /** From here on the provider may have got the request. Called by the HTTP stack, on any thread. */
    void markSent() {
        sent = true;
    }

    boolean sent() {
        return sent;
    }

    /** A whole answer with status 200 was read. */
    void markAnswered() {
        answered = true;
    }

    boolean answered() {
        return answered;
    }

    /** Keeps a picture of the answer and returns its number. */
    int keep(SpoolFile picture) {
        pictures.add(picture);
        return pictures.size() - 1;
    }

    int pictureCount() {
        return pictures.size();
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

    /** The provider's explanation, which the SDK drops. */
    void explain(String words) {
        providerWords = words;
    }

    @Nullable
    String providerWords() {
        return providerWords;
    }

    void refuse(ErrorAnswer answer) {
        error = answer;
    }

    @Nullable
    ErrorAnswer error() {
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
