package dev.renderfleet.worker.providers.gemini;

import com.google.genai.Client;
import com.google.genai.types.ClientOptions;
import com.google.genai.types.GenerateContentResponse;
import com.google.genai.types.HttpOptions;
import com.google.genai.types.HttpRetryOptions;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageModel;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.EventListener;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import org.jspecify.annotations.Nullable;

/**
 * Google's image models through {@code generateContent} of the Gemini Developer API. Pictures flow between network and
 * spool in both directions and are never held in memory. Nothing here or below retries, follows a redirect or limits
 * how many calls are out; who calls waits for quota first.
 *
 * <p>HTTP/1.1 on purpose: one call per connection, so that a lost connection loses one paid picture and not a hundred,
 * and TCP holds the provider back while the disk is slow, where HTTP/2 would buffer megabytes.
 */
public final class GeminiImageModel implements ImageModel {

    private static final URI GOOGLE = URI.create("https://generativelanguage.googleapis.com");

    /** Below the idle time-outs of Google and of usual gateways: a connection that dies under a call costs its picture. */
    private static final Duration IDLE_CONNECTION_KEPT = Duration.ofSeconds(30);

    private static final int IDLE_CONNECTIONS_MAX = 64;

    private final Client client;
    private final SafeText safe;
    private final WholeAnswer wholeAnswer;
    private final Refusal refusal;

    /**
     * Opens no connection yet.
     *
     * @param spool where drawn pictures go
     * @param baseUrl without version, such as {@code http://127.0.0.1:4010}; null: Google's
     * @param apiKey of visible ASCII characters
     * @param clock for waits that the provider names by date
     */
    public GeminiImageModel(
            Spool spool, @Nullable URI baseUrl, String apiKey, GeminiLimits limits, InstantSource clock) {
        String key = checkedKey(apiKey);
        this.safe = new SafeText(key);
        this.wholeAnswer = new WholeAnswer(safe);
        this.refusal = new Refusal(safe, clock);
        OkHttpClient http = new OkHttpClient.Builder()
                .protocols(List.of(Protocol.HTTP_1_1))
                .connectionPool(new ConnectionPool(
                        IDLE_CONNECTIONS_MAX, IDLE_CONNECTION_KEPT.toMillis(), TimeUnit.MILLISECONDS))
                .retryOnConnectionFailure(false)
                .followRedirects(false)
                .followSslRedirects(false)
                .connectTimeout(limits.connectTimeout())
                .eventListenerFactory(GeminiImageModel::listener)
                .addInterceptor(new PictureInterceptor(new AnswerCopier(spool, limits)))
                .build();
        this.client = Client.builder()
                .apiKey(key)
                // Said outright, so that the SDK's own environment variables send neither key nor jobs elsewhere.
                .vertexAI(false)
                .httpOptions(HttpOptions.builder()
                        .baseUrl((baseUrl == null ? GOOGLE : baseUrl).toString())
                        .retryOptions(HttpRetryOptions.builder().attempts(1).httpStatusCodes(List.of()))
                        .build())
                .clientOptions(ClientOptions.builder().customHttpClient(http).build())
                .build();
    }

    @Override
    public String provider() {
        return "gemini";
    }

    @Override
    public ModelAnswer draw(DrawRequest request) {
        List<Long> sizes = new ArrayList<>();
        for (ReferencePicture reference : request.references()) {
            try {
                sizes.add(Files.size(reference.file()));
            } catch (IOException e) {
                return notDrawn(FailureKind.NOT_SENT, "REFERENCE_UNREADABLE", e.toString());
            }
        }
        try (var exchange = new Exchange(request, sizes)) {
            return ScopedValue.where(Exchange.CURRENT, exchange).call(() -> call(exchange));
        }
    }

    private ModelAnswer call(Exchange exchange) {
        GenerateContentResponse answer;
        try {
            answer = client.models.generateContent(
                    exchange.request().model(),
                    GeminiRequest.content(exchange),
                    GeminiRequest.config(exchange.request()));
        } catch (Exception e) {
            // OkHttp, being Kotlin, throws InterruptedException without declaring it.
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            return failed(e, exchange);
        }
        return wholeAnswer.judge(answer, exchange);
    }

    /** The one place where exceptions of SDK and HTTP stack become values. */
    private ModelAnswer failed(Exception thrown, Exchange exchange) {
        if (exchange.error() != null) {
            return refusal.judge(exchange.error());
        }
        if (exchange.answered()) {
            return notDrawn(FailureKind.RESULT_INVALID, "NOT_AN_ANSWER", thrown.getMessage());
        }
        IOException io = ioCause(thrown);
        if (io instanceof AnswerFault fault) {
            return notDrawn(fault.kind(), fault.reason(), fault.getMessage());
        }
        if (!exchange.sent() && thrown instanceof IllegalArgumentException) {
            return notDrawn(FailureKind.REQUEST_INVALID, "REFUSED_BY_SDK", thrown.getMessage());
        }
        if (!exchange.sent() && io == null && thrown instanceof RuntimeException bug) {
            throw bug;
        }
        return notDrawn(
                exchange.sent() ? FailureKind.UNKNOWN_OUTCOME : FailureKind.NOT_SENT,
                IoReason.of(io, exchange.sent()),
                Objects.requireNonNullElse(io, thrown).toString());
    }

    private NotDrawn notDrawn(FailureKind kind, String reason, @Nullable String detail) {
        return new NotDrawn(kind, reason, safe.of(detail), null, Usage.NONE, null);
    }

    private static @Nullable IOException ioCause(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException io) {
                return io;
            }
        }
        return null;
    }

    private static EventListener listener(Call call) {
        Exchange exchange = Exchange.CURRENT.get();
        return new EventListener() {
            @Override
            public void requestHeadersStart(Call call) {
                exchange.markSent();
            }
        };
    }

    /** OkHttp would put a key that is not fit for a header into its exception. */
    private static String checkedKey(String apiKey) {
        String key = apiKey.strip();
        if (key.isEmpty() || !key.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
            throw new IllegalArgumentException("the API key is empty or has characters that no key has");
        }
        return key;
    }
}
