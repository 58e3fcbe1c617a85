package dev.renderfleet.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Compares the published description of the API with the one that the build made of the code. */
class OpenApiIT {

    private static final Path BUILT = Path.of("target", "openapi", "openapi.yaml");
    private static final Path PUBLISHED = Path.of("..", "docs", "openapi.yaml");

    @Test
    void thePublishedDescriptionIsThatOfTheCode() throws IOException {
        assertThat(Files.readString(PUBLISHED))
                .as("docs/openapi.yaml is stale; look what has changed for clients, then: cp"
                        + " scheduler/target/openapi/openapi.yaml docs/")
                .isEqualTo(Files.readString(BUILT));
    }
}
