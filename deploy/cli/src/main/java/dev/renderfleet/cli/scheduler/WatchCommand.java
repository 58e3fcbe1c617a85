package dev.renderfleet.cli.scheduler;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Follows a job to its end. */
@Command(
        name = "watch",
        description = "Follows a job: why it waits, its release, its end and its cost."
                + " Exit code 1: it has not completed.",
        mixinStandardHelpOptions = true)
public final class WatchCommand implements Callable<Integer> {

    private static final Duration EVERY = Duration.ofSeconds(1);
    private static final Set<String> OPEN = Set.of("queued", "released", "canceling");

    private final Duration every;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "JOB", description = "Id of the job")
    private String job = "";

    @Mixin
    private SchedulerOptions options = new SchedulerOptions();

    public WatchCommand() {
        this(EVERY);
    }

    WatchCommand(Duration every) {
        this.every = every;
    }

    @Override
    public Integer call() throws InterruptedException {
        String path = "/v1/jobs/" + SchedulerClient.part(job);
        PrintWriter out = spec.commandLine().getOut();
        String shown = "";
        try (SchedulerClient client = options.client()) {
            while (true) {
                JsonNode why = client.get(path + "/why").json();
                String line = options.json() ? why.toString() : line(why);
                if (!line.equals(shown)) {
                    out.println(line);
                    shown = line;
                }
                String state = why.path("state").asText();
                if (!OPEN.contains(state)) {
                    return end(state, client.get(path).json());
                }
                Thread.sleep(every);
            }
        }
    }

    private int end(String state, JsonNode end) {
        spec.commandLine()
                .getOut()
                .println(
                        options.json()
                                ? end.toString()
                                : "It has cost %s USD, %s USD of it unknown."
                                        .formatted(
                                                Usd.of(end.path("spentUsdMicros")
                                                                .asLong()
                                                        + end.path("unknownUsdMicros")
                                                                .asLong()),
                                                Usd.of(end.path("unknownUsdMicros")
                                                        .asLong())));
        return state.equals("completed") ? ExitCode.OK : SchedulerClient.REFUSED;
    }

    /** Without the estimate, which changes with each look. */
    private static String line(JsonNode why) {
        return why.path("state").asText() + ": " + why.path("sentence").asText();
    }
}
