package dev.renderfleet.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.testbed.system.FleetState;
import dev.renderfleet.testbed.system.Paths;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command as a person runs it: the packaged jar in the repository's root, without a terminal. */
class DemoIT {

    private static final Pattern ROW =
            Pattern.compile("(?m)^\\S+ \\S+ \\S+ +\\S+ +[0-9.]+ +[0-9.]+ {2}assets/demo/\\S+$");
    private static final Duration SOON = Duration.ofMinutes(1);

    @TempDir
    Path folder = Path.of("set by JUnit");

    @AfterEach
    void endWhatATestThatFailedLeftRunning() {
        FleetState fleet = FleetState.find(paths());
        if (fleet != null) {
            fleet.stop(paths());
        }
    }

    @Test
    void theDemoRendersTwelvePicturesAndLeavesNothingRunning() throws IOException {
        Path out = folder.resolve("pictures");

        CommandRun demo = CommandRun.run(state(), "demo", "--time-scale", "50", "--out", out.toString());

        assertThat(demo.exitCode()).as(demo.out() + demo.err()).isZero();
        judge(demo, out);
        assertNothingLeft(demo);
        assertThat(FleetState.find(paths())).isNull();
    }

    @Test
    @Tag("long")
    void afterAKillNothingIsLeft() throws Exception {
        CommandRun killed = CommandRun.start(state(), Map.of(), "demo", "--time-scale", "0.01");
        Awaitility.await("all parts").atMost(SOON).until(() -> {
            killed.look();
            FleetState fleet = FleetState.find(paths());
            return fleet != null && fleet.parts().size() == 3;
        });
        killed.kill();
        assertNothingLeft(killed);
    }

    @Test
    @Tag("long")
    void aKeptFleetCanBeUsedAndStopped() throws Exception {
        Path out = folder.resolve("pictures");
        CommandRun kept = CommandRun.run(state(), "demo", "--keep", "--time-scale", "50", "--out", out.toString());

        assertThat(kept.exitCode()).as(kept.out() + kept.err()).isZero();
        judge(kept, out);
        assertThat(kept.out()).contains("./fleet publish", "./fleet events", "./fleet stop", "render.jobs");
        assertThat(kept.left()).isNotEmpty();
        useAndStop(kept);
    }

    private void useAndStop(CommandRun kept) {
        CommandRun second = CommandRun.run(state(), "demo");
        assertThat(second.exitCode()).isEqualTo(1);
        assertThat(second.err()).contains("already running", "./fleet stop").doesNotContain("\tat ");

        CommandRun publish = CommandRun.run(
                state(), "publish", "--prompt", "A red vase on a beach", "--key", "k-1", "--ratio", "16:9");
        assertThat(publish.exitCode()).as(publish.err()).isZero();
        assertThat(publish.out()).contains("Published job", "k-1");
        CommandRun refused = CommandRun.run(state(), "publish", "--prompt", "A vase", "--ratio", "wide");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).contains("output.aspectRatio").doesNotContain("\tat ");
        Awaitility.await("the outcome").atMost(SOON).untilAsserted(() -> {
            CommandRun events = CommandRun.run(state(), "events", "--from-beginning", "--once");
            assertThat(events.exitCode()).as(events.err()).isZero();
            assertThat(events.out().lines().filter(line -> line.startsWith("completed ")))
                    .hasSize(13);
            assertThat(events.out()).containsPattern("completed [0-9a-f]{40} demo/k-1 assets/demo/");
        });

        CommandRun queue = CommandRun.run(state(), "queue", "--json");
        assertThat(queue.exitCode()).as(queue.err()).isZero();
        assertThat(queue.out()).contains("\"tenants\":[");

        CommandRun stop = CommandRun.run(state(), "stop");
        assertThat(stop.exitCode()).isZero();
        assertThat(stop.out()).contains("Ended scheduler, worker-1, sandbox.");
        assertNothingLeft(kept);
        assertThat(CommandRun.run(state(), "stop").out()).contains("Nothing was running.");
        CommandRun late = CommandRun.run(state(), "events", "--once");
        assertThat(late.exitCode()).isEqualTo(1);
        assertThat(late.err()).contains("No Kafka is named", "./fleet demo --keep");
    }

    /** Through every adapter, against the simulators. */
    @Test
    @Tag("long")
    void allModelsDrawTheSameProduct() throws IOException {
        Path out = folder.resolve("models");
        CommandRun demo =
                CommandRun.run(state(), "demo", "--all-models", "--time-scale", "50", "--out", out.toString());

        assertThat(demo.exitCode()).as(demo.out() + demo.err()).isZero();
        assertThat(Files.readString(out.resolve("index.html")))
                .contains("gemini-nano-banana-2.1", "gpt-image-2.6-flare", "flux-3-image", "proof", "the job names it")
                .contains("vertex-gemini-3-pro-image")
                .contains("edit-1", "edit-2", "edits the image before, by session");
        assertThat(demo.out())
                .containsPattern("Why does \\S+ wait\\? It depends on [0-9a-f]{40}, which must complete first\\.");
        assertNothingLeft(demo);
    }

    @Test
    @Tag("long")
    void aTakenPortIsSaidPlainlyAndNothingIsLeft() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CommandRun demo = CommandRun.run(state(), "demo", "--kafka-port", "" + taken.getLocalPort());

            assertThat(demo.exitCode()).isEqualTo(1);
            assertThat(demo.err())
                    .contains("port " + taken.getLocalPort(), "already in use")
                    .doesNotContain("\tat ");
            assertNothingLeft(demo);
        }
    }

    @Test
    void withARealKeyAndNobodyToConfirmNothingIsStartedAndTheMostItCouldCostIsSaid() {
        CommandRun demo = CommandRun.start(state(), Map.of("GEMINI_API_KEY", "not-a-key"), "demo")
                .awaitEnd();

        assertThat(demo.exitCode()).isEqualTo(1);
        assertThat(demo.out())
                .contains("GEMINI_API_KEY", "12 images", "2.40 USD")
                .doesNotContain("not-a-key");
        assertThat(demo.err()).contains("--yes").doesNotContain("\tat ", "not-a-key");
        assertThat(state()).doesNotExist();
        assertThat(demo.left()).isEmpty();
    }

    private static void judge(CommandRun demo, Path out) throws IOException {
        assertThat(ROW.matcher(demo.out()).results().count()).as(demo.out()).isEqualTo(12);
        assertThat(demo.out()).contains("12 of 12 jobs completed and verified");
        assertThat(demo.out())
                .contains("Submitted 12 jobs to the scheduler, which may spend 20.00 USD a day")
                .containsPattern("Why does \\S+ wait\\? It depends on [0-9a-f]{40}, which must complete first\\.");
        assertThat(out.resolve("index.html")).isNotEmptyFile();
        try (Stream<Path> files = Files.list(out)) {
            List<Path> pictures = files.filter(file -> !file.endsWith("index.html"))
                    .filter(file -> !file.getFileName().toString().startsWith("source_"))
                    .toList();
            assertThat(pictures)
                    .hasSize(12)
                    .allSatisfy(picture ->
                            assertThat(ImageIO.read(picture.toFile())).isNotNull());
        }
    }

    private static void assertNothingLeft(CommandRun run) {
        Awaitility.await("end of all processes")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(run.left()).isEmpty());
    }

    private Paths paths() {
        return new Paths(Path.of("..", ".."), state());
    }

    private Path state() {
        return folder.resolve("state");
    }
}
