package dev.renderfleet.testbed.jobs;

import dev.renderfleet.cli.cluster.Bucket;
import dev.renderfleet.cli.cluster.BucketAddress;
import dev.renderfleet.cli.cluster.KafkaCluster;
import dev.renderfleet.sandbox.SandboxEndpoints;

/** Clients of a sandbox. */
public final class SandboxCluster {

    private SandboxCluster() {}

    /** The sandbox's Kafka. */
    public static KafkaCluster kafka(SandboxEndpoints sandbox) {
        return KafkaCluster.at(sandbox.bootstrapServers());
    }

    /** The sandbox's bucket, where injected faults are met. */
    public static Bucket bucket(SandboxEndpoints sandbox) {
        return bucket(sandbox.store(), sandbox.store().endpoint());
    }

    /** The same bucket by the endpoint that meets no injected faults. */
    public static Bucket directBucket(SandboxEndpoints sandbox) {
        return bucket(sandbox.store(), sandbox.store().directEndpoint());
    }

    private static Bucket bucket(SandboxEndpoints.S3 s3, String endpoint) {
        return new Bucket(
                new BucketAddress(endpoint, s3.region(), s3.bucket(), s3.accessKey(), s3.secretKey(), null, null));
    }
}
