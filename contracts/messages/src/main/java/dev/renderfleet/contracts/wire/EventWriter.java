package dev.renderfleet.contracts.wire;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.EventParts.Latency;
import dev.renderfleet.contracts.event.EventParts.ModelChoice;
import dev.renderfleet.contracts.event.EventParts.Provenance;
import dev.renderfleet.contracts.event.EventParts.RenditionFile;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes a flat JSON object of an event: which job, which outcome, then the rest in the order of the record; nulls left out. */
final class EventWriter {

    private EventWriter() {}

    static Map<String, Object> write(RenderEvent event) {
        Fields fields = new Fields();
        JobRef job = event.job();
        fields.put("jobId", job.jobId())
                .put("tenant", job.tenant())
                .put("idempotencyKey", job.idempotencyKey())
                .put("fingerprint", job.fingerprint())
                .put("batchId", job.batchId())
                .put("labels", new TreeMap<>(job.labels()))
                .put("outcome", event.outcome())
                .put("replay", event.replay());
        switch (event) {
            case RenderCompleted completed ->
                fields.put("images", all(completed.images(), EventWriter::image))
                        .put("model", model(completed.model()))
                        .put("attempts", all(completed.attempts(), EventWriter::attempt))
                        .put("usage", usage(completed.usage()))
                        .put("cost", cost(completed.cost()))
                        .put("latency", latency(completed.latency()))
                        .put("provenance", provenance(completed.provenance()));
            case RenderFailed failed ->
                fields.put("code", failed.code().wireName())
                        .put("retryable", failed.retryable())
                        .put("message", failed.message())
                        .put("providerReason", failed.providerReason())
                        .put("attempts", all(failed.attempts(), EventWriter::attempt))
                        .put("usage", usage(failed.usage()))
                        .put("cost", cost(failed.cost()));
            case RenderRejected rejected ->
                fields.put("code", rejected.code().wireName())
                        .put("retryable", rejected.retryable())
                        .put("field", rejected.field())
                        .put("message", rejected.message());
            case RenderCanceled canceled ->
                fields.put("message", canceled.message()).put("cost", cost(canceled.cost()));
        }
        return fields.present;
    }

    private static Map<String, Object> image(Image image) {
        return new Fields()
                .put("bucket", image.bucket())
                .put("key", image.key())
                .put("sha256", image.sha256())
                .put("bytes", image.bytes())
                .put("mime", image.mime())
                .put("width", image.width())
                .put("height", image.height())
                .put("renditions", all(image.renditions(), EventWriter::rendition))
                .present;
    }

    private static Map<String, Object> rendition(RenditionFile file) {
        return new Fields()
                .put("name", file.name())
                .put("key", file.key())
                .put("sha256", file.sha256())
                .put("bytes", file.bytes())
                .put("mime", file.mime())
                .put("width", file.width())
                .put("height", file.height())
                .present;
    }

    private static Map<String, Object> model(ModelChoice model) {
        return new Fields()
                .put("requested", model.requested())
                .put("used", model.used())
                .put("provider", model.provider())
                .put("reason", model.reason())
                .present;
    }

    private static Map<String, Object> attempt(Attempt attempt) {
        return new Fields()
                .put("number", attempt.number())
                .put("model", attempt.model())
                .put("outcome", attempt.outcome())
                .put("startedAt", attempt.startedAt().toString())
                .put("durationMillis", attempt.durationMillis())
                .put("requestId", attempt.requestId())
                .put("detail", attempt.detail())
                .put("usdMicros", attempt.usdMicros())
                .present;
    }

    private static Map<String, Object> usage(Usage usage) {
        return new Fields()
                .put("promptTokens", usage.promptTokens())
                .put("outputTokens", usage.outputTokens())
                .put("thoughtTokens", usage.thoughtTokens())
                .put("totalTokens", usage.totalTokens())
                .present;
    }

    private static Map<String, Object> cost(Cost cost) {
        return new Fields().put("usdMicros", cost.usdMicros()).put("priceTable", cost.priceTable()).present;
    }

    private static Map<String, Object> latency(Latency latency) {
        return new Fields()
                .put("queued", latency.queued())
                .put("waited", latency.waited())
                .put("model", latency.model())
                .put("stored", latency.stored())
                .put("total", latency.total())
                .present;
    }

    private static Map<String, Object> provenance(Provenance provenance) {
        return new Fields()
                .put("digitalSourceType", provenance.digitalSourceType())
                .put("provider", provenance.provider())
                .put("modelVersion", provenance.modelVersion())
                .put("responseId", provenance.responseId())
                .put("c2paPresent", provenance.c2paPresent())
                .present;
    }

    private static <T> List<Map<String, Object>> all(List<T> parts, Function<T, Map<String, Object>> writer) {
        return parts.stream().map(writer).toList();
    }

    private static final class Fields {
        private final Map<String, Object> present = new LinkedHashMap<>();

        Fields put(String name, @Nullable Object value) {
            if (value != null) {
                present.put(name, value);
            }
            return this;
        }
    }
}
