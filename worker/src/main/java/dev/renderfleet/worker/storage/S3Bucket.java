package dev.renderfleet.worker.storage;

import dev.renderfleet.worker.storage.ObjectStore.FetchResult;
import dev.renderfleet.worker.storage.ObjectStore.StoredObject;
import dev.renderfleet.worker.storage.S3Exception.Kind;
import io.minio.Checksum;
import io.minio.GetObjectArgs;
import io.minio.Http;
import io.minio.MinioAsyncClient;
import io.minio.PutObjectArgs;
import io.minio.RemoveObjectArgs;
import io.minio.UploadObjectArgs;
import io.minio.errors.MinioException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import okhttp3.Headers;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/**
 * Calls one bucket with the MinIO client: each method sends one HTTP request once. Translates the client's futures, exceptions
 * and headers.
 */
final class S3Bucket {

    /** More than any model returns. A smaller file is streamed as one put. */
    static final long FILE_BYTES_MAX = 128L * 1024 * 1024;

    private static final String JSON = "application/json";

    private final String name;
    private final URI address;
    private final OkHttpClient http;
    private final MinioAsyncClient small;
    private final MinioAsyncClient files;

    S3Bucket(S3Access access, S3Timeouts timeouts) {
        this(access, timeouts, S3Http.client(timeouts, access.endpoint().caFile()));
    }

    S3Bucket(S3Access access, S3Timeouts timeouts, OkHttpClient http) {
        this.name = access.bucket();
        this.address = access.endpoint().address();
        this.http = http;
        this.small = client(access, http);
        this.files = client(access, S3Http.withCallTimeout(http, timeouts.fileCall()));
    }

    /** Sends nothing yet. */
    static MinioAsyncClient client(S3Access access, OkHttpClient http) {
        S3Endpoint endpoint = access.endpoint();
        MinioAsyncClient client = MinioAsyncClient.builder()
                .endpoint(endpoint.address().toString())
                .region(endpoint.region())
                .credentials(access.accessKey(), access.secretKey())
                .httpClient(http)
                .build();
        switch (endpoint.addressing()) {
            case PATH -> client.disableVirtualStyleEndpoint();
            case VIRTUAL_HOSTED -> client.enableVirtualStyleEndpoint();
            case null -> {}
        }
        return client;
    }

    String name() {
        return name;
    }

    URI address() {
        return address;
    }

    /**
     * Puts a small object conditionally.
     *
     * @param etag of the content to replace; null if the key must be absent
     * @return the new etag
     */
    String put(String key, String json, @Nullable String etag) throws S3Exception {
        var content = json.getBytes(StandardCharsets.UTF_8);
        var condition =
                etag == null ? new Http.Headers("If-None-Match", "*") : new Http.Headers("If-Match", '"' + etag + '"');
        return await(small.putObject(PutObjectArgs.builder()
                        .bucket(name)
                        .object(key)
                        .data(content, content.length)
                        .contentType(JSON)
                        .headers(condition)
                        .build()))
                .etag();
    }

    void putFile(String key, Path file, String contentType) throws S3Exception {
        try {
            await(files.uploadObject(UploadObjectArgs.builder()
                    .bucket(name)
                    .object(key)
                    .filename(file.toString(), FILE_BYTES_MAX)
                    .checksum(Checksum.Algorithm.CRC32)
                    .contentType(contentType)
                    .build()));
        } catch (MinioException e) {
            throw S3Exception.of(e);
        }
    }

    /** An object, cut at {@code bytesMax} unless {@code whole}. */
    record Beginning(StoredObject object, boolean whole) {}

    @Nullable
    Beginning get(String key, int bytesMax) throws S3Exception {
        try (var answer = await(small.getObject(getOf(key)))) {
            var content = answer.readNBytes(bytesMax);
            boolean whole = answer.read() < 0;
            var headers = answer.headers();
            var object = new StoredObject(
                    new String(content, StandardCharsets.UTF_8),
                    etag(headers),
                    instant(headers, "Last-Modified"),
                    instant(headers, "Date"));
            return new Beginning(object, whole);
        } catch (IOException e) {
            throw S3Exception.of(e);
        } catch (S3Exception fault) {
            if (fault.kind() == Kind.KEY_ABSENT) {
                return null;
            }
            throw fault;
        }
    }

    private static String etag(Headers headers) throws S3Exception {
        var etag = headers.get("ETag");
        if (etag == null) {
            throw new S3Exception(Kind.PERMANENT, "the store's answer has no ETag", null);
        }
        return etag.replace("\"", "");
    }

    /** Leases are measured by the store's clock, so the local clock is no substitute. */
    static Instant instant(Headers headers, String header) throws S3Exception {
        var value = headers.getInstant(header);
        if (value == null) {
            throw new S3Exception(Kind.PERMANENT, "the store's answer has no readable " + header, null);
        }
        return value;
    }

    FetchResult fetch(String key, Path file, long bytesMax) throws S3Exception {
        try (var answer = await(files.getObject(getOf(key)))) {
            long bytes = BoundedCopy.copy(answer, file, bytesMax);
            return bytes > bytesMax ? new FetchResult.TooLarge() : new FetchResult.Fetched(bytes);
        } catch (IOException e) {
            throw S3Exception.of(e);
        } catch (S3Exception fault) {
            if (fault.kind() == Kind.KEY_ABSENT) {
                return new FetchResult.Absent();
            }
            throw fault;
        }
    }

    private GetObjectArgs getOf(String key) {
        return GetObjectArgs.builder().bucket(name).object(key).build();
    }

    void delete(String key) throws S3Exception {
        await(small.removeObject(
                RemoveObjectArgs.builder().bucket(name).object(key).build()));
    }

    void close() {
        http.dispatcher().executorService().shutdown();
        http.connectionPool().evictAll();
    }

    private static <T extends @Nullable Object> T await(CompletableFuture<T> answer) throws S3Exception {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw S3Exception.of(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StorageException("interrupted while waiting for the store", e);
        }
    }
}
