package dev.renderfleet.worker.providers.openai;

import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.TaskLog;
import dev.renderfleet.worker.providers.wire.HttpResult;
import dev.renderfleet.worker.providers.wire.HttpResult.Answered;
import dev.renderfleet.worker.providers.wire.HttpResult.Lost;
import dev.renderfleet.worker.providers.wire.HttpResult.Refused;
import dev.renderfleet.worker.providers.wire.ProviderHttp;
import dev.renderfleet.worker.providers.wire.Redactor;
import dev.renderfleet.worker.providers.wire.ResultDownloader;
import dev.renderfleet.worker.providers.wire.WireLimits;
import java.net.URI;
import java.time.InstantSource;
import java.util.Set;
import okhttp3.HttpUrl;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;

/**
 * Calls OpenAI's GPT Image models, or a server of one's own with the same API: generations, and edits where the job has references.
 * Pictures stream between network and spool in both directions. Answers at once: there are no tasks.
 */
public final class OpenAiImageProvider implements ImageProvider {

    static final String REQUEST_ID = "x-request-id";

    /** No text has it. */
    private static final String NO_KEY = "\0";

    private static final URI OPENAI = URI.create("https://api.openai.com/v1");

    private final Spool spool;
    private final ProviderHttp http;
    private final OpenAiErrorMapper errorMapper;
    private final OpenAiAnswerMapper answers;
    private final ImagesDialect dialect;
    private final HttpUrl baseUrl;
    private final @Nullable String key;

    /** Of OpenAI itself. */
    public OpenAiImageProvider(
            Spool spool, @Nullable URI baseUrl, String apiKey, WireLimits limits, InstantSource clock) {
        this(spool, baseUrl, apiKey, limits, clock, ImagesDialect.OPENAI);
    }

    /**
     * Opens no connection yet.
     *
     * @param spool for the drawn pictures
     * @param baseUrl with or without {@code /v1}; null: OpenAI's
     * @param apiKey of visible ASCII characters; empty: none, for a server of one's own
     * @param clock for Retry-After dates
     */
    public OpenAiImageProvider(
            Spool spool,
            @Nullable URI baseUrl,
            String apiKey,
            WireLimits limits,
            InstantSource clock,
            ImagesDialect dialect) {
        this.spool = spool;
        this.dialect = dialect;
        this.key = apiKey.isBlank() && dialect != ImagesDialect.OPENAI ? null : Redactor.checkedKey(apiKey);
        this.http = new ProviderHttp(spool, limits);
        var redactor = new Redactor(key == null ? NO_KEY : key);
        this.errorMapper = new OpenAiErrorMapper(redactor, clock);
        String base = (baseUrl == null ? OPENAI : baseUrl).toString().replaceFirst("/+$", "");
        this.baseUrl = HttpUrl.get(base.matches(".*/v\\d+") ? base : base + "/v1");
        var downloader = new ResultDownloader(spool, limits, Set.of(this.baseUrl.host()));
        this.answers = new OpenAiAnswerMapper(this.baseUrl, downloader, redactor, errorMapper);
    }

    @Override
    public ModelAnswer draw(DrawRequest request, TaskLog tasks) {
        return switch (OpenAiRequest.of(request, spool, dialect)) {
            case OpenAiRequest.Unfit(FailureKind kind, String reason, String detail) ->
                answers.notDrawn(kind, reason, detail, null);
            case OpenAiRequest.Ready ready -> {
                try (ready) {
                    Request post = post(ready);
                    yield answer(
                            request,
                            dialect == ImagesDialect.OPENAI
                                    ? http.send(post, request.timeout())
                                    : http.sendForJsonOrPicture(post, request.timeout()));
                }
            }
        };
    }

    private Request post(OpenAiRequest.Ready ready) {
        var post = new Request.Builder()
                .url(baseUrl + "/images/" + ready.operation())
                .post(ready.body());
        if (key != null) {
            post.header("Authorization", "Bearer " + key);
        }
        return post.build();
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
