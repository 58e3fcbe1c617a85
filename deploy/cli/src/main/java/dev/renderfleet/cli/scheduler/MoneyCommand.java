package dev.renderfleet.cli.scheduler;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows and decides about money. */
@Command(
        name = "money",
        description = "Shows what a tenant may spend and has spent, sets its caps, and resolves unknown bills.",
        mixinStandardHelpOptions = true)
public final class MoneyCommand {

    private static final String NONE = "none";

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Command(
            name = "show",
            description = "Shows a tenant's accounts and the fleet's, and calls that may have been billed.",
            mixinStandardHelpOptions = true)
    int show(
            @Mixin SchedulerOptions options,
            @Parameters(paramLabel = "TENANT", description = "The tenant") String tenant) {
        try (SchedulerClient client = options.client()) {
            String path = "/v1/tenants/" + SchedulerClient.part(tenant);
            JsonNode accounts = client.get(path + "/accounts").json();
            JsonNode unknown = client.get(path + "/unknown").json();
            PrintWriter out = spec.commandLine().getOut();
            if (options.json()) {
                out.println("{\"accounts\":" + accounts + ",\"unknown\":" + unknown + "}");
                return ExitCode.OK;
            }
            out.println("%-22s %12s %12s %12s %12s".formatted("USD", "CAP", "SPENT", "HELD", "UNKNOWN"));
            accounts.forEach(account -> out.println("%-22s %12s %12s %12s %12s"
                    .formatted(
                            (account.path("scope").asText().replace('_', ' ') + " "
                                            + account.path("day").asText(""))
                                    .strip(),
                            account.has("cap") ? usd(account.path("cap")) : NONE,
                            usd(account.path("spent")),
                            usd(account.path("reserved")),
                            usd(account.path("unknown")))));
            unknown.forEach(call -> out.println("unknown: %s USD of job %s at %s; when the bill is known: money resolve"
                    .formatted(
                            usd(call.path("usdMicros")),
                            call.path("jobId").asText(),
                            call.path("at").asText())));
            return ExitCode.OK;
        }
    }

    /** What a cap bounds. */
    enum CapScope {
        DAY,
        TOTAL
    }

    @Command(
            name = "cap",
            description = "Caps what a tenant may spend in a day of UTC, or in total.",
            mixinStandardHelpOptions = true)
    int cap(
            @Mixin SchedulerOptions options,
            @Parameters(index = "0", paramLabel = "TENANT", description = "The tenant") String tenant,
            @Parameters(index = "1", paramLabel = "day|total", description = "What is capped") CapScope scope,
            @Parameters(index = "2", paramLabel = "USD", description = "US dollars, or none") String usd) {
        Long micros = usd.equals(NONE) ? null : Long.valueOf(Usd.micros(usd));
        try (SchedulerClient client = options.client()) {
            client.put(
                    "/v1/tenants/" + SchedulerClient.part(tenant) + "/caps/"
                            + (scope == CapScope.DAY ? "day" : "total"),
                    "{\"usdMicros\":" + micros + "}");
            print(options, "{\"usdMicros\":" + micros + "}", "The cap is in force.");
            return ExitCode.OK;
        }
    }

    /** What the provider's bill says. */
    enum Bill {
        BILLED,
        FREE
    }

    @Command(
            name = "resolve",
            description = "Says once whether a job's calls of unknown outcome were billed.",
            mixinStandardHelpOptions = true)
    int resolve(
            @Mixin SchedulerOptions options,
            @Parameters(index = "0", paramLabel = "JOB", description = "Id of the job") String job,
            @Parameters(index = "1", paramLabel = "billed|free", description = "What the provider's bill says")
                    Bill bill) {
        try (SchedulerClient client = options.client()) {
            JsonNode answer = client.post(
                            "/v1/jobs/" + SchedulerClient.part(job) + "/unknown",
                            "{\"billed\":" + (bill == Bill.BILLED) + "}")
                    .json();
            print(
                    options,
                    answer.toString(),
                    "Resolved; the job has cost " + usd(answer.path("spentUsdMicros")) + " USD.");
            return ExitCode.OK;
        }
    }

    private void print(SchedulerOptions options, String json, String text) {
        spec.commandLine().getOut().println(options.json() ? json : text);
    }

    private static String usd(JsonNode micros) {
        return Usd.of(micros.asLong());
    }
}
