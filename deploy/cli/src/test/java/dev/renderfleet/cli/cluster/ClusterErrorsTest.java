package dev.renderfleet.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

class ClusterErrorsTest {

    /** The client's own time-outs are a minute and more. */
    @Test
    @Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
    void aKafkaThatDoesNotAnswerIsNamedAfterTenSeconds() {
        assertThatThrownBy(() -> KafkaCluster.at("127.0.0.1:1").requireAnswer())
                .isInstanceOf(UserError.class)
                .hasMessageContaining("127.0.0.1:1")
                .hasMessageContaining("--bootstrap-servers");
    }

    @Test
    void settingsThatTheClientRefusesAreAnErrorWithoutSecrets() {
        var kafka = new KafkaCluster(Map.of(
                "bootstrap.servers", "127.0.0.1:1",
                "security.protocol", "SASL_SSL",
                "sasl.mechanism", "PLAIN",
                "sasl.jaas.config", "not.a.Module required password=\"a-secret\""));

        assertThatThrownBy(kafka::requireAnswer).satisfies(error -> {
            assertThat(error).isInstanceOf(UserError.class).hasMessageContaining("KAFKA_*");
            var all = new StringWriter();
            error.printStackTrace(new PrintWriter(all));
            assertThat(all.toString()).doesNotContain("a-secret");
        });
    }

    @Test
    void anAddressingOrAFileOfCertificatesThatCannotBeUsedIsNamed() {
        assertThatThrownBy(() -> new Bucket(address("host", null)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("virtual-hosted");
        assertThatThrownBy(() -> new Bucket(address(null, "/no/such/ca.pem")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("/no/such/ca.pem");
        assertThat(new Bucket(address("path", null)).name()).isEqualTo("bucket");
    }

    private static BucketAddress address(@Nullable String addressing, @Nullable String caFile) {
        return new BucketAddress("https://s3.example.com", "us-east-1", "bucket", "key", "secret", addressing, caFile);
    }
}
