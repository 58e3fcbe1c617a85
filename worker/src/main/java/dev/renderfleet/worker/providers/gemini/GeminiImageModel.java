package dev.renderfleet.worker.providers.gemini;

import com.google.auth.Retryable;
import com.google.genai.Client;
import com.google.genai.types.ClientOptions;
import com.google.genai.types.GenerateContentResponse;
import com.google.genai.types.HttpOptions;
import com.google.genai.types.HttpRetryOptions;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.TaskLog;
import dev.renderfleet.worker.providers.wire.CallException;
import dev.renderfleet.worker.providers.wire.IoFailureReason;
import dev.renderfleet.worker.providers.wire.ProviderHttp;
import dev.renderfleet.worker.providers.wire.Redactor;
import dev.renderfleet.worker.providers.wire.WireLimits;
import java.io.IOException;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import okhttp3.Call;
import okhttp3.EventListener;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Calls Google's image models with {@code generateContent} of the Gemini Developer API or of Vertex AI. Streams pictures between network and spool
 * in both directions. Neither this adapter nor the layers below retry, redirect or limit concurrency.
 *
 * <p>Uses HTTP/1.1 and a connection of its own for each call (ADR 15): a lost connection loses one paid picture instead of many, and TCP
 * flow control applies while the disk is slow.
 */
public final class GeminiImageModel implements ImageProvider {

    private final Client client;
    private final Redactor redactor;
    private final GeminiResponseMapper responseMapper;
    private final GeminiErrorMapper errorMapper;

    /**
     * Opens no connection yet.
     *
     * @param spool for the drawn pictures
     * @param baseUrl without version, such as {@code http://127.0.0.1:4010}; null: the platform's
     * @param clock for Retry-After dates
     */
    public GeminiImageModel(
            Spool spool, @Nullable URI baseUrl, GoogleAccount account, WireLimits limits, InstantSource clock) {
        this.redactor = account.redactor();
        this.responseMapper = new GeminiResponseMapper(redactor);
        this.errorMapper = new GeminiErrorMapper(redactor, clock);
        OkHttpClient http = ProviderHttp.clientBuilder(limits.connectTimeout(), GeminiImageModel::listener)
                .addInterceptor(this::maskToken)
                .addInterceptor(new PictureInterceptor(new PictureExtractor(spool, limits)))
                .addNetworkInterceptor(PictureInterceptor::proxyRefusal)
                .build();
        this.client = account.client()
                .httpOptions(HttpOptions.builder()
                        .baseUrl((baseUrl == null ? account.address() : baseUrl).toString())
                        .retryOptions(HttpRetryOptions.builder().attempts(1).httpStatusCodes(List.of()))
                        .build())
                .clientOptions(ClientOptions.builder().customHttpClient(http).build())
                .build();
    }

    @Override
    public ModelAnswer draw(DrawRequest request, TaskLog tasks) {
        GeminiCall begun;
        try {
            begun = new GeminiCall(request);
        } catch (IOException e) {
            return notDrawn(FailureKind.NOT_SENT, "REFERENCE_UNREADABLE", e.toString());
        }
        try (var call = begun) {
            return ofSession(
                    request, ScopedValue.where(GeminiCall.CURRENT, call).call(() -> call(call)));
        }
    }

    /** What is wrong with a request may be its earlier turns: a signature is of an account and of a version of the model. */
    private static ModelAnswer ofSession(DrawRequest request, ModelAnswer answer) {
        return answer instanceof NotDrawn refused
                        && refused.kind() == FailureKind.REQUEST_INVALID
                        && !request.earlier().isEmpty()
                ? refused.as(FailureKind.SESSION_REFUSED)
                : answer;
    }

    private ModelAnswer call(GeminiCall call) {
        GenerateContentResponse answer;
        try {
            answer = client.models.generateContent(
                    call.request().model(), GeminiRequest.contents(call), GeminiRequest.config(call.request()));
        } catch (Exception e) {
            // OkHttp, being Kotlin, throws InterruptedException without declaring it.
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            return failed(e, call);
        }
        if (call.error() != null && GeminiResponseMapper.isEmpty(answer)) {
            return errorMapper.map(call.error());
        }
        ModelAnswer mapped = responseMapper.map(answer, call);
        IOException cut = call.cut();
        return cut != null && mapped instanceof NotDrawn ? failed(cut, call) : mapped;
    }

    /** Maps the exceptions of SDK and HTTP stack to values. */
    private ModelAnswer failed(Exception thrown, GeminiCall call) {
        if (call.error() != null) {
            return errorMapper.map(call.error());
        }
        if (call.answered()) {
            return notDrawn(FailureKind.RESULT_INVALID, "NOT_AN_ANSWER", thrown.getMessage());
        }
        IOException io = ioCause(thrown);
        if (io instanceof CallException fault) {
            return notDrawn(fault.kind(), fault.reason(), fault.getMessage());
        }
        if (!call.sent() && io instanceof Retryable token && !token.isRetryable()) {
            return notDrawn(FailureKind.AUTH_REFUSED, "CREDENTIALS_REFUSED", io.getMessage());
        }
        if (!call.sent() && thrown instanceof IllegalArgumentException) {
            return notDrawn(FailureKind.REQUEST_INVALID, "REFUSED_BY_SDK", thrown.getMessage());
        }
        if (!call.sent() && io == null && thrown instanceof RuntimeException bug) {
            throw bug;
        }
        return notDrawn(
                call.sent() ? FailureKind.UNKNOWN_OUTCOME : FailureKind.NOT_SENT,
                IoFailureReason.of(io, call.sent()),
                Objects.requireNonNullElse(io, thrown).toString());
    }

    private NotDrawn notDrawn(FailureKind kind, String reason, @Nullable String detail) {
        return new NotDrawn(kind, reason, redactor.redact(detail), null, Usage.NONE, null);
    }

    private Response maskToken(Interceptor.Chain chain) throws IOException {
        String authorization = chain.request().header("Authorization");
        if (authorization != null) {
            redactor.add(authorization.substring(authorization.indexOf(' ') + 1));
        }
        return chain.proceed(chain.request());
    }

    private static @Nullable IOException ioCause(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException io) {
                return io;
            }
        }
        return null;
    }

    private static EventListener listener(Call httpCall) {
        GeminiCall call = GeminiCall.CURRENT.get();
        return new EventListener() {
            @Override
            public void requestHeadersStart(Call httpCall) {
                call.markSent();
            }
        };
    }
}
