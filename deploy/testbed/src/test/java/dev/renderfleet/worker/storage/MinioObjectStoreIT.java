package dev.renderfleet.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.testbed.PartsCondition;
import dev.renderfleet.testbed.TestParts;
import dev.renderfleet.testbed.TestParts.Part;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The contract on a real S3 endpoint over HTTP. */
@ExtendWith(PartsCondition.class)
class MinioObjectStoreIT extends ObjectStoreContractTest {

    private static TestParts parts;
    private static S3Access access;
    private static MinioObjectStore store;

    @BeforeAll
    static void start() {
        parts = TestParts.start(1, Part.S3);
        var s3 = parts.endpoints().store();
        access = new S3Access(
                S3Endpoint.of(URI.create(s3.endpoint()), s3.region()), s3.bucket(), s3.accessKey(), s3.secretKey());
        store = new MinioObjectStore(
                access,
                S3Timeouts.DEFAULT,
                new Backoff(_ -> true, () -> ThreadLocalRandom.current().nextDouble()),
                _ -> {});
    }

    @AfterAll
    static void stop() {
        store.close();
        parts.close();
    }

    @Override
    ObjectStore store() {
        return store;
    }

    /** As a provider reads a lent picture: without credentials, one object, for a while. */
    @Test
    void aSignedAddressReadsOneObjectUntilItExpires() throws Exception {
        store.putIfAbsent("lent/a", "{}");
        store.putIfAbsent("lent/b", "{}");
        var signer = new S3UrlSigner(access);
        String url = signer.sign("lent/a", Duration.ofMinutes(10));
        String brief = signer.sign("lent/a", Duration.ofSeconds(1));

        assertThat(status(url)).isEqualTo(200);
        assertThat(status(url.replace("lent/a", "lent/b"))).isEqualTo(403);
        assertThat(status(url.substring(0, url.indexOf('?')))).isEqualTo(403);
        Awaitility.await().until(() -> status(brief) == 403);
        store.delete("lent/a");
        assertThat(status(url)).isEqualTo(404);
    }

    private static int status(String url) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }
}
