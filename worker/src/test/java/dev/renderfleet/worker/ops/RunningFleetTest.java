package dev.renderfleet.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunningFleetTest {

    @TempDir
    Path checkout = Path.of("set by JUnit");

    @Test
    void theSandboxsAddressesAreSettings() throws IOException {
        Path state = Files.createDirectory(checkout.resolve(".fleet"));
        Files.writeString(state.resolve("profile.properties"), """
                KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:1234
                RENDERFLEET_S3_ENDPOINT=http://127.0.0.1:5678
                RENDERFLEET_PROVIDERS_GEMINI_API_KEY=simulated
                """);
        Path module = Files.createDirectory(checkout.resolve("worker"));

        var config = new SmallRyeConfigBuilder()
                .withSources(RunningFleet.sources(module, false))
                .build();

        assertThat(config.getConfigValue("kafka.bootstrap.servers").getValue()).isEqualTo("127.0.0.1:1234");
        assertThat(config.getConfigValue("renderfleet.s3.endpoint").getValue()).isEqualTo("http://127.0.0.1:5678");
        assertThat(config.getConfigValue("renderfleet.providers.gemini.api-key").getValue())
                .isEqualTo("simulated");
    }

    @Test
    void withoutOneItIsSaidWhatToStart() {
        assertThatThrownBy(() -> RunningFleet.sources(checkout, false)).hasMessageContaining("./fleet demo --keep");
    }

    @Test
    void withoutOneAndWithABucketElsewhereNothingIsAdded() {
        assertThat(RunningFleet.sources(checkout, true)).isEmpty();
    }
}
