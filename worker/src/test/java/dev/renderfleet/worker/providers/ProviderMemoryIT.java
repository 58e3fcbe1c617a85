package dev.renderfleet.worker.providers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.sandbox.control.ControlServer;
import dev.renderfleet.sandbox.control.SandboxParts;
import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.simulators.PictureSettings;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import dev.renderfleet.sandbox.simulators.openai.OpenAiSimulator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams 1.15 GB of pictures in and 64 MB of references out concurrently, in the heap of a whole worker. */
@Tag("long") // GeminiMemoryIT measures the shared code in the default tier.
class ProviderMemoryIT {
    private static final double TIME_SCALE = 1_000;

    @TempDir
    Path temp;

    @Test
    void sixtyFourPicturesOfOpenAiFitIntoTheHeapOfAWorker() throws Exception {
        InstantSource clock = InstantSource.system();
        var state = SimulatorState.fresh(1, TIME_SCALE, clock);
        state.settings().pictures(new PictureSettings(ManyDraws.PICTURE_BYTES, false, null));
        var simulator = new OpenAiSimulator(state, new PictureRenderer(), 1, clock);
        Path log = temp.resolve("client.log");
        try (var server = ControlServer.start(0, List.of(simulator), SandboxParts.NONE)) {
            Process client = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx160m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            ManyDraws.class.getName(),
                            server.address(simulator.name()),
                            simulator.apiKey(),
                            temp.resolve("spool").toString())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            boolean ended = client.waitFor(5, TimeUnit.MINUTES);
            client.destroyForcibly();

            assertThat(Files.readString(log)).contains("64 of 64 whole");
            assertThat(ended).isTrue();
            assertThat(state.ledger().statement(0).calls()).isEqualTo(ManyDraws.CALLS + 1);
        }
    }
}
