package dev.renderfleet.worker.providers.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFile;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.DrawnPicture;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.TaskLog;
import dev.renderfleet.worker.providers.wire.HttpResult;
import dev.renderfleet.worker.providers.wire.HttpResult.Answered;
import dev.renderfleet.worker.providers.wire.HttpResult.Lost;
import dev.renderfleet.worker.providers.wire.HttpResult.Refused;
import dev.renderfleet.worker.providers.wire.ProviderHttp;
import dev.renderfleet.worker.providers.wire.Redactor;
import dev.renderfleet.worker.providers.wire.WireLimits;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;

/**
 * Calls OpenAI's GPT Image models: generations, and edits where the job has references. Pictures stream between network and spool in
 * both directions. Answers at once: there are no tasks.
 */
public final class OpenAiImageProvider implements ImageProvider {

    static final String REQUEST_ID = "x-request-id";

    private static final URI OPENAI = URI.create("https://api.openai.com/v1");

    private final Spool spool;
    private final ProviderHttp http;
    private final Redactor redactor;
    private final OpenAiErrorMapper errorMapper;
    private final String baseUrl;
    private final String key;

    /**
     * Opens no connection yet.
     *
     * @param spool for the drawn pictures
     * @param baseUrl with or without {@code /v1}; null: OpenAI's
     * @param apiKey of visible ASCII characters
     * @param clock for Retry-After dates
     */
    public OpenAiImageProvider(
            Spool spool, @Nullable URI baseUrl, String apiKey, WireLimits limits, InstantSource clock) {
        this.spool = spool;
        this.key = Redactor.checkedKey(apiKey);
        this.http = new ProviderHttp(spool, limits);
        this.redactor = new Redactor(key);
        this.errorMapper = new OpenAiErrorMapper(redactor, clock);
        String base = (baseUrl == null ? OPENAI : baseUrl).toString().replaceFirst("/+$", "");
        this.baseUrl = base.matches(".*/v\\d+") ? base : base + "/v1";
    }

    @Override
    public ModelAnswer draw(DrawRequest request, TaskLog tasks) {
        return switch (OpenAiRequest.of(request, spool)) {
            case OpenAiRequest.Unfit(FailureKind kind, String reason, String detail) ->
                notDrawn(kind, reason, detail, Usage.NONE, null);
            case OpenAiRequest.Ready ready -> {
                try (ready) {
                    yield answer(request, http.send(post(ready), request.timeout()));
                }
            }
        };
    }

    private Request post(OpenAiRequest.Ready ready) {
        return new Request.Builder()
                .url(baseUrl + "/images/" + ready.operation())
                .header("Authorization", "Bearer " + key)
                .post(ready.body())
                .build();
    }

    private ModelAnswer answer(DrawRequest request, HttpResult result) {
        return switch (result) {
            case Answered answered -> answer(request, answered);
            case Refused refused -> {
                JsonNode error = refused.json().path("error");
                yield errorMapper.map(refused.status(), refused.headers(), error, refused.body());
            }
            case Lost(FailureKind kind, String reason, String detail) ->
                notDrawn(kind, reason, detail, Usage.NONE, null);
        };
    }

    private ModelAnswer answer(DrawRequest request, Answered answered) {
        JsonNode json = answered.json();
        String requestId = redactor.redact(answered.headers().get(REQUEST_ID));
        // A part of it, if the answer broke off.
        Usage usage = answered.cut() == null ? usage(json.path("usage")) : Usage.NONE;
        String mime = mime(request, json);
        List<DrawnPicture> pictures = new ArrayList<>();
        for (JsonNode data : json.path("data")) {
            SpoolFile picture = answered.picture(data.path("b64_json"));
            if (picture != null) {
                pictures.add(new DrawnPicture(picture, mime, false));
            }
        }
        if (!pictures.isEmpty()) {
            answered.pictures().stream()
                    .filter(file -> pictures.stream().noneMatch(picture -> picture.file() == file))
                    .forEach(SpoolFile::close);
            return new Drawn(pictures, usage, null, requestId);
        }
        try (answered) {
            Lost cut = answered.cut();
            if (cut != null) {
                return notDrawn(cut.kind(), cut.reason(), cut.detail(), usage, requestId);
            }
            JsonNode error = json.path("error");
            return error.isObject() && !error.isEmpty()
                    ? errorMapper.map(500, answered.headers(), error, error.toString())
                    : notDrawn(FailureKind.NO_IMAGE, "NO_IMAGE", "the answer has no image", usage, requestId);
        }
    }

    private String mime(DrawRequest request, JsonNode json) {
        var wanted = request.output().format();
        String format = redactor.redact(json.path("output_format").asText(wanted == null ? "png" : wanted.wireName()));
        return "image/" + Objects.requireNonNullElse(format, "png");
    }

    /** All output is pictures where the answer does not say otherwise. */
    private static Usage usage(JsonNode usage) {
        long output = tokens(usage, "output_tokens");
        JsonNode details = usage.path("output_tokens_details");
        Long imageTokens =
                details.has("image_tokens") ? Long.valueOf(tokens(details, "image_tokens")) : Long.valueOf(output);
        JsonNode input = usage.path("input_tokens_details");
        Long promptImageTokens = input.has("image_tokens") ? Long.valueOf(tokens(input, "image_tokens")) : null;
        return usage.isObject()
                ? new Usage(
                        tokens(usage, "input_tokens"),
                        output,
                        0,
                        tokens(usage, "total_tokens"),
                        imageTokens,
                        promptImageTokens)
                : Usage.NONE;
    }

    private static long tokens(JsonNode usage, String field) {
        return Math.max(0, usage.path(field).asLong(0));
    }

    private NotDrawn notDrawn(
            FailureKind kind, String reason, @Nullable String detail, Usage usage, @Nullable String requestId) {
        return new NotDrawn(kind, reason, redactor.redact(detail), null, usage, requestId);
    }
}
