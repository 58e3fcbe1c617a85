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
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes an event of a JSON object. Fields it does not know are ignored: an older consumer must live with a younger fleet. */
final class EventReader {

    private final JsonFields event;

    private EventReader(JsonFields event) {
        this.event = event;
    }

    static RenderEvent read(Map<String, @Nullable Object> object) {
        return new EventReader(new JsonFields(JsonPath.ROOT, object)).event();
    }

    private RenderEvent event() {
        String outcome = event.text("outcome");
        return switch (outcome) {
            case "completed" -> completed();
            case "failed" -> failed();
            case "rejected" -> rejected();
            case "canceled" ->
                new RenderCanceled(job(), event.flag("replay"), event.text("message"), cost(event.object("cost")));
            default -> throw event.refusal("outcome", "unknown outcome " + Shown.quoted(outcome));
        };
    }

    private RenderCompleted completed() {
        JsonFields model = event.object("model");
        JsonFields latency = event.object("latency");
        JsonFields provenance = event.object("provenance");
        return new RenderCompleted(
                job(),
                event.flag("replay"),
                event.objects("images", Integer.MAX_VALUE).stream()
                        .map(EventReader::image)
                        .toList(),
                new ModelChoice(
                        model.textOrNull("requested"),
                        model.text("used"),
                        model.text("provider"),
                        model.text("reason")),
                attempts(),
                usage(event.object("usage")),
                cost(event.object("cost")),
                new Latency(
                        latency.integer("queued"),
                        latency.integer("waited"),
                        latency.integer("model"),
                        latency.integer("stored"),
                        latency.integer("total")),
                new Provenance(
                        provenance.text("digitalSourceType"),
                        provenance.text("provider"),
                        provenance.textOrNull("modelVersion"),
                        provenance.textOrNull("responseId"),
                        provenance.flag("c2paPresent")));
    }

    private RenderFailed failed() {
        String code = event.text("code");
        return new RenderFailed(
                job(),
                event.flag("replay"),
                FailureCode.ofWireName(code),
                event.flag("retryable"),
                message(code),
                event.textOrNull("providerReason"),
                attempts(),
                usage(event.object("usage")),
                cost(event.object("cost")));
    }

    private RenderRejected rejected() {
        String code = event.text("code");
        return new RenderRejected(
                job(), event.flag("replay"), FailureCode.ofWireName(code), event.textOrNull("field"), message(code));
    }

    private JobRef job() {
        return new JobRef(
                event.text("jobId"),
                event.text("tenant"),
                event.text("idempotencyKey"),
                event.textOrNull("fingerprint"),
                event.textOrNull("batchId"),
                event.textsByName("labels", Integer.MAX_VALUE));
    }

    // The code that this version has no constant for must not be lost: it is what people will search for.
    private String message(String code) {
        String message = event.text("message");
        return FailureCode.ofWireName(code) == FailureCode.UNRECOGNISED
                ? "[" + Shown.plain(code, 64) + "] " + message
                : message;
    }

    private List<Attempt> attempts() {
        return event.objects("attempts", Integer.MAX_VALUE).stream()
                .map(EventReader::attempt)
                .toList();
    }

    private static Attempt attempt(JsonFields attempt) {
        return new Attempt(
                number(attempt, "number"),
                attempt.text("model"),
                attempt.text("outcome"),
                instant(attempt, "startedAt"),
                attempt.integer("durationMillis"),
                attempt.textOrNull("requestId"),
                attempt.textOrNull("detail"),
                attempt.integer("usdMicros"));
    }

    private static Image image(JsonFields image) {
        return new Image(
                image.text("bucket"),
                image.text("key"),
                image.text("sha256"),
                image.integer("bytes"),
                image.text("mime"),
                number(image, "width"),
                number(image, "height"),
                image.objects("renditions", Integer.MAX_VALUE).stream()
                        .map(EventReader::rendition)
                        .toList());
    }

    private static RenditionFile rendition(JsonFields file) {
        return new RenditionFile(
                file.text("name"),
                file.text("key"),
                file.text("sha256"),
                file.integer("bytes"),
                file.text("mime"),
                number(file, "width"),
                number(file, "height"));
    }

    private static Usage usage(JsonFields usage) {
        return new Usage(
                usage.integer("promptTokens"),
                usage.integer("outputTokens"),
                usage.integer("thoughtTokens"),
                usage.integer("totalTokens"));
    }

    private static Cost cost(JsonFields cost) {
        return new Cost(cost.integer("usdMicros"), cost.text("priceTable"));
    }

    private static int number(JsonFields fields, String name) {
        return (int) fields.integer(name, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    private static Instant instant(JsonFields fields, String name) {
        try {
            return OffsetDateTime.parse(fields.text(name)).toInstant();
        } catch (DateTimeException _) {
            throw fields.refusal(name, name + " must be a time with offset");
        }
    }
}
