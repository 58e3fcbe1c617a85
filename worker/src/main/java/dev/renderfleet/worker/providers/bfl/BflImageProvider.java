package dev.renderfleet.worker.providers.bfl;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.TaskLog;
import dev.renderfleet.worker.providers.wire.HttpResult.Answered;
import dev.renderfleet.worker.providers.wire.HttpResult.Lost;
import dev.renderfleet.worker.providers.wire.HttpResult.Refused;
import dev.renderfleet.worker.providers.wire.HttpStatusKind;
import dev.renderfleet.worker.providers.wire.PollLoop;
import dev.renderfleet.worker.providers.wire.ProviderHttp;
import dev.renderfleet.worker.providers.wire.Redactor;
import dev.renderfleet.worker.providers.wire.ResultDownloader;
import dev.renderfleet.worker.providers.wire.RetryHint;
import dev.renderfleet.worker.providers.wire.StreamedJson;
import dev.renderfleet.worker.providers.wire.WireLimits;
import dev.renderfleet.worker.storage.Pause;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Set;
import okhttp3.HttpUrl;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;

/**
 * Calls FLUX models at Black Forest Labs: submits once, records the task, polls it and downloads the result. The key goes to the base
 * address and to BFL's own hosts only. A draw yields one picture, whatever count the job wants.
 */
public final class BflImageProvider implements ImageProvider {

    private static final URI BFL = URI.create("https://api.bfl.ai");
    private static final Duration POLL_FIRST = Duration.ofMillis(500);
    private static final Duration POLL_LONGEST = Duration.ofSeconds(10);
    private static final String KEY_HEADER = "x-key";

    private final HttpUrl base;
    private final String key;
    private final InstantSource clock;
    private final Redactor redactor;
    private final ProviderHttp http;
    private final ResultDownloader downloader;
    private final PollLoop loop;

    /**
     * Opens no connection yet.
     *
     * @param spool for the drawn pictures
     * @param baseUrl without version, such as {@code http://127.0.0.1:4010}; null: BFL's
     * @param apiKey of visible ASCII characters
     * @param pause between two polls
     */
    public BflImageProvider(
            Spool spool, @Nullable URI baseUrl, String apiKey, WireLimits limits, InstantSource clock, Pause pause) {
        this.base = Objects.requireNonNull(HttpUrl.get(baseUrl == null ? BFL : baseUrl), "not an http address");
        this.key = Redactor.checkedKey(apiKey);
        this.clock = clock;
        this.redactor = new Redactor(key);
        this.http = new ProviderHttp(spool, limits);
        this.downloader = new ResultDownloader(spool, limits, baseUrl == null ? Set.of() : Set.of(base.host()));
        this.loop = new PollLoop(pause, clock, POLL_FIRST, POLL_LONGEST);
    }

    @Override
    public boolean hasTasks() {
        return true;
    }

    @Override
    public ModelAnswer draw(DrawRequest request, TaskLog tasks) {
        String objection = BflRequest.objection(request);
        if (objection != null) {
            return notDrawn(FailureKind.REQUEST_INVALID, "UNSUPPORTED", objection);
        }
        StreamedJson body;
        try {
            body = BflRequest.of(request);
        } catch (IOException e) {
            return notDrawn(FailureKind.NOT_SENT, "REFERENCE_UNREADABLE", e.toString());
        }
        var submission = new Request.Builder()
                .url(base.newBuilder()
                        .addPathSegment("v1")
                        .addPathSegment(request.model())
                        .build())
                .header(KEY_HEADER, key)
                .post(body)
                .build();
        return switch (http.sendForTask(submission, request.timeout())) {
            case Answered answered -> {
                JsonNode json = answered.json();
                BflTask task = BflTask.accepted(json, answered.cut() == null);
                yield task != null
                        ? started(task, request, tasks)
                        : answered.cut() == null ? withoutTask(json) : lost(answered.cut());
            }
            case Refused refused -> refusal(refused);
            case Lost lost -> lost(lost);
        };
    }

    @Override
    public ModelAnswer resume(String task, DrawRequest request) {
        BflTask known = BflTask.parse(task);
        return known == null
                ? notDrawn(FailureKind.UNKNOWN_OUTCOME, "TASK_UNREADABLE", "not a task of BFL")
                : await(known, request);
    }

    private ModelAnswer started(BflTask task, DrawRequest request, TaskLog tasks) {
        tasks.accepted(task.text());
        return await(task, request);
    }

    private ModelAnswer await(BflTask task, DrawRequest request) {
        var asking = new BflTaskState(task, redactor, downloader, () -> {
            var ask = new Request.Builder()
                    .url(task.askAt(base))
                    .header(KEY_HEADER, key)
                    .build();
            return http.send(ask, BflTaskState.ASK_TIMEOUT);
        });
        return loop.await(task.text(), request.timeout(), asking::ask, asking::timedOut);
    }

    private NotDrawn lost(Lost lost) {
        return notDrawn(lost.kind(), lost.reason(), lost.detail());
    }

    private NotDrawn withoutTask(JsonNode json) {
        JsonNode errors = json.path("errors");
        return errors.isMissingNode()
                ? notDrawn(FailureKind.UNKNOWN_OUTCOME, "NO_TASK", "the answer to the submission names no task")
                : notDrawn(FailureKind.REQUEST_INVALID, "ERRORS", errors.toString());
    }

    /** Nothing was accepted, unless a gateway says so. */
    private NotDrawn refusal(Refused refused) {
        JsonNode json = refused.json();
        String code = json.path("error").asText("");
        String message = json.path("message").asText("");
        JsonNode detail = json.path("detail");
        FailureKind kind =
                code.equals("insufficient_credits") ? FailureKind.BILLING_REFUSED : HttpStatusKind.of(refused.status());
        String text = !message.isEmpty() ? message : detail.isMissingNode() ? refused.body() : detail.toString();
        return new NotDrawn(
                kind,
                code.isEmpty() ? "HTTP_" + refused.status() : code,
                redactor.redact(text),
                retryAfter(refused, json),
                Usage.NONE,
                null);
    }

    private @Nullable Duration retryAfter(Refused refused, JsonNode json) {
        Duration hint = RetryHint.fromSeconds(json.path("retry_after").asText(""));
        return hint != null ? hint : RetryHint.of(refused.headers(), "", clock.instant());
    }

    private NotDrawn notDrawn(FailureKind kind, String reason, String detail) {
        return new NotDrawn(kind, reason, redactor.redact(detail), null, Usage.NONE, null);
    }
}
