package dev.renderfleet.cli;

import dev.renderfleet.cli.cluster.ClusterOptions;
import dev.renderfleet.cli.cluster.EventConsumer;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints outcomes, one line each, until interrupted. */
@Command(
        name = "events",
        description = "Prints outcomes, one line each, as they are published.",
        mixinStandardHelpOptions = true)
final class EventsCommand implements Callable<Integer> {

    private static final Duration POLL = Duration.ofSeconds(1);

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--from-beginning", description = "Also those published before.")
    private boolean fromBeginning;

    @Option(names = "--once", description = "End when no more outcome arrives for a second.")
    private boolean once;

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        var from = fromBeginning ? EventConsumer.From.BEGINNING : EventConsumer.From.NOW;
        try (var reader = new EventConsumer(cluster.kafka(), from)) {
            while (!Thread.currentThread().isInterrupted()) {
                List<RenderEvent> events = reader.poll(
                        POLL, (record, reason) -> out.println("no event  " + record + ": " + reason.getMessage()));
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
