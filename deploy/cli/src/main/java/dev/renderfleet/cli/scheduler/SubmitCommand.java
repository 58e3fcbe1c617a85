package dev.renderfleet.cli.scheduler;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.cli.scheduler.SchedulerClient.Answer;
import java.io.FileNotFoundException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Hands jobs over to the scheduler. */
@Command(
        name = "submit",
        description = "Hands render jobs over to the scheduler, which releases them in their turn.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:all jobs are stored", "1:some were refused", "2:wrong usage", "3:no scheduler answers"})
public final class SubmitCommand implements Callable<Integer> {

    private static final String STANDARD_INPUT = "-";

    private final InputStream in;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(
            paramLabel = "FILE",
            defaultValue = STANDARD_INPUT,
            description =
                    "One job if its name ends in .json, else NDJSON: a job in each line. Default: standard input, as"
                            + " NDJSON")
    private String file = STANDARD_INPUT;

    @Mixin
    private SchedulerOptions options = new SchedulerOptions();

    public SubmitCommand() {
        this(System.in);
    }

    SubmitCommand(InputStream in) {
        this.in = in;
    }

    @Override
    public Integer call() {
        boolean one = file.endsWith(".json");
        try (SchedulerClient client = options.client()) {
            Answer answer = client.submit(one ? SchedulerClient.JSON : SchedulerClient.NDJSON, jobs());
            PrintWriter out = spec.commandLine().getOut();
            JsonNode json = answer.json();
            long refused = json.path("refused").asLong();
            if (options.json()) {
                out.println(json);
            } else if (one) {
                out.println((answer.status() == 202 ? "Accepted job " : "Known already: job ")
                        + json.path("jobId").asText());
            } else {
                json.path("refusals").forEach(this::printRefusal);
                out.println("%d accepted, %d known already, %d refused"
                        .formatted(
                                json.path("accepted").asLong(),
                                json.path("known").asLong(),
                                refused));
            }
            return refused == 0 ? ExitCode.OK : SchedulerClient.REFUSED;
        }
    }

    private BodyPublisher jobs() {
        if (file.equals(STANDARD_INPUT)) {
            return BodyPublishers.ofInputStream(() -> in);
        }
        try {
            return BodyPublishers.ofFile(Path.of(file));
        } catch (FileNotFoundException e) {
            throw new UserError("The file " + file + " cannot be read: " + e.getMessage(), ExitCode.USAGE);
        }
    }

    private void printRefusal(JsonNode refusal) {
        String field = refusal.path("field").asText("");
        spec.commandLine()
                .getErr()
                .println("line " + refusal.path("line").asLong() + ": " + (field.isEmpty() ? "" : field + ": ")
                        + refusal.path("message").asText());
    }
}
