package dev.renderfleet.worker.settle;

import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.worker.settle.Decisions.Decision;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.AbortTransactionOptions;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeProducersOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.DescribeTransactionsOptions;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.apache.kafka.common.errors.UnknownServerException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.utils.Utils;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Ends transactions that hold a group's offsets or its workers' outcomes back though their coordinator has decided them: their marker was
 * never written, and without it nobody may read those offsets, nor any committed event behind them, for ever. Kafka 4.4.0 takes a
 * partition that has no leader, because its broker comes or goes, for one that was deleted, and leaves the marker out (ADR 6). What
 * this does, {@code kafka-transactions.sh find-hanging} and {@code abort} do by hand (KIP-664), with one look more: each is ended as the
 * coordinator's log says that it was decided. Safe for use by many threads.
 */
final class ForgottenTransactions {

    private static final Logger LOG = Logger.getLogger(ForgottenTransactions.class);
    private static final String OFFSETS = "__consumer_offsets";
    private static final int ANSWER_MILLIS_MAX =
            Math.toIntExact(Duration.ofSeconds(3).toMillis());
    private static final int TOLD_MAX = 1_000;
    private static final String REMEDY = "; docs/operations.md says what to do";

    /** Its coordinator is not at work on it. */
    private static final Set<TransactionState> AT_REST =
            Set.of(TransactionState.EMPTY, TransactionState.COMPLETE_ABORT, TransactionState.COMPLETE_COMMIT);

    private final Admin admin;
    private final String group;
    private final Decisions decisions;
    private final CommitMarkers commitMarkers;
    /** What has been said once, so that a look every half minute does not say it again. */
    private final Set<String> told = ConcurrentHashMap.newKeySet();

    ForgottenTransactions(Admin admin, String group, Decisions decisions, CommitMarkers commitMarkers) {
        this.admin = admin;
        this.group = group;
        this.decisions = decisions;
        this.commitMarkers = commitMarkers;
    }

    /** What one producer has open in one partition. */
    private record Pending(TopicPartition partition, ProducerState state) {
        boolean isSame(Pending other) {
            return partition.equals(other.partition)
                    && state.producerId() == other.state.producerId()
                    && state.producerEpoch() == other.state.producerEpoch()
                    && state.currentTransactionStartOffset().equals(other.state.currentTransactionStartOffset());
        }
    }

    /** @param silent why partitions did not answer, for each that did not */
    private record Look(List<Pending> open, List<ExecutionException> silent) {
        Set<TopicPartition> partitions() {
            return open.stream().map(Pending::partition).collect(Collectors.toSet());
        }

        Set<Long> producers() {
            return open.stream().map(pending -> pending.state().producerId()).collect(Collectors.toSet());
        }
    }

    /** Looks for them and ends them, within some seconds for each; what cannot be done is logged with where its remedy stands. */
    void end() {
        try {
            // What does not answer now is looked at the next time.
            Look first = look(written());
            first.silent().forEach(silent -> cannotLook(silent.getCause()));
            if (first.open().isEmpty()) {
                return;
            }
            Map<Long, String> atRest = atRest(first.producers());
            // What is open in the same place after its coordinator has come to rest is not being ended by anybody.
            for (Pending still : look(first.partitions()).open()) {
                String transactionalId = atRest.get(still.state().producerId());
                if (transactionalId != null && first.open().stream().anyMatch(still::isSame)) {
                    tryToEnd(still, transactionalId);
                }
            }
        } catch (ExecutionException e) {
            cannotLook(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tryToEnd(Pending forgotten, String transactionalId) throws InterruptedException {
        try {
            endOne(forgotten, transactionalId);
        } catch (ExecutionException | RuntimeException e) {
            once("%s, and this worker cannot end it (%s)%s"
                    .formatted(neverEnded(forgotten, transactionalId), e, REMEDY));
        }
    }

    /**
     * Whether Kafka has done with the last transaction of that id everywhere, so that the next may begin. A batch of the next would join
     * what is still open, and the next marker would end both alike (seen with Kafka 4.4.0). What was decided is ended here. To be asked by
     * who uses the id, between two transactions. Where this worker may not look, nothing is seen.
     *
     * <p>Throws {@link KafkaException} if something is open that cannot be ended here: the id must not be used again.
     */
    boolean isOver(String transactionalId) {
        try {
            TransactionDescription last = admin.describeTransactions(
                            List.of(transactionalId), new DescribeTransactionsOptions().timeoutMs(ANSWER_MILLIS_MAX))
                    .description(transactionalId)
                    .get();
            if (!AT_REST.contains(last.state())) {
                return false;
            }
            Look look = look(written());
            boolean over = true;
            for (Pending open : look.open()) {
                if (open.state().producerId() == last.producerId()) {
                    endOwn(open, transactionalId);
                    // Another look tells.
                    over = false;
                }
            }
            for (ExecutionException silent : look.silent()) {
                over &= isOverUnseen(silent);
            }
            return over;
        } catch (ExecutionException e) {
            return e.getCause() instanceof TransactionalIdNotFoundException || isOverUnseen(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** False if it must be asked again. */
    private boolean isOverUnseen(ExecutionException silence) {
        if (silence.getCause() instanceof AuthorizationException) {
            cannotLook(silence.getCause());
            return true;
        }
        LOG.infof("whether the last transaction is over cannot be seen yet: %s", silence.getCause());
        return false;
    }

    /** Throws if it is of no use to try that again. */
    private void endOwn(Pending open, String transactionalId) throws InterruptedException {
        KafkaException problem;
        try {
            if (endOne(open, transactionalId)) {
                return;
            }
            problem = new KafkaException(
                    "an earlier transaction of %s is open in %s for good".formatted(transactionalId, open.partition()));
        } catch (ExecutionException e) {
            problem = new KafkaException(
                    "an earlier transaction of %s cannot be ended in %s".formatted(transactionalId, open.partition()),
                    e.getCause());
        } catch (KafkaException e) {
            problem = e;
        }
        if (!passes(problem) && !passes(problem.getCause())) {
            throw problem;
        }
        LOG.infof("the last transaction is not ended yet: %s", problem);
    }

    /** A coordinator that fails says the second one (ADR 9). */
    private static boolean passes(@Nullable Throwable problem) {
        return problem instanceof RetriableException || problem instanceof UnknownServerException;
    }

    /** False if nobody knows how to end it: then it is not touched. */
    private boolean endOne(Pending forgotten, String transactionalId) throws ExecutionException, InterruptedException {
        ProducerState state = forgotten.state();
        String what = neverEnded(forgotten, transactionalId);
        Decision decision =
                decisions.decision(transactionalId, state.producerId(), state.producerEpoch(), state.lastTimestamp());
        return switch (decision) {
            case ABORTED -> {
                abort(forgotten);
                LOG.warnf("%s; it is aborted now, as had been decided", what);
                yield true;
            }
            case COMMITTED -> {
                commitMarkers.write(forgotten.partition(), state);
                LOG.warnf("%s; it is committed now, as had been decided", what);
                yield true;
            }
            case UNKNOWN -> {
                once(what + ", and what was decided cannot be told" + REMEDY);
                yield false;
            }
        };
    }

    private static String neverEnded(Pending forgotten, String transactionalId) {
        return "a transaction of %s (producer %d) was never ended in %s, by a fault of Kafka"
                .formatted(transactionalId, forgotten.state().producerId(), forgotten.partition());
    }

    private void cannotLook(@Nullable Throwable cause) {
        once("whether a transaction holds offsets of group %s or its outcomes back cannot be seen (%s)%s"
                .formatted(group, cause, REMEDY));
    }

    private void once(String problem) {
        if (told.size() < TOLD_MAX && told.add(problem)) {
            LOG.error(problem);
        }
    }

    private void abort(Pending forgotten) throws ExecutionException, InterruptedException {
        ProducerState state = forgotten.state();
        var which = new AbortTransactionSpec(
                forgotten.partition(),
                state.producerId(),
                (short) state.producerEpoch(),
                state.coordinatorEpoch().orElse(0));
        admin.abortTransaction(which, new AbortTransactionOptions().timeoutMs(ANSWER_MILLIS_MAX))
                .all()
                .get();
    }

    /** The transactional ids of those producers of which a coordinator says that nothing is going on. Who is not listed may be at work. */
    private Map<Long, String> atRest(Collection<Long> producers) throws ExecutionException, InterruptedException {
        var options = new ListTransactionsOptions().filterProducerIds(producers);
        options.timeoutMs(ANSWER_MILLIS_MAX);
        return admin.listTransactions(options).all().get().stream()
                .filter(listing -> AT_REST.contains(listing.state()))
                .collect(Collectors.toMap(
                        TransactionListing::producerId, TransactionListing::transactionalId, (one, _) -> one));
    }

    private Look look(Set<TopicPartition> partitions) throws InterruptedException {
        var asked = admin.describeProducers(partitions, new DescribeProducersOptions().timeoutMs(ANSWER_MILLIS_MAX));
        List<Pending> pending = new ArrayList<>();
        List<ExecutionException> silent = new ArrayList<>();
        for (TopicPartition partition : partitions) {
            try {
                asked.partitionResult(partition).get().activeProducers().stream()
                        .filter(state -> state.currentTransactionStartOffset().isPresent())
                        .forEach(state -> pending.add(new Pending(partition, state)));
            } catch (ExecutionException e) {
                silent.add(e);
            }
        }
        return new Look(pending, silent);
    }

    /** What a worker's transaction writes to: outcomes, dead letters, and the group's offsets, which lie where Kafka's own rule says. */
    private Set<TopicPartition> written() throws ExecutionException, InterruptedException {
        Set<TopicPartition> written = new HashSet<>();
        var topics = admin.describeTopics(
                List.of(OFFSETS, Topics.EVENTS, Topics.JOBS_DLQ),
                new DescribeTopicsOptions().timeoutMs(ANSWER_MILLIS_MAX));
        for (var topic : topics.topicNameValues().entrySet()) {
            int partitions = partitions(topic.getValue());
            if (topic.getKey().equals(OFFSETS) && partitions > 0) {
                written.add(new TopicPartition(OFFSETS, Utils.abs(group.hashCode()) % partitions));
            } else {
                IntStream.range(0, partitions)
                        .mapToObj(number -> new TopicPartition(topic.getKey(), number))
                        .forEach(written::add);
            }
        }
        return written;
    }

    /** None if there is no such topic (yet). */
    private static int partitions(KafkaFuture<TopicDescription> topic) throws ExecutionException, InterruptedException {
        try {
            return topic.get().partitions().size();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                return 0;
            }
            throw e;
        }
    }
}
