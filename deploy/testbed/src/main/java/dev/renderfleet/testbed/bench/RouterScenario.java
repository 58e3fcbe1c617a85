package dev.renderfleet.testbed.bench;

import dev.renderfleet.catalogue.ModelCard;
import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.catalogue.Route;
import dev.renderfleet.catalogue.Router;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.testbed.system.ModelsFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** How many jobs the router decides in a second of processor time, with many models. Needs no sandbox. */
final class RouterScenario {

    private static final int MODELS = 100;
    private static final Duration WARM_UP = Duration.ofSeconds(3);
    private static final Duration MEASURED = Duration.ofSeconds(5);
    private static final LocalDate DAY = LocalDate.of(2026, 11, 30);

    private RouterScenario() {}

    /**
     * Decisions a second of processor time.
     *
     * @param named the job names its model
     * @param chosen the router chooses among all
     * @param chosenInBudget as before, and the job has a budget, references and a ratio
     */
    record Result(int models, long named, long chosen, long chosenInBudget) implements Figures {

        @Override
        public List<String> lines() {
            return List.of(
                    String.format(Locale.ROOT, "Router: decisions a second of CPU, %d models", models),
                    String.format(Locale.ROOT, "%-50s %9d", "the job names its model", named),
                    String.format(Locale.ROOT, "%-50s %9d", "the router chooses", chosen),
                    String.format(Locale.ROOT, "%-50s %9d", "with budget, two references and a ratio", chosenInBudget));
        }
    }

    static Result run() throws IOException {
        ModelCatalogue catalogue = ModelCatalogue.read(new ByteArrayInputStream(ModelsFile.copies(MODELS)));
        var router = new Router(
                catalogue, catalogue.models().stream().map(ModelCard::provider).collect(Collectors.toSet()));
        return new Result(
                catalogue.models().size(),
                perSecond(router, "\"model\":\"gemini-nano-banana-2.1-1\""),
                perSecond(router, "\"output\":{\"size\":\"2K\"}"),
                perSecond(
                        router,
                        "\"output\":{\"size\":\"2K\",\"aspectRatio\":\"16:9\"},\"budget\":{\"maxUsdMicros\":200000},"
                                + "\"references\":[{\"uri\":\"s3://bucket/a\",\"role\":\"product\"},"
                                + "{\"uri\":\"s3://bucket/b\",\"role\":\"style\"}]"));
    }

    private static long perSecond(Router router, String fields) {
        RenderJob job = job(fields);
        count(router, job, WARM_UP);
        return count(router, job, MEASURED) / MEASURED.toSeconds();
    }

    private static long count(Router router, RenderJob job, Duration time) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long end = threads.getCurrentThreadCpuTime() + time.toNanos();
        long count = 0;
        while (threads.getCurrentThreadCpuTime() < end) {
            if (router.route(job, DAY) instanceof Route.Unroutable no) {
                throw new IllegalStateException(no.message());
            }
            count++;
        }
        return count;
    }

    private static RenderJob job(String fields) {
        String json =
                "{\"tenant\":\"bench\",\"idempotencyKey\":\"k\",\"prompt\":\"A red vase on a beach\"," + fields + "}";
        return switch (new JobCodec().decode(json.getBytes(StandardCharsets.UTF_8))) {
            case DecodedJob.Accepted accepted -> accepted.job();
            case DecodedJob.Refused refused -> throw new IllegalStateException(refused.message());
        };
    }
}
