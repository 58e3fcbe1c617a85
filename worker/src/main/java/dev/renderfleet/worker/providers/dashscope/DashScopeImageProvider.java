package dev.renderfleet.worker.providers.dashscope;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.TaskLog;
import dev.renderfleet.worker.providers.wire.HttpResult;
import dev.renderfleet.worker.providers.wire.HttpResult.Answered;
import dev.renderfleet.worker.providers.wire.HttpResult.Lost;
import dev.renderfleet.worker.providers.wire.HttpResult.Refused;
import dev.renderfleet.worker.providers.wire.PollLoop;
import dev.renderfleet.worker.providers.wire.ProviderHttp;
import dev.renderfleet.worker.providers.wire.Redactor;
import dev.renderfleet.worker.providers.wire.ResultDownloader;
import dev.renderfleet.worker.providers.wire.StreamedJson;
import dev.renderfleet.worker.providers.wire.WireLimits;
import dev.renderfleet.worker.storage.Pause;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;

/**
 * Calls Qwen-Image and Wan models at DashScope. Qwen-Image answers when it has drawn; Wan gets a task, which is recorded, polled and
 * resumed. Pictures are downloaded at once, without the key.
 */
public final class DashScopeImageProvider implements ImageProvider {

    private static final URI DASHSCOPE = URI.create("https://dashscope-intl.aliyuncs.com/api/v1");
    private static final Duration POLL_FIRST = Duration.ofSeconds(1);
    private static final Duration POLL_LONGEST = Duration.ofSeconds(5);
    private static final Duration ASK_TIMEOUT = Duration.ofSeconds(30);

    /** Of a call's pictures, which are paid for and of which nothing else can be asked. */
    private static final int DOWNLOADS_MAX = 4;

    private static final Duration DOWNLOAD_PAUSE = Duration.ofSeconds(1);
    private static final Pattern TASK = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:-]{0,199}");

    private final HttpUrl base;
    private final String key;
    private final Pause pause;
    private final Redactor redactor;
    private final ProviderHttp http;
    private final DashScopeErrorMapper errorMapper;
    private final DashScopeOutput output;
    private final PollLoop loop;

    /**
     * Opens no connection yet.
     *
     * @param spool for the drawn pictures
     * @param baseUrl of the key's region, with or without {@code /api/v1}; null: Singapore's
     * @param apiKey of visible ASCII characters
     * @param clock for Retry-After dates and time-outs
     * @param pause between two polls or downloads
     */
    public DashScopeImageProvider(
            Spool spool, @Nullable URI baseUrl, String apiKey, WireLimits limits, InstantSource clock, Pause pause) {
        String text = (baseUrl == null ? DASHSCOPE : baseUrl).toString().replaceFirst("/+$", "");
        this.base = HttpUrl.get(text.endsWith("/api/v1") ? text : text + "/api/v1");
        this.key = Redactor.checkedKey(apiKey);
        this.pause = pause;
        this.redactor = new Redactor(key);
        this.http = new ProviderHttp(spool, limits);
        this.errorMapper = new DashScopeErrorMapper(redactor, clock);
        Set<String> trusted = baseUrl == null ? Set.of() : Set.of(base.host());
        this.output = new DashScopeOutput(new ResultDownloader(spool, limits, trusted), redactor);
        this.loop = new PollLoop(pause, clock, POLL_FIRST, POLL_LONGEST);
    }

    @Override
    public boolean hasTasks() {
        return true;
    }

    @Override
    public ModelAnswer draw(DrawRequest request, TaskLog tasks) {
        String objection = DashScopeRequest.objection(request);
        if (objection != null) {
            return output.notDrawn(FailureKind.REQUEST_INVALID, "UNSUPPORTED", objection, null);
        }
        StreamedJson body;
        try {
            body = DashScopeRequest.of(request);
        } catch (IOException e) {
            return output.notDrawn(FailureKind.NOT_SENT, "REFERENCE_UNREADABLE", e.toString(), null);
        }
        boolean asTask = DashScopeRequest.asTask(request.model());
        Request.Builder call = to("services/aigc/" + (asTask ? "image" : "multimodal") + "-generation/generation")
                .post(body);
        if (asTask) {
            call.header("X-DashScope-Async", "enable");
        }
        HttpResult result =
                asTask ? http.sendForTask(call.build(), request.timeout()) : http.send(call.build(), request.timeout());
        return switch (result) {
            case Answered answered -> {
                try (answered) {
                    yield answer(answered, request, tasks);
                }
            }
            case Refused refused -> errorMapper.refusal(refused);
            case Lost lost -> lost(lost, null);
        };
    }

    @Override
    public ModelAnswer resume(String task, DrawRequest request) {
        return TASK.matcher(task).matches()
                ? await(task, request)
                : output.notDrawn(FailureKind.UNKNOWN_OUTCOME, "TASK_UNREADABLE", "not a task of DashScope", null);
    }

    private ModelAnswer answer(Answered answered, DrawRequest request, TaskLog tasks) {
        JsonNode json = answered.json();
        JsonNode drawn = json.path("output");
        if (!json.path("code").asText("").isEmpty() && !drawn.has("choices") && !drawn.has("task_id")) {
            return errorMapper.error(json, answered.headers());
        }
        String task = drawn.path("task_id").asText("");
        if (TASK.matcher(task).matches()) {
            tasks.accepted(task);
            return await(task, request);
        }
        String requestId = redactor.redact(json.path("request_id").asText(""));
        if (answered.cut() != null) {
            return lost(answered.cut(), requestId);
        }
        return DashScopeRequest.asTask(request.model())
                ? output.notDrawn(
                        FailureKind.UNKNOWN_OUTCOME, "NO_TASK", "the answer to the submission names no task", requestId)
                : pictures(drawn, requestId);
    }

    private ModelAnswer lost(Lost lost, @Nullable String requestId) {
        return output.notDrawn(lost.kind(), lost.reason(), lost.detail(), requestId);
    }

    private ModelAnswer pictures(JsonNode drawn, @Nullable String requestId) {
        for (int attempt = 1; ; attempt++) {
            ModelAnswer answer = output.fetch(drawn, requestId, attempt == DOWNLOADS_MAX);
            boolean again = answer instanceof NotDrawn failure && failure.kind() == FailureKind.UNKNOWN_OUTCOME;
            if (!again || attempt == DOWNLOADS_MAX || !pause.pause(DOWNLOAD_PAUSE.multipliedBy(attempt))) {
                return answer;
            }
        }
    }

    private ModelAnswer await(String id, DrawRequest request) {
        var task = new DashScopeTask(
                id, () -> http.send(to("tasks/" + id).build(), ASK_TIMEOUT), () -> cancel(id), errorMapper, output);
        return loop.await(id, request.timeout(), task::ask, task::timedOut);
    }

    /** Cancels a pending task. A failure is ignored: the call counts as an unknown outcome either way. */
    private void cancel(String id) {
        var call = to("tasks/" + id + "/cancel").post(RequestBody.EMPTY).build();
        if (http.send(call, ASK_TIMEOUT) instanceof Answered answered) {
            answered.close();
        }
    }

    private Request.Builder to(String path) {
        return new Request.Builder()
                .url(base.newBuilder().addPathSegments(path).build())
                .header("Authorization", "Bearer " + key);
    }
}
