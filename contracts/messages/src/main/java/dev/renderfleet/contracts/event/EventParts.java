package dev.renderfleet.contracts.event;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The building blocks that several events share. */
public final class EventParts {

    private EventParts() {}

    /**
     * Which job an event is about.
     *
     * @param jobId derived from tenant and key; also the Kafka record key
     * @param fingerprint of the job as published; absent where the record could not be read far enough
     */
    public record JobRef(
            String jobId,
            String tenant,
            String idempotencyKey,
            @Nullable String fingerprint,
            @Nullable String batchId,
            Map<String, String> labels) {
        public JobRef {
            labels = Map.copyOf(labels);
        }
    }

    /**
     * A stored picture: the provider's own bytes, untouched.
     *
     * @param sha256 of the stored bytes, 64 lower-case hex characters
     * @param mime as the bytes say, not as the provider says
     */
    public record Image(
            String bucket,
            String key,
            String sha256,
            long bytes,
            String mime,
            int width,
            int height,
            List<RenditionFile> renditions) {
        public Image {
            renditions = List.copyOf(renditions);
        }
    }

    /** A file derived from a stored picture. */
    public record RenditionFile(
            String name, String key, String sha256, long bytes, String mime, int width, int height) {}

    /**
     * Which model drew.
     *
     * @param requested as the job named it; absent: the router chose
     * @param used the model's id
     * @param reason why the router chose it, a sentence for people
     */
    public record ModelChoice(@Nullable String requested, String used, String provider, String reason) {}

    /**
     * One call of a model, or one that may have happened.
     *
     * @param number from 1
     * @param outcome {@code drawn} or a {@link FailureCode} wire name
     * @param durationMillis call to last byte of the answer
     * @param requestId the provider's own id of the call or task
     * @param detail the provider's own words, shortened, without secrets
     * @param usdMicros what this attempt cost, or may have cost where the outcome is unknown
     */
    public record Attempt(
            int number,
            String model,
            String outcome,
            Instant startedAt,
            long durationMillis,
            @Nullable String requestId,
            @Nullable String detail,
            long usdMicros) {}

    /** Tokens as the provider counted them, over all attempts. */
    public record Usage(long promptTokens, long outputTokens, long thoughtTokens, long totalTokens) {
        /** No tokens. */
        public static final Usage NONE = new Usage(0, 0, 0, 0);

        /** Both together. */
        public Usage plus(Usage other) {
            return new Usage(
                    promptTokens + other.promptTokens,
                    outputTokens + other.outputTokens,
                    thoughtTokens + other.thoughtTokens,
                    totalTokens + other.totalTokens);
        }
    }

    /**
     * What a job cost.
     *
     * @param usdMicros in millionths of a US dollar, over all attempts
     * @param priceTable version of the price table it was computed from
     */
    public record Cost(long usdMicros, String priceTable) {}

    /**
     * Where the time went, in milliseconds.
     *
     * @param queued record's timestamp to taken by a worker
     * @param waited taken to called: window, slots, quota, backoff
     * @param model inside the model's calls
     * @param stored checking and storing the picture
     * @param total record's timestamp to outcome
     */
    public record Latency(long queued, long waited, long model, long stored, long total) {}

    /**
     * Where a picture comes from, for labelling duties.
     *
     * @param digitalSourceType IPTC term, such as {@code trainedAlgorithmicMedia}
     * @param modelVersion as the provider answered
     * @param responseId the provider's id of the answer
     * @param c2paPresent whether the stored bytes carry a C2PA manifest
     */
    public record Provenance(
            String digitalSourceType,
            String provider,
            @Nullable String modelVersion,
            @Nullable String responseId,
            boolean c2paPresent) {}
}
