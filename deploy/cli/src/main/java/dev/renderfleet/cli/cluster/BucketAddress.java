package dev.renderfleet.cli.cluster;

/** A bucket and its credentials. {@code toString} shows no secret. */
public record BucketAddress(String endpoint, String region, String bucket, String accessKey, String secretKey) {

    @Override
    public String toString() {
        return bucket + " at " + endpoint;
    }
}
