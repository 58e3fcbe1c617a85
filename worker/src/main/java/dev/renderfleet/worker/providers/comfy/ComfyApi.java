package dev.renderfleet.worker.providers.comfy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.identity.Sha256;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.wire.HttpResult;
import dev.renderfleet.worker.providers.wire.HttpResult.Answered;
import dev.renderfleet.worker.providers.wire.HttpResult.Lost;
import dev.renderfleet.worker.providers.wire.HttpResult.Refused;
import dev.renderfleet.worker.providers.wire.HttpStatusKind;
import dev.renderfleet.worker.providers.wire.ProviderHttp;
import dev.renderfleet.worker.providers.wire.Redactor;
import dev.renderfleet.worker.providers.wire.RetryHint;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.MultipartBody;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;

/** The requests to a server, and what its refusals mean. Safe for use by many threads; blocks its (virtual) thread. */
final class ComfyApi {

    private static final Duration ASK_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration VIEW_TIMEOUT = Duration.ofMinutes(2);
    private static final String FOLDER = "renderfleet";
    private static final MediaType JSON_TYPE = MediaType.get("application/json");
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpUrl base;
    private final String key;
    private final Redactor redactor;
    private final ProviderHttp http;
    private final InstantSource clock;

    /** @param key empty: none */
    ComfyApi(HttpUrl base, String key, ProviderHttp http, InstantSource clock) {
        this.base = base;
        this.key = key;
        // Without a key there is nothing to hide, and no text has this character.
        this.redactor = new Redactor(key.isEmpty() ? "\0" : key);
        this.http = http;
        this.clock = clock;
    }

    /** Where a task is. */
    sealed interface Found {
        /** In the history: {@code entry} has status and outputs. */
        record Ended(JsonNode entry) implements Found {}

        /** In the queue, or running. */
        record Queued() implements Found {}

        /** The server knows no such task: it never had it, or has restarted since. */
        record Unknown() implements Found {}

        /** The server did not say. */
        record Unasked(NotDrawn why) implements Found {}
    }

    /** Whether the server answers: null, or why not. */
    @Nullable
    NotDrawn unreachable(UUID id) {
        return history(id) instanceof Found.Unasked(NotDrawn why) ? why : null;
    }

    /** Looks for a task. */
    Found find(UUID id) {
        Found ended = history(id);
        if (!(ended instanceof Found.Unknown)) {
            return ended;
        }
        Found queued = queue(id);
        // It may have ended between the two requests.
        return queued instanceof Found.Unknown ? history(id) : queued;
    }

    private Found history(UUID id) {
        return ask("history/" + id, json -> {
            JsonNode entry = json.path(id.toString());
            return entry.isObject() ? new Found.Ended(entry) : new Found.Unknown();
        });
    }

    private Found queue(UUID id) {
        return ask("queue", json -> {
            JsonNode running = json.path("queue_running");
            JsonNode pending = json.path("queue_pending");
            if (!running.isArray() || !pending.isArray()) {
                return new Found.Unasked(notDrawn(FailureKind.NOT_SENT, "NO_QUEUE", "the answer is not ComfyUI's"));
            }
            return has(running, id) || has(pending, id) ? new Found.Queued() : new Found.Unknown();
        });
    }

    private static boolean has(JsonNode queue, UUID id) {
        for (JsonNode item : queue) {
            // Number, id, graph, extra data, output nodes.
            if (item.path(1).asText().equals(id.toString())) {
                return true;
            }
        }
        return false;
    }

    private Found ask(String path, Function<JsonNode, Found> reading) {
        return switch (http.send(to(path).build(), ASK_TIMEOUT)) {
            case Answered answered -> reading.apply(answered.json());
            case Refused refused -> new Found.Unasked(refusal(refused));
            case Lost lost -> new Found.Unasked(loss(lost));
        };
    }

    /** Puts a task into the queue: each time that this is called, also with the same id. */
    HttpResult submit(UUID id, JsonNode graph, Duration timeout) {
        var body = JSON.createObjectNode().put("prompt_id", id.toString());
        body.set("prompt", graph);
        var request = to("prompt").post(RequestBody.create(body.toString(), JSON_TYPE));
        return http.send(request.build(), timeout.compareTo(ASK_TIMEOUT) < 0 ? timeout : ASK_TIMEOUT);
    }

    /** The name of an uploaded file for a workflow, or why there is none. */
    sealed interface Upload {
        record Done(String name) implements Upload {}

        record Failed(NotDrawn why) implements Upload {}
    }

    /** Uploads a reference under its digest: the server stores the same file once. */
    Upload upload(ReferencePicture picture, Duration timeout) {
        MultipartBody form;
        try {
            String name = Sha256.hex(picture.file()) + "." + picture.mime().substring("image/".length());
            form = new MultipartBody.Builder()
                    .setType(MultipartBody.FORM)
                    .addFormDataPart("type", "input")
                    .addFormDataPart("subfolder", FOLDER)
                    .addFormDataPart(
                            "image", name, RequestBody.create(picture.file().toFile(), MediaType.get(picture.mime())))
                    .build();
        } catch (IOException e) {
            return new Upload.Failed(notDrawn(FailureKind.NOT_SENT, "REFERENCE_UNREADABLE", e.toString()));
        }
        return switch (http.send(to("upload/image").post(form).build(), timeout)) {
            case Answered answered -> {
                String folder = answered.json().path("subfolder").asText("");
                String name = answered.json().path("name").asText("");
                String path = folder.isEmpty() ? name : folder + "/" + name;
                yield !name.isEmpty()
                        ? new Upload.Done(path)
                        : new Upload.Failed(
                                notDrawn(FailureKind.PROVIDER_FAULT, "UPLOAD_UNNAMED", "the upload has no name"));
            }
            case Refused refused -> new Upload.Failed(refusal(refused));
            case Lost lost -> new Upload.Failed(loss(lost));
        };
    }

    /** Downloads a picture of an ended task. May be repeated. */
    HttpResult view(JsonNode image) {
        var url = base.newBuilder().addPathSegment("view");
        for (String field : new String[] {"filename", "subfolder", "type"}) {
            url.addQueryParameter(field, image.path(field).asText(""));
        }
        return http.sendForPicture(request(url.build()).build(), VIEW_TIMEOUT);
    }

    /** By id, since an interrupt without one would stop the task of another client. A failure is ignored. */
    void cancel(UUID id) {
        if (post("api/jobs/" + id + "/cancel", Map.of()) instanceof Refused) {
            // An older server: it can only take a waiting task out of its queue.
            post("queue", Map.of("delete", new String[] {id.toString()}));
        }
    }

    private HttpResult post(String path, Map<String, ?> body) {
        String json = JSON.valueToTree(body).toString();
        return http.send(to(path).post(RequestBody.create(json, JSON_TYPE)).build(), ASK_TIMEOUT);
    }

    private Request.Builder to(String path) {
        return request(base.newBuilder().addPathSegments(path).build());
    }

    private Request.Builder request(HttpUrl url) {
        var request = new Request.Builder().url(url);
        return key.isEmpty() ? request : request.header("Authorization", "Bearer " + key);
    }

    /** A refused request. What a gateway gave up on has not come through, for the server does not know its task. */
    NotDrawn refusal(Refused refused) {
        JsonNode error = refused.json().path("error");
        String type = error.path("type").asText("");
        String nodes = refused.json().path("node_errors").toString();
        String text = type.isEmpty()
                ? refused.body()
                : error.path("message").asText("") + " " + error.path("details").asText("") + " " + nodes;
        FailureKind kind = HttpStatusKind.of(refused.status());
        Duration wait = RetryHint.of(refused.headers(), "", clock.instant());
        return new NotDrawn(
                kind == FailureKind.UNKNOWN_OUTCOME ? FailureKind.NOT_SENT : kind,
                type.isEmpty() ? "HTTP_" + refused.status() : type,
                redactor.redact(text),
                wait,
                Usage.NONE,
                null);
    }

    /** A request without a valid answer, of which the server knows no task. */
    NotDrawn loss(Lost lost) {
        return notDrawn(FailureKind.NOT_SENT, lost.reason(), lost.detail());
    }

    NotDrawn notDrawn(FailureKind kind, String reason, @Nullable String detail) {
        return new NotDrawn(kind, reason, redactor.redact(detail), null, Usage.NONE, null);
    }
}
