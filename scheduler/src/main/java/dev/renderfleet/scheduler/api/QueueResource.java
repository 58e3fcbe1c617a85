package dev.renderfleet.scheduler.api;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.summingInt;
import static java.util.stream.Collectors.summingLong;

import dev.renderfleet.scheduler.queue.ModelLimits;
import dev.renderfleet.scheduler.queue.WindowState;
import dev.renderfleet.scheduler.routing.JobPricer;
import dev.renderfleet.scheduler.store.ModelLine;
import dev.renderfleet.scheduler.store.QueueStore;
import dev.renderfleet.scheduler.store.QueueStore.FlowCount;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.jspecify.annotations.Nullable;

/** What waits and runs, by model and by tenant. */
@Path("/v1/queue")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class QueueResource {

    private final QueueStore store;
    private final JobPricer pricer;

    QueueResource(QueueStore store, JobPricer pricer) {
        this.store = store;
        this.pricer = pricer;
    }

    /**
     * The queue.
     *
     * @param leaderless since when no scheduler leads; absent while one does
     */
    public record QueueAnswer(
            @Schema(description = "Since when no scheduler leads; absent: one does") @Nullable
            Instant leaderless,

            List<ModelAnswer> models,
            List<TenantAnswer> tenants) {}

    /**
     * A model's line.
     *
     * @param waiting up to {@link QueueStore#COUNTED_MAX} in each flow
     * @param seenAt when the leader saw the window
     */
    public record ModelAnswer(
            String model,
            long waiting,
            int running,
            ModelLimits limits,
            @Nullable Instant seenAt,
            @Nullable WindowState window) {}

    /**
     * A tenant's jobs.
     *
     * @param shares of the models' releases to which it is entitled now, for models at which it is served
     */
    public record TenantAnswer(String tenant, long waiting, int running, Map<String, Double> shares) {}

    /** The models and tenants that had jobs ever. */
    @GET
    @Operation(summary = "What waits and runs, by model and by tenant")
    @APIResponse(responseCode = "200", description = "The queue")
    public QueueAnswer queue() {
        List<FlowCount> flows = store.flows(null);
        Map<String, ModelLine> lines = store.lines();
        Map<String, Long> waiting = waiting(flows, each -> each.flow().model());
        Map<String, Integer> running = running(flows, each -> each.flow().model());
        List<ModelAnswer> models = waiting.keySet().stream()
                .map(model -> {
                    ModelLine line = lines.get(model);
                    return new ModelAnswer(
                            model,
                            waiting.getOrDefault(model, 0L),
                            running.getOrDefault(model, 0),
                            pricer.limits(model),
                            line == null ? null : line.at(),
                            line == null ? null : line.window());
                })
                .toList();
        return new QueueAnswer(store.leaderless(), models, tenants(flows, lines));
    }

    private static List<TenantAnswer> tenants(List<FlowCount> flows, Map<String, ModelLine> lines) {
        Map<String, Long> waiting = waiting(flows, each -> each.flow().tenant());
        Map<String, Integer> running = running(flows, each -> each.flow().tenant());
        return waiting.keySet().stream()
                .map(tenant -> {
                    Map<String, Double> shares = new TreeMap<>();
                    lines.forEach((model, line) -> {
                        Double share = line.shares().get(tenant);
                        if (share != null) {
                            shares.put(model, share);
                        }
                    });
                    return new TenantAnswer(
                            tenant, waiting.getOrDefault(tenant, 0L), running.getOrDefault(tenant, 0), shares);
                })
                .toList();
    }

    private static Map<String, Long> waiting(List<FlowCount> flows, Function<FlowCount, String> name) {
        return flows.stream().collect(groupingBy(name, TreeMap::new, summingLong(FlowCount::waiting)));
    }

    private static Map<String, Integer> running(List<FlowCount> flows, Function<FlowCount, String> name) {
        return flows.stream().collect(groupingBy(name, TreeMap::new, summingInt(FlowCount::flights)));
    }
}
