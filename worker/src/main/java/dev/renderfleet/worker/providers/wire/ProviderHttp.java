package dev.renderfleet.worker.providers.wire;

import static dev.renderfleet.worker.providers.FailureKind.NOT_SENT;
import static dev.renderfleet.worker.providers.FailureKind.RESULT_INVALID;
import static dev.renderfleet.worker.providers.FailureKind.UNKNOWN_OUTCOME;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.renderfleet.worker.egress.ForbiddenAddressException;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFile;
import dev.renderfleet.worker.providers.wire.HttpResult.Answered;
import dev.renderfleet.worker.providers.wire.HttpResult.Lost;
import dev.renderfleet.worker.providers.wire.HttpResult.Refused;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.EventListener;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;
import okio.BufferedSink;
import okio.BufferedSource;
import okio.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * Requests of one provider. Each is sent at most once, on a connection of its own (ADR 15), and never redirected. Expected failures are
 * values. An interrupt aborts the request; the thread stays interrupted. Safe for use by many threads; a request blocks its (virtual)
 * thread.
 */
public final class ProviderHttp {

    /** The longest refusals are a few kilobytes. */
    private static final long ERROR_BYTES_MAX = 64 * 1024;

    /** The field of a picture in base64, in the responses of OpenAI and of those that copy it. */
    private static final String PICTURE_FIELD = "b64_json";

    private static final ByteString PICTURE_STARTS = ByteString.of((byte) 0x89, (byte) 0xFF, (byte) 'R');
    private static final int NO_PICTURE = -1;

    private static final JsonMapper JSON = new JsonMapper();

    private final OkHttpClient http;
    private final Spool spool;
    private final WireLimits limits;
    private final PictureJson pictureJson;

    /** Opens no connection yet. */
    public ProviderHttp(Spool spool, WireLimits limits) {
        this(
                clientBuilder(limits.connectTimeout(), ProviderHttp::listener)
                        .addNetworkInterceptor(ProviderHttp::proxyRefusal)
                        .addNetworkInterceptor(ProviderHttp::withoutRepeat)
                        .build(),
                spool,
                limits);
    }

    /** With a client that never repeats or redirects. */
    ProviderHttp(OkHttpClient http, Spool spool, WireLimits limits) {
        this.http = http.newBuilder()
                // The call's time-out bounds all: a model may respond only after drawing.
                .readTimeout(Duration.ZERO)
                .writeTimeout(Duration.ZERO)
                .build();
        this.spool = spool;
        this.limits = limits;
        this.pictureJson = new PictureJson(spool, limits);
    }

    /** A client that repeats, redirects and pools nothing. */
    public static OkHttpClient.Builder clientBuilder(Duration connectTimeout, EventListener.Factory listener) {
        return new OkHttpClient.Builder()
                .protocols(List.of(Protocol.HTTP_1_1))
                // No idle connection is kept: the peer may have closed it, and then a call on it has an unknown
                // outcome. OkHttp looks at connections in use as often as the duration says: a short one spins.
                .connectionPool(new ConnectionPool(0, 5, TimeUnit.MINUTES))
                .retryOnConnectionFailure(false)
                .followRedirects(false)
                .followSslRedirects(false)
                .connectTimeout(connectTimeout)
                .eventListenerFactory(listener);
    }

    /**
     * Sends a request and reads JSON, whatever its content type. Pictures in fields {@code b64_json} go to the spool.
     *
     * @param timeout from now to the last byte of the response
     */
    public HttpResult send(Request request, Duration timeout) {
        return exchange(request, timeout, (response, pictures) -> json(response, pictures, 1));
    }

    /** As {@link #send}, but the part before a break is an answer also without a picture: it may name a task that is paid for. */
    public HttpResult sendForTask(Request request, Duration timeout) {
        return exchange(request, timeout, (response, pictures) -> json(response, pictures, 0));
    }

    /** As {@link #send}, for a response that may be a picture itself, whatever its content type says. */
    public HttpResult sendForJsonOrPicture(Request request, Duration timeout) {
        return exchange(
                request,
                timeout,
                (response, pictures) ->
                        isPicture(body(response).source()) ? picture(response, pictures) : json(response, pictures, 1));
    }

    /** As {@link #send}, for a response that is itself a picture. */
    public HttpResult sendForPicture(Request request, Duration timeout) {
        return exchange(request, timeout, this::picture);
    }

    /** By its first byte: that of a PNG, a JPEG or a WebP begins no JSON. */
    private static boolean isPicture(BufferedSource source) throws IOException {
        return source.request(1)
                && PICTURE_STARTS.indexOf(new byte[] {source.getBuffer().getByte(0)}) >= 0;
    }

    private interface BodyReader {
        /** Reads a body. {@code pictures} gets each picture as soon as it has a file. */
        HttpResult read(Response response, List<SpoolFile> pictures) throws IOException;
    }

    private HttpResult exchange(Request request, Duration timeout, BodyReader reader) {
        var sent = new AtomicBoolean();
        List<SpoolFile> pictures = new ArrayList<>();
        HttpResult result = null;
        Call call = http.newCall(prepared(request, sent));
        call.timeout().timeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
        try (Response response = call.execute()) {
            result = response.isSuccessful()
                    ? reader.read(response, pictures)
                    : new Refused(
                            response.code(),
                            response.headers(),
                            firstBytes(body(response).source()));
            return result;
        } catch (Exception e) {
            return lost(e, sent.get());
        } finally {
            if (!(result instanceof Answered)) {
                pictures.forEach(SpoolFile::close);
            }
        }
    }

    private static Lost lost(Exception thrown, boolean sent) {
        // OkHttp, being Kotlin, throws InterruptedException without declaring it.
        if (thrown instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
        if (thrown instanceof CallException e) {
            return new Lost(e.kind(), e.reason(), Objects.requireNonNullElse(e.getMessage(), e.reason()));
        }
        if (ForbiddenAddressException.isIn(thrown)) {
            return new Lost(RESULT_INVALID, "RESULT_ADDRESS_FORBIDDEN", "not on the public internet");
        }
        if (!sent && thrown instanceof RuntimeException bug) {
            throw bug;
        }
        IOException io = thrown instanceof IOException e ? e : null;
        return new Lost(sent ? UNKNOWN_OUTCOME : NOT_SENT, IoFailureReason.of(io, sent), thrown.toString());
    }

    private static Request prepared(Request request, AtomicBoolean sent) {
        RequestBody body = request.body();
        return request.newBuilder()
                .tag(AtomicBoolean.class, sent)
                .method(request.method(), body == null ? null : new OneShot(body))
                .build();
    }

    /** @param picturesMin complete ones that make a response that breaks off an answer */
    private HttpResult json(Response response, List<SpoolFile> pictures, int picturesMin) throws IOException {
        var rest = new ByteArrayOutputStream();
        Lost cut = null;
        var complete = new AtomicInteger();
        try (PictureJson.Reader reader =
                pictureJson.read(body(response).byteStream(), rest, picture -> add(pictures, picture))) {
            copy(reader, complete);
        } catch (IOException e) {
            IOException failure = e instanceof JsonProcessingException invalid ? PictureJson.failure(invalid) : e;
            if (complete.get() < picturesMin) {
                throw failure;
            }
            cut = lost(failure, true);
            if (pictures.size() > complete.get()) {
                pictures.removeLast().close();
            }
        }
        return new Answered(JSON.readTree(rest.toByteArray()), pictures, response.headers(), cut);
    }

    private static void copy(PictureJson.Reader reader, AtomicInteger complete) throws IOException {
        JsonParser in = reader.in();
        JsonToken first = in.nextToken();
        if (first == null || !first.isStructStart()) {
            throw new CallException(RESULT_INVALID, "NOT_AN_ANSWER", "the answer is not a JSON object");
        }
        reader.out().copyCurrentEvent(in);
        for (int depth = 1; depth > 0; ) {
            reader.next();
            JsonToken token = in.currentToken();
            depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
            boolean picture = token.isScalarValue() && PICTURE_FIELD.equals(in.currentName());
            int number = picture && token == JsonToken.VALUE_STRING ? reader.spoolPicture() : NO_PICTURE;
            if (number != NO_PICTURE) {
                complete.incrementAndGet();
            }
            // A name is written with its value, so that what is left of a broken response is JSON.
            if (token == JsonToken.FIELD_NAME) {
                continue;
            }
            String name = token.isStructEnd() ? null : in.currentName();
            if (!picture) {
                in.finishToken();
            }
            if (name != null) {
                reader.out().writeFieldName(name);
            }
            if (!picture) {
                reader.out().copyCurrentEvent(in);
            } else if (number == NO_PICTURE) {
                reader.out().writeNull();
            } else {
                reader.out().writeNumber(number);
            }
        }
    }

    private static int add(List<SpoolFile> pictures, SpoolFile picture) {
        pictures.add(picture);
        return pictures.size() - 1;
    }

    private HttpResult picture(Response response, List<SpoolFile> pictures) throws IOException {
        SpoolFile picture;
        try {
            picture = spool.newFile();
        } catch (UncheckedIOException e) {
            throw SpoolOutputStream.failed(spool, e);
        }
        pictures.add(picture);
        try (OutputStream file = new SpoolOutputStream(spool, picture.path())) {
            body(response)
                    .byteStream()
                    .transferTo(new BoundedOutputStream(file, limits.pictureBytesMax(), "PICTURE_TOO_LARGE"));
        }
        return new Answered(MissingNode.getInstance(), pictures, response.headers(), null);
    }

    /** The received part of an error's body; the status alone suffices. */
    private static String firstBytes(BufferedSource source) {
        try {
            source.request(ERROR_BYTES_MAX);
        } catch (IOException e) {
            // The received part is in the buffer.
        }
        Buffer arrived = source.getBuffer();
        return arrived.snapshot((int) Math.min(ERROR_BYTES_MAX, arrived.size())).utf8();
    }

    /** OkHttp throws for a 407 by a gateway that it does not know as a proxy. 511 means the same: the network wants credentials. */
    private static Response proxyRefusal(Interceptor.Chain chain) throws IOException {
        Response response = chain.proceed(chain.request());
        return response.code() == 407 ? response.newBuilder().code(511).build() : response;
    }

    /** OkHttp repeats a request without a body by itself when a 503 says {@code Retry-After: 0}. */
    private static Response withoutRepeat(Interceptor.Chain chain) throws IOException {
        Response response = chain.proceed(chain.request());
        return response.code() == 503 && "0".equals(response.header("Retry-After"))
                ? response.newBuilder().removeHeader("Retry-After").build()
                : response;
    }

    private static EventListener listener(Call call) {
        return new EventListener() {
            @Override
            public void requestHeadersStart(Call started) {
                AtomicBoolean sent = started.request().tag(AtomicBoolean.class);
                if (sent != null) {
                    sent.set(true);
                }
            }
        };
    }

    /** Never null since OkHttp 5, though NullAway's model of the library says otherwise. */
    private static ResponseBody body(Response response) {
        return Objects.requireNonNull(response.body());
    }

    /** Keeps OkHttp from repeating a request after a 503 with {@code Retry-After: 0}. */
    private static final class OneShot extends RequestBody {
        private final RequestBody body;

        OneShot(RequestBody body) {
            this.body = body;
        }

        @Override
        public @Nullable MediaType contentType() {
            return body.contentType();
        }

        @Override
        public long contentLength() throws IOException {
            return body.contentLength();
        }

        @Override
        public boolean isOneShot() {
            return true;
        }

        @Override
        public void writeTo(BufferedSink sink) throws IOException {
            body.writeTo(sink);
        }
    }
}
