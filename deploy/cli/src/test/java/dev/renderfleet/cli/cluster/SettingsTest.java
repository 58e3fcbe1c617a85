package dev.renderfleet.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class SettingsTest {

    private static final String PROFILE = """
            # a profile
            KAFKA_BOOTSTRAP_SERVERS=profile:1
            KAFKA_SECURITY_PROTOCOL=SASL_SSL
            RENDERFLEET_S3_BUCKET=profile-bucket
            """;

    @TempDir
    private Path home = Path.of("set by JUnit");

    @Test
    void theEnvironmentComesBeforeTheProfile() throws IOException {
        Settings settings = Settings.read(
                profile("any"), Map.of("RENDERFLEET_S3_BUCKET", "env-bucket", "KAFKA_SECURITY_PROTOCOL", " "));

        assertThat(settings.find("RENDERFLEET_S3_BUCKET")).isEqualTo("env-bucket");
        assertThat(settings.find("RENDERFLEET_S3_REGION")).isNull();
        assertThat(settings.kafka())
                .containsOnly(Map.entry("bootstrap.servers", "profile:1"), Map.entry("security.protocol", "SASL_SSL"));
    }

    @Test
    void theProfileIsTheOneOfTheOptionElseOfTheEnvironmentElseOfTheHomeFolder() throws IOException {
        Path usual =
                Files.createDirectories(home.resolve(".config/renderfleet")).resolve("profile.properties");
        Files.writeString(usual, "WHICH=home");
        Path variable = Files.writeString(home.resolve("variable"), "WHICH=variable");
        Path option = Files.writeString(home.resolve("option"), "WHICH=option");
        Map<String, String> environment = Map.of("RENDERFLEET_PROFILE", variable.toString());

        assertThat(options(Map.of()).settings().find("WHICH")).isEqualTo("home");
        assertThat(options(environment).settings().find("WHICH")).isEqualTo("variable");
        assertThat(options(environment, "--profile", option.toString())
                        .settings()
                        .find("WHICH"))
                .isEqualTo("option");
        Files.delete(usual);
        assertThat(options(Map.of()).settings().find("WHICH")).isNull();
    }

    @Test
    void aProfileThatCannotBeReadAndAClusterThatIsNotNamedAreErrors() {
        ClusterOptions missing =
                options(Map.of(), "--profile", home.resolve("none").toString());

        assertThatThrownBy(missing::settings).isInstanceOf(UserError.class).hasMessageContaining("none");
        assertThatThrownBy(() -> options(Map.of()).kafka())
                .isInstanceOf(UserError.class)
                .hasMessageContaining("--bootstrap-servers")
                .hasMessageContaining("KAFKA_BOOTSTRAP_SERVERS")
                .hasMessageContaining("--profile");
    }

    @Test
    void anAddressOfABucketShowsNoSecret() {
        assertThat(new BucketAddress("http://s3", "r", "b", "key", "secret", null, null).toString())
                .isEqualTo("b at http://s3");
    }

    private Path profile(String name) throws IOException {
        return Files.writeString(home.resolve(name), PROFILE);
    }

    private ClusterOptions options(Map<String, String> environment, String... arguments) {
        var options = new ClusterOptions(environment, home);
        CommandLine.populateCommand(options, arguments);
        return options;
    }
}
