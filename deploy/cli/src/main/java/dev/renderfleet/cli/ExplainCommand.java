package dev.renderfleet.cli;

import dev.renderfleet.catalogue.Health;
import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.catalogue.Ranking;
import dev.renderfleet.catalogue.Route;
import dev.renderfleet.catalogue.Router;
import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.job.Routing.Fallback;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.JobCodec;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Explains which model a worker would choose for a job. Calls nothing. */
@Command(
        name = "explain",
        description = {
            "Explains which model a worker would choose for a job, and why not the others.",
            "Nothing is published, called or paid. Exit code 1: no model can draw the job."
        },
        mixinStandardHelpOptions = true)
final class ExplainCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "FILE", description = "The job as JSON.")
    private Path file = Path.of("job.json");

    @Option(
            names = "--provider",
            description = "A provider that the workers have; may be repeated. Default: all of the catalogue")
    private Set<String> providers = new HashSet<>();

    @Option(names = "--held", description = "A model or provider that is on hold; may be repeated.")
    private Set<String> held = new HashSet<>();

    @Mixin
    private CatalogueOptions options = new CatalogueOptions();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        ModelCatalogue catalogue = options.catalogue();
        if (providers.isEmpty()) {
            catalogue.models().forEach(card -> providers.add(card.provider()));
        }
        RenderJob job = job();
        Map<String, Instant> onHold = held.stream().collect(Collectors.toMap(name -> name, _ -> Instant.MAX));
        Ranking ranking = new Router(catalogue, providers).rank(job, new Health(onHold, onHold), options.day());
        ranking.candidates()
                .forEach(candidate -> out.printf(
                        "candidate %-28s at most %-10s %s%n",
                        candidate.model().id(),
                        candidate.model().prices().known()
                                ? ModelsCommand.dollars(candidate.model().worstJobUsdMicros(job))
                                : "unknown",
                        candidate.reason()));
        ranking.exclusions()
                .forEach(exclusion -> out.printf(
                        "excluded  %-28s %s: %s%n",
                        exclusion.model().id(),
                        exclusion.reason().field(),
                        exclusion.reason().message()));
        return switch (ranking.route()) {
            case Route.Routed routed -> {
                out.println("A worker would call " + routed.model().id() + ": " + routed.reason() + ".");
                if (job.fallback() != Fallback.NONE && ranking.candidates().size() > 1) {
                    out.println("After a failure it would go on to the next candidate; the dearest costs at most "
                            + ModelsCommand.dollars(ranking.worstUsdMicros(job)) + ".");
                }
                yield 0;
            }
            case Route.Unroutable no -> {
                out.println("A worker would reject the job as " + no.code().wireName() + ". " + no.field() + ": "
                        + no.message());
                yield 1;
            }
        };
    }

    private RenderJob job() {
        try (InputStream json = Files.newInputStream(file)) {
            return switch (new JobCodec().decode(json.readNBytes(JobCodec.BYTES_MAX + 1))) {
                case DecodedJob.Accepted accepted -> accepted.job();
                case DecodedJob.Refused refused ->
                    throw new UserError("A worker would reject the job as "
                            + refused.code().wireName() + ". " + refused.field() + ": " + refused.message());
            };
        } catch (IOException e) {
            throw new UserError("The job " + file + " cannot be read: " + e);
        }
    }
}
