package dev.renderfleet.worker.providers.openai;

import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.ShutdownNotice;
import dev.renderfleet.worker.providers.TaskLog;
import dev.renderfleet.worker.providers.wire.HttpResult;
import dev.renderfleet.worker.providers.wire.HttpResult.Answered;
import dev.renderfleet.worker.providers.wire.HttpResult.Lost;
import dev.renderfleet.worker.providers.wire.HttpResult.Refused;
import dev.renderfleet.worker.providers.wire.PictureLender;
import dev.renderfleet.worker.providers.wire.ProviderHttp;
import dev.renderfleet.worker.providers.wire.Redactor;
import dev.renderfleet.worker.providers.wire.ResultDownloader;
import dev.renderfleet.worker.providers.wire.WireLimits;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Calls OpenAI's GPT Image models, or a server of one's own with the same API: generations, and edits where the job has references.
 * Pictures stream between network and spool in both directions. Answers at once: there are no tasks.
 */
public final class OpenAiImageProvider implements ImageProvider {

    static final String REQUEST_ID = "x-request-id";

    /** No text has it. */
    private static final String NO_KEY = "\0";

    private static final Logger LOG = Logger.getLogger(OpenAiImageProvider.class);
    private static final String EDITS = "edits";
    private static final Duration SHUTDOWN_TIMEOUT = Duration.ofSeconds(20);

    /** OkHttp takes none for endless. */
    private static final Duration LEFT_MIN = Duration.ofMillis(1);

    private static final URI OPENAI = URI.create("https://api.openai.com/v1");

    private final Spool spool;
    private final ProviderHttp http;
    private final OpenAiErrorMapper errorMapper;
    private final OpenAiAnswerMapper answers;
    private final Form form;
    private final InstantSource clock;
    private final HttpUrl baseUrl;
    private final @Nullable String key;

    /** Of OpenAI itself, where pictures are uploaded. */
    public OpenAiImageProvider(
            Spool spool, @Nullable URI baseUrl, String apiKey, WireLimits limits, InstantSource clock) {
        this(spool, baseUrl, apiKey, limits, clock, (PictureLender) null);
    }

    /**
     * Of OpenAI itself. Opens no connection yet.
     *
     * @param spool for the drawn pictures
     * @param baseUrl with or without {@code /v1}; null: OpenAI's
     * @param clock for Retry-After dates
     * @param lender of the pictures of edits; null: they are uploaded
     */
    public OpenAiImageProvider(
            Spool spool,
            @Nullable URI baseUrl,
            String apiKey,
            WireLimits limits,
            InstantSource clock,
            @Nullable PictureLender lender) {
        this(spool, baseUrl, Redactor.checkedKey(apiKey), limits, clock, new Form(ImagesDialect.OPENAI, lender));
    }

    /**
     * Of a server of one's own. Opens no connection yet.
     *
     * @param apiKey empty: none
     */
    public OpenAiImageProvider(
            Spool spool, URI baseUrl, String apiKey, WireLimits limits, InstantSource clock, ImagesDialect dialect) {
        this(
                spool,
                baseUrl,
                apiKey.isBlank() ? null : Redactor.checkedKey(apiKey),
                limits,
                clock,
                new Form(dialect, null));
    }

    private OpenAiImageProvider(
            Spool spool,
            @Nullable URI baseUrl,
            @Nullable String key,
            WireLimits limits,
            InstantSource clock,
            Form form) {
        this.spool = spool;
        this.form = form;
        this.key = key;
        this.clock = clock;
        this.http = new ProviderHttp(spool, limits);
        var redactor = new Redactor(key == null ? NO_KEY : key);
        this.errorMapper = new OpenAiErrorMapper(redactor, clock);
        String base = (baseUrl == null ? OPENAI : baseUrl).toString().replaceFirst("/+$", "");
        this.baseUrl = HttpUrl.get(base.matches(".*/v\\d+") ? base : base + "/v1");
        var downloader = new ResultDownloader(spool, limits, Set.of(this.baseUrl.host()));
        this.answers = new OpenAiAnswerMapper(this.baseUrl, downloader, redactor, errorMapper);
    }

    /** How requests are written. */
    private record Form(ImagesDialect dialect, @Nullable PictureLender lender) {}

    @Override
    public ModelAnswer draw(DrawRequest request, TaskLog tasks) {
        return switch (OpenAiRequest.of(request, spool, form.dialect)) {
            case OpenAiRequest.Unfit(FailureKind kind, String reason, String detail) ->
                answers.notDrawn(kind, reason, detail, null);
            case OpenAiRequest.Ready ready -> {
                PictureLender lender = ready.operation().equals(EDITS) ? form.lender : null;
                try (ready) {
                    yield lender == null ? send(request, ready, request.timeout()) : edit(request, ready, lender);
                }
            }
        };
    }

    /** As JSON. What OpenAI refuses as invalid is free of charge: it may be unable to read the addresses, and gets the files. */
    private ModelAnswer edit(DrawRequest request, OpenAiRequest.Ready ready, PictureLender lender) {
        Instant start = clock.instant();
        try (EditByUrl edit = EditByUrl.of(request, ready.mask(), lender)) {
            if (edit != null) {
                start = clock.instant();
                HttpResult result = http.send(post(EDITS, edit.body()), request.timeout());
                ModelAnswer answer = answer(request, result);
                if (!(result instanceof Refused refused
                        && refused.status() < 500
                        && answer instanceof NotDrawn failure
                        && failure.kind() == FailureKind.REQUEST_INVALID)) {
                    return answer;
                }
                LOG.warnf(
                        "edit with pre-signed addresses refused, its pictures are uploaded, reason=%s detail=%s",
                        failure.reason(), failure.detail());
            }
        }
        Duration left = request.timeout().minus(Duration.between(start, clock.instant()));
        return left.compareTo(LEFT_MIN) < 0
                ? answers.notDrawn(FailureKind.NOT_SENT, "TIMEOUT", "no time is left to upload the pictures", null)
                : send(request, ready, left);
    }

    private ModelAnswer send(DrawRequest request, OpenAiRequest.Ready ready, Duration timeout) {
        Request post = post(ready.operation(), ready.body());
        return answer(
                request,
                form.dialect == ImagesDialect.OPENAI
                        ? http.send(post, timeout)
                        : http.sendForJsonOrPicture(post, timeout));
    }

    @Override
    public ShutdownNotice shutdown(String model) {
        if (form.dialect != ImagesDialect.OPENAI) {
            return new ShutdownNotice.None();
        }
        HttpUrl url = baseUrl.newBuilder()
                .addPathSegment("models")
                .addPathSegment(model)
                .build();
        return switch (http.send(authorized(url).build(), SHUTDOWN_TIMEOUT)) {
            case Answered answered -> {
                try (answered) {
                    yield ShutdownNotice.of(
                            answered.json().path("shutdown_date").asText(""));
                }
            }
            case Refused refused -> new ShutdownNotice.Unread("HTTP_" + refused.status());
            case Lost lost -> new ShutdownNotice.Unread(lost.reason());
        };
    }

    private Request post(String operation, RequestBody body) {
        return authorized(baseUrl.newBuilder()
                        .addPathSegments("images/" + operation)
                        .build())
                .post(body)
                .build();
    }

    private Request.Builder authorized(HttpUrl url) {
        var request = new Request.Builder().url(url);
        return key == null ? request : request.header("Authorization", "Bearer " + key);
    }

    private ModelAnswer answer(DrawRequest request, HttpResult result) {
        return switch (result) {
            case Answered answered -> answers.map(request, answered);
            case Refused refused ->
                errorMapper.map(refused.status(), refused.headers(), refused.json(), refused.body());
            case Lost(FailureKind kind, String reason, String detail) -> answers.notDrawn(kind, reason, detail, null);
        };
    }
}
