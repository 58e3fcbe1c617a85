package dev.renderfleet.worker.intake;

import dev.renderfleet.worker.settle.Settler;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * Owned partitions that are not processed, since their committed offsets cannot be read. Changed by the consumer's thread, read by any.
 */
final class RefusedPartitions {

    private static final Logger LOG = Logger.getLogger(RefusedPartitions.class);
    private static final Duration RETRY = Duration.ofSeconds(30);

    private final Settler settler;
    private final InstantSource clock;
    private final Map<TopicPartition, String> reasons = new ConcurrentHashMap<>();
    private Instant readAt = Instant.MIN;

    RefusedPartitions(Settler settler, InstantSource clock) {
        this.settler = settler;
        this.clock = clock;
    }

    /** Begins assignments; those that cannot begin are refused. */
    void begin(Collection<TopicPartition> assigned) {
        settler.assigned(assigned).refused().forEach((partition, reason) -> {
            LOG.errorf(
                    "partition is not processed, docs/operations.md says what to do, partition=%s reason=%s",
                    partition, reason);
            reasons.put(partition, reason);
        });
        readAt = clock.instant();
    }

    /**
     * Begins the assignments again every half minute, since a hanging transaction may have ended, or an operator may have reset the
     * offsets. Returns those that begin now; {@code consumer} reads them from the committed offset.
     */
    Set<TopicPartition> retry(Consumer<byte[], byte[]> consumer) {
        if (reasons.isEmpty() || clock.instant().isBefore(readAt.plus(RETRY))) {
            return Set.of();
        }
        readAt = clock.instant();
        var begun = settler.assignedAgain(Set.copyOf(reasons.keySet())).begun();
        begun.forEach(consumer::seek);
        reasons.keySet().removeAll(begun.keySet());
        if (!begun.isEmpty()) {
            LOG.infof("partitions are processed again, partitions=%s", begun.keySet());
        }
        return begun.keySet();
    }

    /** Removes partitions that are not owned any more. */
    void remove(Collection<TopicPartition> partitions) {
        reasons.keySet().removeAll(Set.copyOf(partitions));
    }

    Set<TopicPartition> partitions() {
        return Set.copyOf(reasons.keySet());
    }

    /** The reasons by partition, as {@code topic-number}. */
    Map<String, String> reasons() {
        return reasons.entrySet().stream()
                .collect(Collectors.toMap(entry -> entry.getKey().toString(), Map.Entry::getValue));
    }
}
