package dev.renderfleet.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunningFleetTest {

    private static final String ENDPOINT = "renderfleet.s3.endpoint";

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

        SmallRyeConfig config = config("dev", Map.of("renderfleet.providers.gemini.api-key", "paid"));

        assertThat(config.getConfigValue("kafka.bootstrap.servers").getValue()).isEqualTo("127.0.0.1:1234");
        assertThat(config.getConfigValue(ENDPOINT).getValue()).isEqualTo("http://127.0.0.1:5678");
        assertThat(config.getConfigValue("renderfleet.providers.gemini.api-key").getValue())
                .isEqualTo("simulated");
    }

    @Test
    void withoutASandboxItIsSaidWhatToStart() {
        assertThatThrownBy(() -> config("dev", Map.of())).hasMessageContaining("./fleet demo --keep");
    }

    @Test
    void aBucketElsewhereNeedsNoSandbox() {
        assertThat(config("dev", Map.of(ENDPOINT, "https://s3.example"))
                        .getConfigValue(ENDPOINT)
                        .getValue())
                .isEqualTo("https://s3.example");
    }

    @Test
    void outsideOfDevModeItDoesNothing() {
        assertThat(config("prod", Map.of()).getConfigValue(ENDPOINT).getValue()).isNull();
    }

    private SmallRyeConfig config(String profile, Map<String, String> application) {
        Path module = checkout.resolve("worker");
        return new SmallRyeConfigBuilder()
                .addDefaultInterceptors()
                .withProfile(profile)
                .withSources(new PropertiesConfigSource(application, "application.properties", 250))
                .withSources(new RunningFleet(module))
                .build();
    }
}
