package dev.renderfleet.worker.providers.gemini;

import dev.renderfleet.worker.providers.wire.StreamedJson;
import java.io.IOException;
import java.io.InputStream;
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
 * Intercepts the SDK's calls: streams reference pictures into the request and pictures out of the response, and keeps the headers and
 * details of an error, which the SDK drops. Needs {@link GeminiCall#CURRENT}.
 */
final class PictureInterceptor implements Interceptor {

    /** Google's longest refusals are a few kilobytes. */
    private static final long ERROR_BYTES_MAX = 64 * 1024;

    private static final MediaType JSON = MediaType.get("application/json; charset=utf-8");

    private final PictureExtractor extractor;

    PictureInterceptor(PictureExtractor extractor) {
        this.extractor = extractor;
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        GeminiCall call = GeminiCall.CURRENT.get();
        // The model responds only after drawing, so a single read may take as long as the whole call.
        int timeoutMillis =
                (int) Math.min(Integer.MAX_VALUE, call.request().timeout().toMillis());
        Response response = chain.withReadTimeout(timeoutMillis, TimeUnit.MILLISECONDS)
                .withWriteTimeout(timeoutMillis, TimeUnit.MILLISECONDS)
                .proceed(withReferences(chain.request(), call));
        try (response) {
            if (response.isSuccessful()) {
                return withoutPictures(response, call);
            }
            return bounded(response, call);
        }
    }

    /** Keeps the details of a proxy's 407, for which OkHttp throws. To be a network interceptor. */
    static Response proxyRefusal(Chain chain) throws IOException {
        Response response = chain.proceed(chain.request());
        if (response.code() != 407) {
            return response;
        }
        try (response) {
            bounded(response, GeminiCall.CURRENT.get()).close();
            throw new IOException("HTTP 407");
        }
    }

    private static Request withReferences(Request request, GeminiCall call) throws IOException {
        RequestBody body = request.body();
        if (body == null) {
            throw new IllegalStateException("the SDK sends no body");
        }
        var json = new Buffer();
        body.writeTo(json);
        return request.newBuilder()
                .post(StreamedJson.of(json.readByteArray(), body.contentType(), call.files()))
                .build();
    }

    /** Whatever its content type: a paid picture may come as text/plain. */
    private Response withoutPictures(Response response, GeminiCall call) throws IOException {
        try (InputStream answer = body(response).byteStream()) {
            byte[] json = extractor.copy(answer, call);
            if (call.cut() == null) {
                call.markAnswered();
            }
            String error = call.errorInAnswer();
            if (error != null) {
                call.error(new GeminiCall.ErrorResponse(response.code(), response.header("Retry-After"), error));
            }
            return withBody(response, ResponseBody.create(json, JSON))
                    .newBuilder()
                    .code(200)
                    .build();
        }
    }

    private static Response bounded(Response response, GeminiCall call) {
        ByteString body = firstBytes(body(response).source());
        call.error(new GeminiCall.ErrorResponse(response.code(), response.header("Retry-After"), body.utf8()));
        return withBody(response, ResponseBody.create(body, body(response).contentType()));
    }

    /** The received part of an error's body; the status alone suffices. */
    private static ByteString firstBytes(BufferedSource source) {
        try {
            source.request(ERROR_BYTES_MAX);
        } catch (IOException e) {
            // The received part is in the buffer.
        }
        Buffer arrived = source.getBuffer();
        return arrived.snapshot((int) Math.min(ERROR_BYTES_MAX, arrived.size()));
    }

    /** Never null since OkHttp 5, though NullAway's model of the library says otherwise. */
    private static ResponseBody body(Response response) {
        return Objects.requireNonNull(response.body());
    }

    private static Response withBody(Response response, ResponseBody body) {
        return response.newBuilder().removeHeader("Content-Length").body(body).build();
    }
}
