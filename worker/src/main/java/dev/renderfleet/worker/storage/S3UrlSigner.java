package dev.renderfleet.worker.storage;

import io.minio.GetPresignedObjectUrlArgs;
import io.minio.Http;
import io.minio.MinioAsyncClient;
import io.minio.errors.MinioException;
import java.time.Duration;
import okhttp3.OkHttpClient;

/** Signs with the MinIO client. The signature covers the host, so the endpoint is the one that the readers use. */
public final class S3UrlSigner implements UrlSigner {

    private final String bucket;
    private final MinioAsyncClient client;

    public S3UrlSigner(S3Access access) {
        this.bucket = access.bucket();
        this.client = S3Bucket.client(access, new OkHttpClient());
    }

    @Override
    public String sign(String key, Duration life) {
        try {
            return client.getPresignedObjectUrl(GetPresignedObjectUrlArgs.builder()
                    .method(Http.Method.GET)
                    .bucket(bucket)
                    .object(key)
                    .expiry(Math.toIntExact(life.toSeconds()))
                    .build());
        } catch (MinioException e) {
            throw new StorageException("cannot sign an address of " + key + " in bucket " + bucket, e);
        }
    }
}
