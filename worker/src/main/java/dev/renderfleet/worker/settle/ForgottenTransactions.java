package dev.renderfleet.worker.settle;

import dev.renderfleet.contracts.wire.Topics;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.utils.Utils;
import org.jboss.logging.Logger;

/**
 * Ends transactions that hold a group's offsets or its workers' outcomes back though their coordinator has done with them: their marker was
 * never written, and without it nobody may read those offsets, nor any committed event behind them, for ever. Seen with Kafka 4.4.0 when
 * a transaction timed out while its broker came back from a kill. What this does, {@code kafka-transactions.sh find-hanging} and
 * {@code abort} do by hand (KIP-664). Safe for use by many threads.
 */
final class ForgottenTransactions {

    private static final Logger LOG = Logger.getLogger(ForgottenTransactions.class);
    private static final String OFFSETS = "__consumer_offsets";
    /** Not COMPLETE_COMMIT: what was committed elsewhere must not be aborted here. */
    private static final Set<TransactionState> OVER = Set.of(TransactionState.EMPTY, TransactionState.COMPLETE_ABORT);

    private final Admin admin;
    private final String group;

    ForgottenTransactions(Admin admin, String group) {
        this.admin = admin;
        this.group = group;
    }

    private record Pending(long producerId, long startOffset) {
        static Pending of(ProducerState state) {
            return new Pending(
                    state.producerId(), state.currentTransactionStartOffset().orElseThrow());
        }
    }

    /** Looks for them and ends them; what cannot be done is logged with its remedy. False if this worker may not do it. */
    boolean end() {
        try {
            Set<TopicPartition> written = written();
            Map<TopicPartition, Set<Pending>> before = new HashMap<>();
            pending(written)
                    .forEach((partition, open) ->
                            before.put(partition, open.stream().map(Pending::of).collect(Collectors.toSet())));
            if (before.isEmpty()) {
                return true;
            }
            Set<Long> over = over(before.values().stream()
                    .flatMap(Set::stream)
                    .map(Pending::producerId)
                    .collect(Collectors.toSet()));
            // What is open in the same place after its coordinator has called it over is not being ended by anybody.
            for (var still : pending(before.keySet()).entrySet()) {
                Set<Pending> earlier = before.getOrDefault(still.getKey(), Set.of());
                for (ProducerState open : still.getValue()) {
                    if (over.contains(open.producerId()) && earlier.contains(Pending.of(open))) {
                        abort(still.getKey(), open);
                    }
                }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AuthorizationException) {
                LOG.errorf(
                        "a transaction may hold offsets of group %s or its outcomes back, and this worker may not look (%s):"
                                + " have kafka-transactions.sh find-hanging run, and end what it finds",
                        group, e.getCause().getMessage());
                return false;
            } else {
                LOG.infof("forgotten transactions were not looked for: %s", e.getCause());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return true;
    }

    private void abort(TopicPartition partition, ProducerState open) throws ExecutionException, InterruptedException {
        LOG.warnf(
                "a transaction of producer %d was never ended in %s, by a fault of Kafka; it is aborted now",
                open.producerId(), partition);
        admin.abortTransaction(new AbortTransactionSpec(
                        partition,
                        open.producerId(),
                        (short) open.producerEpoch(),
                        open.coordinatorEpoch().orElse(0)))
                .all()
                .get();
    }

    private Set<Long> over(Collection<Long> producers) throws ExecutionException, InterruptedException {
        Set<Long> over = new HashSet<>(producers);
        if (!over.isEmpty()) {
            admin.listTransactions(new ListTransactionsOptions().filterProducerIds(producers)).all().get().stream()
                    .filter(listing -> !OVER.contains(listing.state()))
                    .map(TransactionListing::producerId)
                    .forEach(over::remove);
        }
        return over;
    }

    /** Those partitions in which something is open, with what it is. */
    private Map<TopicPartition, List<ProducerState>> pending(Set<TopicPartition> partitions)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, List<ProducerState>> pending = new HashMap<>();
        admin.describeProducers(partitions).all().get().forEach((partition, states) -> {
            List<ProducerState> open = states.activeProducers().stream()
                    .filter(state -> state.currentTransactionStartOffset().isPresent())
                    .toList();
            if (!open.isEmpty()) {
                pending.put(partition, open);
            }
        });
        return pending;
    }

    /** What a worker's transaction writes to: outcomes, dead letters, and the group's offsets, which lie where Kafka's own rule says. */
    private Set<TopicPartition> written() throws ExecutionException, InterruptedException {
        Set<TopicPartition> written = new HashSet<>();
        for (var topic : admin.describeTopics(List.of(OFFSETS, Topics.EVENTS, Topics.JOBS_DLQ))
                .allTopicNames()
                .get()
                .entrySet()) {
            int partitions = topic.getValue().partitions().size();
            if (topic.getKey().equals(OFFSETS)) {
                written.add(new TopicPartition(OFFSETS, Utils.abs(group.hashCode()) % partitions));
            } else {
                IntStream.range(0, partitions)
                        .mapToObj(number -> new TopicPartition(topic.getKey(), number))
                        .forEach(written::add);
            }
        }
        return written;
    }
}
