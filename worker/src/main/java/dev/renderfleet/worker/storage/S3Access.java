package dev.renderfleet.worker.storage;

import java.net.URI;

/**
 * Where the fleet's bucket is and how to get in. Printing it shows neither key.
 *
 * @param endpoint scheme, host and port, such as {@code https://s3.eu-central-1.amazonaws.com}
 * @param region as the store expects it in signatures; {@code us-east-1} where a store has no regions
 */
public record S3Access(URI endpoint, String region, String bucket, String accessKey, String secretKey) {

    public S3Access {
        if (region.isBlank() || bucket.isBlank() || accessKey.isBlank() || secretKey.isBlank()) {
            throw new IllegalArgumentException("S3 needs a region, a bucket, an access key and a secret key");
        }
    }

    @Override
    public String toString() {
        return "S3Access[" + endpoint + ", " + region + ", " + bucket + "]";
    }
}
