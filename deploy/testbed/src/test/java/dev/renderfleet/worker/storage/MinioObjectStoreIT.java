package dev.renderfleet.worker.storage;

import dev.renderfleet.sandbox.SandboxProcess;
import java.net.URI;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract on a real S3 endpoint over HTTP. */
class MinioObjectStoreIT extends ObjectStoreContractTest {

    private static SandboxProcess sandbox;
    private static MinioObjectStore store;

    @BeforeAll
    static void start() {
        sandbox = SandboxProcess.start("--without", "kafka", "--without", "postgres", "--without", "simulators");
        var s3 = sandbox.endpoints().store();
        store = new MinioObjectStore(
                new S3Access(
                        S3Endpoint.of(URI.create(s3.endpoint()), s3.region()),
                        s3.bucket(),
                        s3.accessKey(),
                        s3.secretKey()),
                S3Timeouts.DEFAULT,
                new Backoff(_ -> true, () -> ThreadLocalRandom.current().nextDouble()),
                _ -> {});
    }

    @AfterAll
    static void stop() {
        store.close();
        sandbox.close();
    }

    @Override
    ObjectStore store() {
        return store;
    }
}
