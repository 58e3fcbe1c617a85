package dev.renderfleet.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SandboxOptionsTest {
    @Test
    void choosesEverythingItselfWithoutOptions() {
        var options = SandboxOptions.parse(List.of());

        assertThat(options.kafkaPort).isZero();
        assertThat(options.partitions).isEqualTo(6);
        assertThat(options.bucket).isEqualTo("renderfleet");
        assertThat(options.data()).isEmpty();
        assertThat(options.with("postgres")).isTrue();
    }

    @Test
    void readsOptionsWithASpaceAndWithAnEqualsSign() {
        var options = SandboxOptions.parse(
                List.of("--kafka-port=9092", "--data", "/tmp/x", "--time-scale", "2.5", "--without", "postgres"));

        assertThat(options.kafkaPort).isEqualTo(9092);
        assertThat(options.data()).contains(Path.of("/tmp/x"));
        assertThat(options.timeScale).isEqualTo(2.5);
        assertThat(options.with("postgres")).isFalse();
    }

    @Test
    void simulatorsListenOnTheLoopbackAddressUnlessAnotherIsNamed() {
        assertThat(SandboxOptions.parse(List.of()).simulatorAddress.isLoopbackAddress())
                .isTrue();
        assertThat(SandboxOptions.parse(List.of("--simulator-address", "0.0.0.0"))
                        .simulatorAddress
                        .isAnyLocalAddress())
                .isTrue();
    }

    @Test
    void theLastOfSeveralCounts() {
        assertThat(SandboxOptions.parse(List.of("--time-scale", "5", "--time-scale", "10")).timeScale)
                .isEqualTo(10);
    }

    @Test
    void leavesOutSeveralParts() {
        var options = SandboxOptions.parse(List.of("--without", "postgres,s3", "--without", "simulators"));

        assertThat(List.of("kafka", "postgres", "s3", "simulators"))
                .filteredOn(options::with)
                .containsExactly("kafka");
    }

    @ParameterizedTest
    @CsvSource({
        "--s3-port, 70000",
        "--s3-port, x",
        "--simulator-address, 300.1.1.1",
        "--time-scale, 0",
        "--partitions, 0",
        "--without, rabbitmq",
        "--colour, red"
    })
    void namesTheOptionThatIsWrong(String option, String value) {
        assertThatThrownBy(() -> SandboxOptions.parse(List.of(option, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(option);
    }
}
