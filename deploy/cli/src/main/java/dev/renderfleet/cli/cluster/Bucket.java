package dev.renderfleet.cli.cluster;

import io.minio.GetObjectArgs;
import io.minio.Http;
import io.minio.ListObjectsArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.UploadObjectArgs;
import io.minio.errors.ErrorResponseException;
import io.minio.errors.MinioException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/** The bucket of ledger and pictures. Safe for use by many threads. */
public final class Bucket {

    private static final int SERVER_ERRORS = 500;
    private static final Duration CONNECT_MAX = Duration.ofSeconds(10);
    /** Between two bytes. */
    private static final Duration SILENCE_MAX = Duration.ofSeconds(60);

    private static final int PICTURE_BYTES_MAX = 128 << 20;

    private final MinioClient client;
    private final String name;

    /** Throws {@link IllegalArgumentException} for an address, a name or a file of certificates that cannot be used. */
    public Bucket(BucketAddress s3) {
        this.client = MinioClient.builder()
                .endpoint(s3.endpoint())
                .region(s3.region())
                .credentials(s3.accessKey(), s3.secretKey())
                .httpClient(http(s3.caFile()))
                .build();
        switch (s3.addressing()) {
            case "path" -> client.disableVirtualStyleEndpoint();
            case "virtual-hosted" -> client.enableVirtualStyleEndpoint();
            case null -> {}
            default ->
                throw new IllegalArgumentException("addressing is path or virtual-hosted, not " + s3.addressing());
        }
        this.client.setTimeout(CONNECT_MAX.toMillis(), SILENCE_MAX.toMillis(), SILENCE_MAX.toMillis());
        this.name = s3.bucket();
    }

    private static OkHttpClient http(@Nullable String caFile) {
        var client = new OkHttpClient();
        try {
            return caFile == null ? client : Http.enableExternalCertificates(client, caFile, null);
        } catch (MinioException e) {
            throw new IllegalArgumentException("cannot read certificates from " + caFile + ": " + e.getMessage(), e);
        }
    }

    /** The bucket's name. */
    public String name() {
        return name;
    }

    /** Why the bucket cannot be read. */
    public enum AccessProblem {
        NO_ANSWER,
        UNKNOWN_ACCESS_KEY,
        WRONG_SECRET_KEY,
        NO_BUCKET,
        /** It answers with an HTTP 5xx, which may pass. */
        UNAVAILABLE,
        OTHER
    }

    /** Lists one object to see why the bucket cannot be read; empty if it can. */
    public Optional<AccessProblem> accessProblem() {
        try {
            // Not a HEAD: its response has no error code but 403.
            var first = client.listObjects(
                            ListObjectsArgs.builder().bucket(name).maxKeys(1).build())
                    .iterator();
            if (first.hasNext()) {
                first.next().get();
            }
            return Optional.empty();
        } catch (ErrorResponseException e) {
            return Optional.of(
                    switch (e.errorResponse().code()) {
                        case "InvalidAccessKeyId" -> AccessProblem.UNKNOWN_ACCESS_KEY;
                        case "SignatureDoesNotMatch" -> AccessProblem.WRONG_SECRET_KEY;
                        case "NoSuchBucket" -> AccessProblem.NO_BUCKET;
                        default ->
                            e.response().code() >= SERVER_ERRORS ? AccessProblem.UNAVAILABLE : AccessProblem.OTHER;
                    });
        } catch (MinioException | IllegalStateException e) {
            // The second is what the client makes of a connection that is refused.
            return Optional.of(AccessProblem.NO_ANSWER);
        }
    }

    /** Stores an object. */
    public void put(String key, byte[] content, String mime) {
        try {
            client.putObject(PutObjectArgs.builder()
                    .bucket(name)
                    .object(key)
                    .data(content, content.length)
                    .contentType(mime)
                    .build());
        } catch (MinioException e) {
            throw new IllegalStateException("cannot store " + key + ": " + e.getMessage(), e);
        }
    }

    /** Stores a file, streamed from disk. */
    public void putFile(String key, Path file, String mime) {
        try {
            client.uploadObject(UploadObjectArgs.builder()
                    .bucket(name)
                    .object(key)
                    .filename(file.toString(), PICTURE_BYTES_MAX)
                    .contentType(mime)
                    .build());
        } catch (MinioException e) {
            throw new IllegalStateException("cannot store " + key + ": " + e.getMessage(), e);
        }
    }

    /** An object without its content. */
    public record Listed(String key, long bytes, Instant lastModified) {}

    /** Passes on all objects below a prefix, in no particular order. */
    public void list(String prefix, Consumer<Listed> to) {
        try {
            for (var result : client.listObjects(ListObjectsArgs.builder()
                    .bucket(name)
                    .prefix(prefix)
                    .recursive(true)
                    .build())) {
                var item = result.get();
                to.accept(new Listed(
                        item.objectName(), item.size(), item.lastModified().toInstant()));
            }
        } catch (MinioException e) {
            throw new IllegalStateException("cannot list " + prefix + ": " + e.getMessage(), e);
        }
    }

    /** The object's bytes, or empty if there is no such object. */
    public Optional<byte[]> find(String key) {
        try (var object = client.getObject(
                GetObjectArgs.builder().bucket(name).object(key).build())) {
            return Optional.of(object.readNBytes(PICTURE_BYTES_MAX));
        } catch (ErrorResponseException e) {
            if (e.errorResponse().code().equals("NoSuchKey")) {
                return Optional.empty();
            }
            throw new IllegalStateException("cannot read " + key + ": " + e.getMessage(), e);
        } catch (MinioException | IOException e) {
            throw new IllegalStateException("cannot read " + key + ": " + e.getMessage(), e);
        }
    }

    /** The object's bytes. */
    public byte[] get(String key) {
        return find(key).orElseThrow(() -> new IllegalStateException("there is no object " + key));
    }
}
