package dev.renderfleet.testbed.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.sandbox.process.JavaProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
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
                new Paths(folder, folder.resolve("state")),
                false,
                line -> assertThat(line).as("nothing was left behind").isNull());

        fleet.close();

        assertThatThrownBy(() -> fleet.startApplication("worker-1", Map.of(), JavaProcess.plain(jar)))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("worker-1")
                .hasMessageContaining("ended");
    }

    @Test
    void whatACrashedFleetLeftBehindIsNamedBeforeItIsWaitedFor() throws Exception {
        var paths = new Paths(folder, folder.resolve("state"));
        Process orphan = new ProcessBuilder("sleep", "600").start();
        try {
            Process command = new ProcessBuilder("true").start();
            FleetProcess crashed = FleetProcess.of("fleet", command, folder);
            command.waitFor();
            new FleetState(crashed, false, List.of(), null).plus(FleetProcess.of("worker-1", orphan, folder), paths);
            List<String> lines = new ArrayList<>();

            FleetSystem.begin(paths, false, line -> {
                        assertThat(orphan.isAlive()).isTrue();
                        lines.add(line);
                    })
                    .close();

            assertThat(lines).singleElement(InstanceOfAssertFactories.STRING).contains("worker-1");
            assertThat(orphan.isAlive()).isFalse();
        } finally {
            orphan.destroyForcibly();
        }
    }
}
