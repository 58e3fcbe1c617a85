package dev.renderfleet.fleet.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the fleet's end leaves behind: nothing. */
class FleetSystemTest {

    @TempDir
    private Path folder;

    @Test
    void nothingIsStartedOnceTheFleetHasEnded() throws Exception {
        Path jar = Files.createFile(folder.resolve("application.jar"));
        FleetSystem fleet = FleetSystem.begin(
                new Places(folder, folder.resolve("state")),
                false,
                parts -> assertThat(parts).isEmpty());

        fleet.close();

        assertThatThrownBy(() -> fleet.startApplication("worker-1", jar, Map.of(), List.of()))
                .isInstanceOf(FleetTrouble.class)
                .hasMessageContaining("worker-1")
                .hasMessageContaining("ended");
    }
}
