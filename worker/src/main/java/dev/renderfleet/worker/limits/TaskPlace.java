package dev.renderfleet.worker.limits;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The place of one job's task among the calls in progress, without a permit: the provider has accepted it, beyond all limits, and its result
 * would expire. New calls wait for it. Closing gives it up. Not thread-safe.
 */
public final class TaskPlace implements AutoCloseable {

    private final Function<QuotaDemand, ModelGate> gates;
    private List<ModelGate> counted = List.of();

    TaskPlace(Function<QuotaDemand, ModelGate> gates) {
        this.gates = gates;
    }

    /** Counts the task at these models, and no longer at those before; several where its model is not known yet. */
    public void at(Stream<QuotaDemand> models) {
        List<ModelGate> before = counted;
        counted = models.map(gates).toList();
        counted.forEach(ModelGate::taskBegins);
        before.forEach(ModelGate::taskEnds);
    }

    @Override
    public void close() {
        at(Stream.empty());
    }
}
