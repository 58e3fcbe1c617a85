package dev.renderfleet.worker.providers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.sandbox.control.ControlServer;
import dev.renderfleet.sandbox.control.SandboxParts;
import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.simulators.ModelSimulator;
import dev.renderfleet.sandbox.simulators.PictureSettings;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import dev.renderfleet.sandbox.simulators.bfl.BflSimulator;
import dev.renderfleet.sandbox.simulators.comfy.ComfySimulator;
import dev.renderfleet.sandbox.simulators.dashscope.DashScopeSimulator;
import dev.renderfleet.sandbox.simulators.openai.OpenAiSimulator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams 1.15 GB of pictures in and 64 MB of references out concurrently, in the heap of a whole worker. */
@Tag("long") // GeminiMemoryIT measures the shared code in the default tier.
class ProviderMemoryIT {
    private static final double TIME_SCALE = 1_000;

    @TempDir
    Path temp;

    @ParameterizedTest
    @ValueSource(strings = {"openai", "bfl", "comfy", "dashscope"})
    void sixtyFourPicturesFitIntoTheHeapOfAWorker(String provider) throws Exception {
        InstantSource clock = InstantSource.system();
        var state = SimulatorState.fresh(1, TIME_SCALE, clock);
        state.settings().pictures(new PictureSettings(ManyDraws.PICTURE_BYTES, false, null));
        ModelSimulator simulator = switch (provider) {
            case "openai" -> new OpenAiSimulator(state, new PictureRenderer(), 1, clock);
            case "bfl" -> new BflSimulator(state, new PictureRenderer(), 1, clock);
            case "comfy" -> new ComfySimulator(state, new PictureRenderer(), clock);
            default -> new DashScopeSimulator(state, new PictureRenderer(), 1, clock);
        };
        Path log = temp.resolve("client.log");
        try (var server = ControlServer.start(0, List.of(simulator), SandboxParts.NONE)) {
            Process client = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx160m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            ManyDraws.class.getName(),
                            provider,
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
