package dev.renderfleet.worker.storage;

/** Where the fleet's bucket is, and the keys to it. Printing it shows neither key. */
public record S3Access(S3Endpoint endpoint, String bucket, String accessKey, String secretKey) {

    public S3Access {
        if (bucket.isBlank() || accessKey.isBlank() || secretKey.isBlank()) {
            throw new IllegalArgumentException("S3 needs a bucket, an access key and a secret key");
        }
    }

    @Override
    public String toString() {
        return "S3Access[" + endpoint + ", " + bucket + "]";
    }
}
