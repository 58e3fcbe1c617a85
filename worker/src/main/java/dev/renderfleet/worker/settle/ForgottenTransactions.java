package dev.renderfleet.worker.settle;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
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
 * Ends transactions that hold a group's offsets open though their coordinator has done with them: their marker was never written, and
 * without it nobody may read those offsets, for ever. Seen with Kafka 4.4.0 when a transaction timed out while its broker came back from a
 * kill. What this does, {@code kafka-transactions.sh find-hanging} and {@code abort} do by hand (KIP-664). Safe for use by many threads.
 */
final class ForgottenTransactions {

    private static final Logger LOG = Logger.getLogger(ForgottenTransactions.class);
    private static final String OFFSETS = "__consumer_offsets";
    private static final Set<TransactionState> OVER =
            Set.of(TransactionState.EMPTY, TransactionState.COMPLETE_ABORT, TransactionState.COMPLETE_COMMIT);

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

    /** Looks for them and ends them; what cannot be done is logged with its remedy. */
    void end() {
        try {
            TopicPartition home = home();
            Set<Pending> before = pending(home).stream().map(Pending::of).collect(Collectors.toSet());
            Set<Long> over = over(before.stream().map(Pending::producerId).toList());
            // What is open in the same place after its coordinator has called it over is not being ended by anybody.
            for (ProducerState open : pending(home)) {
                if (over.contains(open.producerId()) && before.contains(Pending.of(open))) {
                    abort(home, open);
                }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AuthorizationException) {
                LOG.errorf(
                        "a transaction may hold offsets of group %s open, and this worker may not look (%s): have"
                                + " kafka-transactions.sh find-hanging run, and end what it finds",
                        group, e.getCause().getMessage());
            } else {
                LOG.infof("forgotten transactions were not looked for: %s", e.getCause());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void abort(TopicPartition home, ProducerState open) throws ExecutionException, InterruptedException {
        LOG.warnf(
                "a transaction of producer %d was never ended in %s, by a fault of Kafka; it is aborted now",
                open.producerId(), home);
        admin.abortTransaction(new AbortTransactionSpec(
                        home,
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

    private List<ProducerState> pending(TopicPartition home) throws ExecutionException, InterruptedException {
        return admin.describeProducers(List.of(home)).partitionResult(home).get().activeProducers().stream()
                .filter(state -> state.currentTransactionStartOffset().isPresent())
                .toList();
    }

    /** Where the group's offsets are kept, by Kafka's own rule. */
    private TopicPartition home() throws ExecutionException, InterruptedException {
        int partitions = Objects.requireNonNull(admin.describeTopics(List.of(OFFSETS))
                        .allTopicNames()
                        .get()
                        .get(OFFSETS))
                .partitions()
                .size();
        return new TopicPartition(OFFSETS, Utils.abs(group.hashCode()) % partitions);
    }
}
