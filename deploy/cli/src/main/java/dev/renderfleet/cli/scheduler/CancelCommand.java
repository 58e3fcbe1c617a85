package dev.renderfleet.cli.scheduler;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.cli.cluster.UserError;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Cancels jobs. */
@Command(
        name = "cancel",
        description =
                "Cancels jobs by id, or those of a tenant that match: waiting ones at once, the next call of those"
                        + " that workers have; a call that is out is finished. Exit code 1: one has ended, or is not"
                        + " known.",
        mixinStandardHelpOptions = true)
public final class CancelCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "JOB", arity = "0..*", description = "Ids of the jobs")
    private List<String> jobs = List.of();

    @Option(names = "--tenant", description = "Tenant of the jobs, instead of ids")
    private @Nullable String tenant;

    @Option(names = "--batch", paramLabel = "ID", description = "Jobs of this batchId")
    private @Nullable String batch;

    @Option(names = "--model", description = "Jobs that name this model")
    private @Nullable String model;

    @Option(names = "--label", paramLabel = "NAME=VALUE", description = "Jobs with this label; each of several")
    private Map<String, String> labels = Map.of();

    @Option(names = "--all", description = "All jobs of the tenant")
    private boolean all;

    @Mixin
    private SchedulerOptions options = new SchedulerOptions();

    @Override
    public Integer call() {
        if (jobs.isEmpty() == (tenant == null)) {
            throw new UserError("Name jobs, or --tenant with --batch, --model, --label or --all.", ExitCode.USAGE);
        }
        int code = ExitCode.OK;
        try (SchedulerClient client = options.client()) {
            if (tenant != null) {
                cancelMatching(client, tenant);
            }
            for (String job : jobs) {
                if (!isCanceled(client, job)) {
                    code = SchedulerClient.REFUSED;
                }
            }
        }
        return code;
    }

    private void cancelMatching(SchedulerClient client, String ofTenant) {
        String query = Stream.concat(
                        Stream.of(
                                parameter("tenant", ofTenant),
                                parameter("batchId", batch),
                                parameter("model", model),
                                all ? "&all=true" : ""),
                        labels.entrySet().stream()
                                .map(label -> parameter("label", label.getKey() + ":" + label.getValue())))
                .collect(Collectors.joining())
                .substring(1);
        JsonNode answer;
        do {
            answer = client.post("/v1/jobs/cancel?" + query, "").json();
            spec.commandLine()
                    .getOut()
                    .println(
                            options.json()
                                    ? answer.toString()
                                    : "%d canceled, %d to be canceled before their next call"
                                            .formatted(
                                                    answer.path("canceled").asLong(),
                                                    answer.path("requested").asLong()));
        } while (answer.path("more").asBoolean());
    }

    private static String parameter(String name, @Nullable String value) {
        return value == null ? "" : "&" + name + "=" + SchedulerClient.part(value);
    }

    private boolean isCanceled(SchedulerClient client, String job) {
        PrintWriter out = spec.commandLine().getOut();
        try {
            JsonNode answer = client.post("/v1/jobs/" + SchedulerClient.part(job) + "/cancel", "")
                    .json();
            String state = answer.path("state").asText();
            String text = switch (state) {
                case "canceled" -> " canceled";
                case "canceling" -> " is to be canceled before its next call; a call that is out is finished";
                default -> " has ended: " + state;
            };
            out.println(options.json() ? answer.toString() : job + text);
            return state.startsWith("cancel");
        } catch (UserError e) {
            if (e.exitCode() != SchedulerClient.REFUSED) {
                throw e;
            }
            spec.commandLine().getErr().println(job + ": " + e.getMessage());
            return false;
        }
    }
}
