package dev.renderfleet.cli.scheduler;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says why a job waits. */
@Command(
        name = "why",
        description = "Says why a job waits and until when, or what became of it.",
        mixinStandardHelpOptions = true)
public final class WhyCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "JOB", description = "Id of the job")
    private String job = "";

    @Option(names = "--tenant", description = "Tenant of the job; one of another tenant is not found")
    private @Nullable String tenant;

    @Mixin
    private SchedulerOptions options = new SchedulerOptions();

    @Override
    public Integer call() {
        try (SchedulerClient client = options.client()) {
            JsonNode why = client.get("/v1/jobs/" + SchedulerClient.part(job) + "/why"
                            + (tenant == null ? "" : "?tenant=" + SchedulerClient.part(tenant)))
                    .json();
            PrintWriter out = spec.commandLine().getOut();
            if (options.json()) {
                out.println(why);
                return ExitCode.OK;
            }
            out.println(why.path("state").asText() + ": " + why.path("sentence").asText());
            JsonNode causes = why.path("causes");
            for (int i = 1; i < causes.size(); i++) {
                out.println("  also: " + causes.path(i).path("sentence").asText());
            }
            if (!causes.isEmpty()) {
                out.println("  release: " + why.path("eta").asText("no estimate while a cause has no known end"));
            }
            return ExitCode.OK;
        }
    }
}
