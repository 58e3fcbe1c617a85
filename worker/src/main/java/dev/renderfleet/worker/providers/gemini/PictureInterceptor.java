package dev.renderfleet.worker.providers.gemini;

import dev.renderfleet.worker.providers.FailureKind;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;
import okio.BufferedSource;
import okio.ByteString;

/**
 * Between SDK and network: streams reference pictures into the request and pictures out of the answer, and keeps what
 * the SDK would lose of a refusal (headers, details). Needs {@link Exchange#CURRENT}.
 */
final class PictureInterceptor implements Interceptor {

    /** Google's longest refusals are a few kilobytes. */
    private static final long ERROR_BYTES_MAX = 64 * 1024;

    private static final MediaType JSON = MediaType.get("application/json; charset=utf-8");

    private final AnswerCopier copier;

    PictureInterceptor(AnswerCopier copier) {
        this.copier = copier;
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        Exchange exchange = Exchange.CURRENT.get();
        // A model says nothing until it has drawn, so a single read may take as long as the whole call.
        int timeoutMillis =
                (int) Math.min(Integer.MAX_VALUE, exchange.request().timeout().toMillis());
        Response response = chain.withReadTimeout(timeoutMillis, TimeUnit.MILLISECONDS)
                .withWriteTimeout(timeoutMillis, TimeUnit.MILLISECONDS)
                .proceed(withReferences(chain.request(), exchange));
        try (response) {
            if (response.code() == 200) {
                return withoutPictures(response, exchange);
            }
            if (response.isSuccessful()) {
                throw new AnswerFault(FailureKind.RESULT_INVALID, "NOT_AN_ANSWER", "status " + response.code());
            }
            return bounded(response, exchange);
        }
    }

    private static Request withReferences(Request request, Exchange exchange) throws IOException {
        RequestBody body = request.body();
        if (body == null) {
            throw new IllegalStateException("the SDK sends no body");
        }
        var json = new Buffer();
        body.writeTo(json);
        return request.newBuilder()
                .post(StreamedRequestBody.of(json.readByteArray(), body.contentType(), exchange))
                .build();
    }

    private Response withoutPictures(Response response, Exchange exchange) throws IOException {
        MediaType type = body(response).contentType();
        if (type != null && !type.subtype().toLowerCase(Locale.ROOT).contains("json")) {
            throw new AnswerFault(FailureKind.RESULT_INVALID, "NOT_AN_ANSWER", "200 with content of type " + type);
        }
        try (InputStream answer = body(response).byteStream()) {
            byte[] json = copier.copy(answer, exchange);
            exchange.markAnswered();
            return withBody(response, ResponseBody.create(json, JSON));
        }
    }

    private static Response bounded(Response response, Exchange exchange) {
        ByteString body = firstBytes(body(response).source());
        exchange.refuse(new Exchange.ErrorAnswer(response.code(), response.header("Retry-After"), body.utf8()));
        return withBody(response, ResponseBody.create(body, body(response).contentType()));
    }

    /** As much as came of a refusal: the status alone is an answer already, whatever happens to the body. */
    private static ByteString firstBytes(BufferedSource source) {
        try {
            source.request(ERROR_BYTES_MAX);
        } catch (IOException e) {
            // what has arrived is in the buffer
        }
        Buffer arrived = source.getBuffer();
        return arrived.snapshot((int) Math.min(ERROR_BYTES_MAX, arrived.size()));
    }

    /** Never null since OkHttp 5, which NullAway's model of the library does not know yet. */
    private static ResponseBody body(Response response) {
        return Objects.requireNonNull(response.body());
    }

    private static Response withBody(Response response, ResponseBody body) {
        return response.newBuilder().removeHeader("Content-Length").body(body).build();
    }
}
