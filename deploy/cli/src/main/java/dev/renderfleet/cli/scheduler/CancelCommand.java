package dev.renderfleet.cli.scheduler;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.cli.cluster.UserError;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Cancels jobs. */
@Command(
        name = "cancel",
        description = "Cancels jobs that wait. Exit code 1: one has ended, was released, or is not known.",
        mixinStandardHelpOptions = true)
public final class CancelCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "JOB", arity = "1..*", description = "Ids of the jobs")
    private List<String> jobs = List.of();

    @Mixin
    private SchedulerOptions options = new SchedulerOptions();

    @Override
    public Integer call() {
        int code = ExitCode.OK;
        try (SchedulerClient client = options.client()) {
            for (String job : jobs) {
                if (!isCanceled(client, job)) {
                    code = SchedulerClient.REFUSED;
                }
            }
        }
        return code;
    }

    private boolean isCanceled(SchedulerClient client, String job) {
        PrintWriter out = spec.commandLine().getOut();
        try {
            JsonNode answer = client.post("/v1/jobs/" + SchedulerClient.part(job) + "/cancel", "")
                    .json();
            String state = answer.path("state").asText();
            boolean canceled = state.equals("canceled");
            out.println(options.json() ? answer.toString() : job + (canceled ? " canceled" : " has ended: " + state));
            return canceled;
        } catch (UserError e) {
            if (e.exitCode() != SchedulerClient.REFUSED) {
                throw e;
            }
            spec.commandLine().getErr().println(job + ": " + e.getMessage());
            return false;
        }
    }
}
