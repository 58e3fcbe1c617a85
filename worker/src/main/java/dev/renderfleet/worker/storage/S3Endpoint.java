package dev.renderfleet.worker.storage;

import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How an S3-compatible service is reached.
 *
 * @param address scheme, host and port, such as {@code https://s3.eu-central-1.amazonaws.com}
 * @param region as the service expects it in signatures; {@code us-east-1} where it has no regions
 * @param addressing null: virtual-hosted at Amazon and Alibaba, path elsewhere
 * @param caFile certificates in PEM form that are trusted beside those of the JDK
 */
public record S3Endpoint(
        URI address,
        String region,
        @Nullable Addressing addressing,
        @Nullable Path caFile) {

    public S3Endpoint {
        if (region.isBlank()) {
            throw new IllegalArgumentException("S3 needs a region");
        }
    }

    /** Where the bucket's name stands in a request. */
    public enum Addressing {
        /** In the path: {@code https://host/bucket/key}. */
        PATH,
        /** In the host: {@code https://bucket.host/key}. */
        VIRTUAL_HOSTED
    }

    /** With the JDK's certificates and the usual addressing of that host. */
    public static S3Endpoint of(URI address, String region) {
        return new S3Endpoint(address, region, null, null);
    }
}
