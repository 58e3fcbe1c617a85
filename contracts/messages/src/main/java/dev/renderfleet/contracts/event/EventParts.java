package dev.renderfleet.contracts.event;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Parts that several events share. */
public final class EventParts {

    private EventParts() {}

    /**
     * The job of an event.
     *
     * @param jobId derived from tenant and key; also the Kafka record key
     * @param fingerprint of the job as published; absent if the record could not be read completely
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
     * A stored image: the provider's bytes, unchanged.
     *
     * @param sha256 of the stored bytes, 64 lower-case hex characters
     * @param mime determined from the bytes, not from the provider's answer
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

    /** A file derived from a stored image. */
    public record RenditionFile(
            String name, String key, String sha256, long bytes, String mime, int width, int height) {}

    /**
     * The model that rendered the image.
     *
     * @param requested the job's model or alias; absent: the router chose
     * @param used the model's id
     * @param reason the router's reason, a sentence for people
     */
    public record ModelChoice(@Nullable String requested, String used, String provider, String reason) {}

    /**
     * One call of a model, or a call that may have happened.
     *
     * @param number from 1
     * @param outcome {@code drawn} or a {@link FailureCode} wire name
     * @param durationMillis from the call to the last byte of the answer
     * @param requestId the provider's own id of the call or task
     * @param detail the provider's message, shortened, without secrets
     * @param usdMicros cost of this attempt, or its possible cost if the outcome is unknown
     * @param quarantined keys, in the bucket of the images, of the answer's pictures that the worker refused; absent: none
     */
    public record Attempt(
            int number,
            String model,
            String outcome,
            Instant startedAt,
            long durationMillis,
            @Nullable String requestId,
            @Nullable String detail,
            long usdMicros,
            @Nullable List<String> quarantined) {
        public Attempt {
            quarantined = quarantined == null || quarantined.isEmpty() ? null : List.copyOf(quarantined);
        }

        /** An attempt without refused pictures. */
        public Attempt(
                int number,
                String model,
                String outcome,
                Instant startedAt,
                long durationMillis,
                @Nullable String requestId,
                @Nullable String detail,
                long usdMicros) {
            this(number, model, outcome, startedAt, durationMillis, requestId, detail, usdMicros, null);
        }

        /** This attempt with the keys of its refused pictures. */
        public Attempt inQuarantine(List<String> keys) {
            return new Attempt(number, model, outcome, startedAt, durationMillis, requestId, detail, usdMicros, keys);
        }
    }

    /**
     * Tokens and searches as the provider counted them, over all attempts.
     *
     * @param imageTokens the output tokens that are pictures; absent: the provider does not say
     * @param promptImageTokens the prompt tokens that are pictures; absent: the provider does not say
     * @param searches queries that the model sent to a search, each of which is billed; absent: none
     */
    public record Usage(
            long promptTokens,
            long outputTokens,
            long thoughtTokens,
            long totalTokens,
            @Nullable Long imageTokens,
            @Nullable Long promptImageTokens,
            @Nullable Long searches) {
        /** No tokens. */
        public static final Usage NONE = new Usage(0, 0, 0, 0);

        /** Tokens of a provider that does not say which are pictures. */
        public Usage(long promptTokens, long outputTokens, long thoughtTokens, long totalTokens) {
            this(promptTokens, outputTokens, thoughtTokens, totalTokens, null);
        }

        /** Tokens of a provider that does not say which of the prompt are pictures. */
        public Usage(
                long promptTokens,
                long outputTokens,
                long thoughtTokens,
                long totalTokens,
                @Nullable Long imageTokens) {
            this(promptTokens, outputTokens, thoughtTokens, totalTokens, imageTokens, null);
        }

        /** Tokens of a call without searches. */
        public Usage(
                long promptTokens,
                long outputTokens,
                long thoughtTokens,
                long totalTokens,
                @Nullable Long imageTokens,
                @Nullable Long promptImageTokens) {
            this(promptTokens, outputTokens, thoughtTokens, totalTokens, imageTokens, promptImageTokens, null);
        }

        /** These tokens with so many searches. */
        public Usage searching(long queries) {
            return new Usage(
                    promptTokens,
                    outputTokens,
                    thoughtTokens,
                    totalTokens,
                    imageTokens,
                    promptImageTokens,
                    queries == 0 ? null : Long.valueOf(queries));
        }

        /** The sum of both. */
        public Usage plus(Usage other) {
            return new Usage(
                    promptTokens + other.promptTokens,
                    outputTokens + other.outputTokens,
                    thoughtTokens + other.thoughtTokens,
                    totalTokens + other.totalTokens,
                    sum(imageTokens, other.imageTokens),
                    sum(promptImageTokens, other.promptImageTokens),
                    sum(searches, other.searches));
        }

        private static @Nullable Long sum(@Nullable Long one, @Nullable Long other) {
            return one == null ? other : other == null ? one : Long.valueOf(one + other);
        }
    }

    /**
     * Cost of a job.
     *
     * @param usdMicros in millionths of a US dollar, over all attempts
     * @param priceTable version of the price table it was computed from
     */
    public record Cost(long usdMicros, String priceTable) {
        /** Of a job for which no price was looked up. */
        public static final Cost NONE = new Cost(0, "none");
    }

    /**
     * Time spent by stage, in milliseconds.
     *
     * @param queued from the record's timestamp until a worker polls it
     * @param waited from then until the call: window, slots, quota, backoff
     * @param model in calls of the model
     * @param stored checking and storing the image
     * @param total from the record's timestamp to the outcome
     */
    public record Latency(long queued, long waited, long model, long stored, long total) {}

    /**
     * Origin of an image, for legal labelling.
     *
     * @param digitalSourceType IPTC term, such as {@code trainedAlgorithmicMedia}
     * @param modelVersion as in the provider's answer
     * @param responseId the provider's id of the answer
     * @param c2paPresent whether the stored bytes contain a C2PA manifest
     */
    public record Provenance(
            String digitalSourceType,
            String provider,
            @Nullable String modelVersion,
            @Nullable String responseId,
            boolean c2paPresent) {}

    /**
     * How a job edited the image of its parent.
     *
     * @param parent id of the job whose first image was edited
     * @param by {@link #SESSION} or {@link #REFERENCE}; consumers must expect others
     */
    public record ParentEdit(String parent, String by) {
        /** The model was given the conversation in which it drew the parent's image. */
        public static final String SESSION = "session";

        /** The model was given the parent's image as it is any reference. */
        public static final String REFERENCE = "reference";
    }

    /**
     * What the model found in its searches, over all answers with an image. Must be shown with the image where the
     * provider's terms say so.
     *
     * @param queries that the model sent; at most 32
     * @param sources that it used; at most 32
     * @param displayHtml the provider's search suggestions, to be shown unchanged; absent: none
     */
    public record SearchResults(
            List<String> queries,
            List<SearchSource> sources,
            @Nullable String displayHtml) {

        private static final int LISTED_MAX = 32;

        public SearchResults {
            queries = queries.stream().limit(LISTED_MAX).toList();
            sources = sources.stream().limit(LISTED_MAX).toList();
        }

        /** Both, the first ones first. */
        public SearchResults plus(SearchResults later) {
            return new SearchResults(
                    Stream.concat(queries.stream(), later.queries.stream()).toList(),
                    Stream.concat(sources.stream(), later.sources.stream()).toList(),
                    later.displayHtml == null ? displayHtml : later.displayHtml);
        }
    }

    /**
     * A page or an image that a search found.
     *
     * @param title absent: the provider names none
     */
    public record SearchSource(String uri, @Nullable String title) {}
}
