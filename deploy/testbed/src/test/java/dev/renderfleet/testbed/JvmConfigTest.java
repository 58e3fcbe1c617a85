package dev.renderfleet.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class JvmConfigTest {

    /** So that an older JDK starts Maven, whose enforcer then says which one is needed, and does not end with "Unrecognized option". */
    @Test
    void anOlderJdkIgnoresOptionsThatItDoesNotKnow() throws IOException {
        assertThat(Files.readString(Path.of("..", "..", ".mvn", "jvm.config")))
                .startsWith("-XX:+IgnoreUnrecognizedVMOptions ");
    }
}
