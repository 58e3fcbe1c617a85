package dev.renderfleet.worker.storage;

/** Address and credentials of the fleet's bucket. Printing it shows neither key. */
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
