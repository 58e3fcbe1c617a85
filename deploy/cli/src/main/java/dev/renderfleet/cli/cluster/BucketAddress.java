package dev.renderfleet.cli.cluster;

import org.jspecify.annotations.Nullable;

/**
 * A bucket and its credentials. {@code toString} shows no secret.
 *
 * @param addressing {@code path} or {@code virtual-hosted}; null: virtual-hosted at Amazon and Alibaba, path elsewhere
 * @param caFile certificates in PEM form that are trusted beside those of the JDK; null for none
 */
public record BucketAddress(
        String endpoint,
        String region,
        String bucket,
        String accessKey,
        String secretKey,
        @Nullable String addressing,
        @Nullable String caFile) {

    @Override
    public String toString() {
        return bucket + " at " + endpoint;
    }
}
