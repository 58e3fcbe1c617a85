package dev.renderfleet.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.renderfleet.cli.cluster.ClusterOptions;
import dev.renderfleet.cli.cluster.JobPublisher;
import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.JobCodec;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Publishes one job. */
@Command(name = "publish", description = "Publishes one render job.", mixinStandardHelpOptions = true)
final class PublishCommand implements Callable<Integer> {

    private static final double USD_MICROS = 1e6;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--prompt", required = true, description = "The prompt.")
    private String prompt = "";

    @Option(names = "--tenant", defaultValue = "demo", description = "Tenant that pays. Default: ${DEFAULT-VALUE}")
    private String tenant = "";

    @Option(
            names = "--key",
            description = "Idempotency key; the same key and job again costs nothing. Default: a new one")
    private @Nullable String key;

    @Option(
            names = "--model",
            description = "Model id or alias, such as nano-banana or proof. Default: the router chooses")
    private @Nullable String model;

    @Option(names = "--ratio", description = "Aspect ratio, such as 16:9. Default: the model decides")
    private @Nullable String ratio;

    @Option(names = "--size", defaultValue = "1K", description = "1K, 2K or 4K. Default: ${DEFAULT-VALUE}")
    private String size = "";

    @Option(names = "--reference", description = "s3:// or https:// address of a product image; may be repeated")
    private List<String> references = List.of();

    @Option(names = "--parent", description = "Id of a completed job of the same tenant, whose first image is edited")
    private @Nullable String parent;

    @Option(
            names = "--budget",
            defaultValue = "0.50",
            description = "Highest cost of the job in US dollars. Default: ${DEFAULT-VALUE}")
    private double budgetUsd;

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    @Override
    public Integer call() throws Exception {
        DecodedJob decoded = new JobCodec().decode(json(), Map.of());
        PrintWriter out = spec.commandLine().getOut();
        return switch (decoded) {
            case DecodedJob.Refused refused ->
                throw new UserError("Not published. " + refused.field() + ": " + refused.message());
            case DecodedJob.Accepted accepted -> {
                try (var publisher = new JobPublisher(cluster.kafka())) {
                    publisher.publish(List.of(accepted.job()));
                }
                out.println("Published job "
                        + JobId.of(accepted.job().tenant(), accepted.job().idempotencyKey()) + " (key "
                        + accepted.job().idempotencyKey()
                        + "). To read its outcome, run events --from-beginning in the same way.");
                yield 0;
            }
        };
    }

    private byte[] json() throws JsonProcessingException {
        var mapper = new ObjectMapper();
        var job = mapper.createObjectNode();
        job.put("tenant", tenant);
        job.put("idempotencyKey", key == null ? UUID.randomUUID().toString() : key);
        job.put("prompt", prompt);
        job.putObject("budget").put("maxUsdMicros", Math.round(budgetUsd * USD_MICROS));
        if (model != null) {
            job.put("model", model);
        }
        if (parent != null) {
            job.put("parent", parent);
        }
        var output = job.putObject("output").put("size", size);
        if (ratio != null) {
            output.put("aspectRatio", ratio);
        }
        var array = job.putArray("references");
        references.forEach(uri -> array.addObject().put("uri", uri).put("role", "product"));
        return mapper.writeValueAsBytes(job);
    }
}
