package dev.renderfleet.cli.scheduler;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Shows what waits and runs. */
@Command(
        name = "queue",
        description = "Shows the scheduler's queue: models with windows and holds, tenants with shares.",
        mixinStandardHelpOptions = true)
public final class QueueCommand implements Callable<Integer> {

    private static final double SECONDS_PER_MINUTE = 60;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private SchedulerOptions options = new SchedulerOptions();

    @Override
    public Integer call() {
        try (SchedulerClient client = options.client()) {
            JsonNode queue = client.get("/v1/queue").json();
            PrintWriter out = spec.commandLine().getOut();
            if (options.json()) {
                out.println(queue);
                return ExitCode.OK;
            }
            if (queue.has("leaderless")) {
                out.println("No scheduler has been leading since "
                        + queue.path("leaderless").asText() + ".");
            }
            out.println(
                    "%-34s %9s %9s %9s %9s  %s".formatted("MODEL", "WAITING", "RUNNING", "WINDOW", "A MINUTE", "HOLD"));
            queue.path("models").forEach(model -> out.println(line(model)));
            out.println("%-34s %9s %9s  %s".formatted("TENANT", "WAITING", "RUNNING", "SHARES"));
            queue.path("tenants")
                    .forEach(tenant -> out.println("%-34s %9d %9d  %s"
                            .formatted(
                                    tenant.path("tenant").asText(),
                                    tenant.path("waiting").asLong(),
                                    tenant.path("running").asLong(),
                                    shares(tenant.path("shares")))));
            return ExitCode.OK;
        }
    }

    private static String line(JsonNode model) {
        JsonNode window = model.path("window");
        JsonNode hold = window.path("hold");
        return String.format(
                        Locale.ROOT,
                        "%-34s %9d %9d %9s %9s  %s",
                        model.path("model").asText(),
                        model.path("waiting").asLong(),
                        model.path("running").asLong(),
                        window.path("flightsMax").asText("-"),
                        window.isMissingNode()
                                ? "-"
                                : Long.toString(
                                        Math.round(window.path("perSecond").asDouble() * SECONDS_PER_MINUTE)),
                        hold.isObject()
                                ? "until " + hold.path("until").asText() + ", "
                                        + hold.path("reason").asText()
                                : "")
                .stripTrailing();
    }

    private static String shares(JsonNode shares) {
        var text = new StringJoiner(", ");
        shares.properties()
                .forEach(share -> text.add(Math.round(share.getValue().asDouble() * 100) + " % of " + share.getKey()));
        return text.toString();
    }
}
