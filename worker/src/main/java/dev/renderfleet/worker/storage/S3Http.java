package dev.renderfleet.worker.storage;

import io.minio.Http;
import io.minio.errors.MinioException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import okhttp3.ConnectionPool;
import okhttp3.Dispatcher;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Builds the HTTP client below the MinIO client, with all of its own retries off: a hidden repetition of a conditional put
 * would be refused because of its own first copy.
 */
final class S3Http {

    /** OkHttp's defaults (64 calls, 5 for each host) would serialize hundreds of renders. */
    private static final int CALLS_MAX = 4096;

    private static final int IDLE_CONNECTIONS_MAX = 256;

    /** Below the idle time-outs of stores and load balancers, usually 20 to 60 s. */
    private static final Duration IDLE_CONNECTION_AGE_MAX = Duration.ofSeconds(15);

    private S3Http() {}

    /** @param caFile PEM certificates to trust beside those of the JDK; throws if it has none */
    static OkHttpClient client(S3Timeouts timeouts, @Nullable Path caFile) {
        OkHttpClient client = client(timeouts);
        if (caFile == null) {
            return client;
        }
        try (InputStream pem = Files.newInputStream(caFile)) {
            if (CertificateFactory.getInstance("X.509")
                    .generateCertificates(pem)
                    .isEmpty()) {
                throw new CertificateException("no certificate in it");
            }
            return Http.enableExternalCertificates(client, caFile.toString(), null);
        } catch (IOException | CertificateException | MinioException e) {
            throw new IllegalArgumentException("cannot read certificates from " + caFile + ": " + e, e);
        }
    }

    private static OkHttpClient client(S3Timeouts timeouts) {
        var dispatcher = new Dispatcher(Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("s3-", 0).factory()));
        dispatcher.setMaxRequests(CALLS_MAX);
        dispatcher.setMaxRequestsPerHost(CALLS_MAX);
        return new OkHttpClient.Builder()
                .dispatcher(dispatcher)
                .socketFactory(new NoDelaySocketFactory())
                .connectionPool(new ConnectionPool(
                        IDLE_CONNECTIONS_MAX, IDLE_CONNECTION_AGE_MAX.toMillis(), TimeUnit.MILLISECONDS))
                .protocols(List.of(Protocol.HTTP_1_1))
                .connectTimeout(timeouts.connect())
                .readTimeout(timeouts.readWrite())
                .writeTimeout(timeouts.readWrite())
                .callTimeout(timeouts.smallCall())
                .retryOnConnectionFailure(false)
                .followRedirects(false)
                .addInterceptor(S3Http::throwDecidingStatus)
                .addNetworkInterceptor(S3Http::hideRetryAfter)
                .build();
    }

    /** Shares connections and threads with {@code client}. */
    static OkHttpClient withCallTimeout(OkHttpClient client, Duration timeout) {
        return client.newBuilder().callTimeout(timeout).build();
    }

    private static Response throwDecidingStatus(Interceptor.Chain chain) throws IOException {
        var answer = chain.proceed(chain.request());
        if (S3StatusException.decides(answer)) {
            throw S3StatusException.of(answer);
        }
        return answer;
    }

    /** OkHttp repeats a request after a 503 with {@code Retry-After: 0}, and has no setting for that. */
    private static Response hideRetryAfter(Interceptor.Chain chain) throws IOException {
        return chain.proceed(chain.request())
                .newBuilder()
                .removeHeader("Retry-After")
                .build();
    }
}
