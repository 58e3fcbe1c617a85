package dev.renderfleet.testbed;

import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.testbed.jobs.EventReader;
import dev.renderfleet.testbed.system.Paths;
import dev.renderfleet.testbed.system.RunningFleet;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints outcomes, one line each, until interrupted. */
@Command(name = "events", description = "Prints outcomes as they are announced.", mixinStandardHelpOptions = true)
final class EventsCommand implements Callable<Integer> {

    private static final Duration POLL = Duration.ofSeconds(1);

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--from-beginning", description = "Also those announced before.")
    private boolean fromBeginning;

    @Option(names = "--once", description = "End when nothing more is there.")
    private boolean once;

    @Option(names = "--kafka", description = "host:port of another Kafka than the running fleet's")
    private @Nullable String kafka;

    @Override
    public Integer call() {
        String bootstrap =
                kafka == null ? RunningFleet.endpointsOfRunning(Paths.here()).bootstrapServers() : kafka;
        PrintWriter out = spec.commandLine().getOut();
        var from = fromBeginning ? EventReader.From.BEGINNING : EventReader.From.NOW;
        try (var reader = new EventReader(bootstrap, from)) {
            while (!Thread.currentThread().isInterrupted()) {
                List<RenderEvent> events = reader.poll(POLL);
                events.forEach(event -> out.println(line(event)));
                out.flush();
                if (once && events.isEmpty()) {
                    break;
                }
            }
        }
        return 0;
    }

    private static String line(RenderEvent event) {
        String job = event.job().jobId() + " " + event.job().tenant() + "/"
                + event.job().idempotencyKey();
        String replay = event.replay() ? " (replay)" : "";
        return switch (event) {
            case RenderCompleted completed ->
                "completed " + job + " "
                        + String.join(
                                " ", completed.images().stream().map(Image::key).toList())
                        + replay;
            case RenderFailed failed ->
                "failed    " + job + " " + failed.code().wireName() + ": " + failed.message() + replay;
            case RenderRejected rejected ->
                "rejected  " + job + " " + rejected.code().wireName() + ": " + rejected.field() + ": "
                        + rejected.message() + replay;
            case RenderCanceled canceled -> "canceled  " + job + " " + canceled.message() + replay;
        };
    }
}
