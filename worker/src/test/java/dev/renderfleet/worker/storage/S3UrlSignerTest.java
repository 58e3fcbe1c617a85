package dev.renderfleet.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.worker.storage.S3Endpoint.Addressing;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class S3UrlSignerTest {

    @ParameterizedTest
    @CsvSource({
        "PATH, https://s3.example/renderfleet/lent/a%20b.png?",
        "VIRTUAL_HOSTED, https://renderfleet.s3.example/lent/a%20b.png?"
    })
    void signsForTheAddressThatTheReadersUse(Addressing addressing, String start) {
        var endpoint = new S3Endpoint(URI.create("https://s3.example"), "eu-central-1", addressing, null);
        var signer = new S3UrlSigner(new S3Access(endpoint, "renderfleet", "an-id", "a-very-secret-key"));

        String url = signer.sign("lent/a b.png", Duration.ofMinutes(10));

        assertThat(url)
                .startsWith(start)
                .contains("X-Amz-Expires=600", "X-Amz-SignedHeaders=host", "X-Amz-Signature=", "eu-central-1")
                .doesNotContain("a-very-secret-key");
    }
}
