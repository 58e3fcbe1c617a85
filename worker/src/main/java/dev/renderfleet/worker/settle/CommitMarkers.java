package dev.renderfleet.worker.settle;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.ApiVersions;
import org.apache.kafka.clients.ClientUtils;
import org.apache.kafka.clients.DefaultHostResolver;
import org.apache.kafka.clients.ManualMetadataUpdater;
import org.apache.kafka.clients.NetworkClient;
import org.apache.kafka.clients.NetworkClientUtils;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.LeaderNotAvailableException;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.common.requests.WriteTxnMarkersRequest;
import org.apache.kafka.common.requests.WriteTxnMarkersRequest.TxnMarkerEntry;
import org.apache.kafka.common.requests.WriteTxnMarkersResponse;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Time;

/**
 * Writes the marker by which a partition learns that a transaction was committed. Coordinators do that themselves; this is for what they
 * forgot. The admin client has it for aborts alone ({@link Admin#abortTransaction}, KIP-664), so the same request goes out by the layer
 * beneath, which Kafka does not promise to keep: {@code ForgottenTransactionsIT} tells when it changes. Safe for use by many threads.
 */
final class CommitMarkers {

    private static final Duration ANSWER_MAX = Duration.ofSeconds(3);

    private final Map<String, Object> kafka;
    private final Admin admin;

    /** @param kafka settings of all Kafka clients */
    CommitMarkers(Map<String, Object> kafka, Admin admin) {
        this.kafka = Map.copyOf(kafka);
        this.admin = admin;
    }

    /**
     * Returns when the marker is written. To be called only for what was committed for certain: readers see what the producer has open
     * there from now on. Where the producer has begun another transaction there meanwhile, with a newer epoch, Kafka refuses. Throws
     * {@link org.apache.kafka.common.KafkaException} if Kafka refuses or is not to be reached.
     */
    void write(TopicPartition partition, ProducerState open) throws ExecutionException, InterruptedException {
        Node leader = leader(partition);
        var marker = new TxnMarkerEntry(
                open.producerId(),
                (short) open.producerEpoch(),
                open.coordinatorEpoch().orElse(0),
                TransactionResult.COMMIT,
                List.of(partition));
        try (var metrics = new Metrics();
                NetworkClient client = client(metrics)) {
            if (!NetworkClientUtils.awaitReady(client, leader, Time.SYSTEM, ANSWER_MAX.toMillis())) {
                throw new NetworkException("no connection to " + leader);
            }
            var request = client.newClientRequest(
                    leader.idString(),
                    new WriteTxnMarkersRequest.Builder(List.of(marker)),
                    Time.SYSTEM.milliseconds(),
                    true);
            var answer = (WriteTxnMarkersResponse) NetworkClientUtils.sendAndReceive(client, request, Time.SYSTEM)
                    .responseBody();
            Errors error = answer.errorsByProducerId()
                    .getOrDefault(open.producerId(), Map.of())
                    .getOrDefault(partition, Errors.UNKNOWN_SERVER_ERROR);
            error.maybeThrow();
        } catch (IOException e) {
            throw new NetworkException("no answer from " + leader, e);
        }
    }

    private Node leader(TopicPartition partition) throws ExecutionException, InterruptedException {
        var topics = admin.describeTopics(
                List.of(partition.topic()),
                new DescribeTopicsOptions().timeoutMs(Math.toIntExact(ANSWER_MAX.toMillis())));
        TopicDescription topic =
                topics.allTopicNames().get().values().iterator().next();
        Node leader = topic.partitions().get(partition.partition()).leader();
        if (leader == null || leader.isEmpty()) {
            throw new LeaderNotAvailableException(partition + " has no leader");
        }
        return leader;
    }

    private NetworkClient client(Metrics metrics) {
        return ClientUtils.createNetworkClient(
                new AdminClientConfig(kafka),
                "renderfleet-commit-markers",
                metrics,
                "commit-markers",
                new LogContext(),
                new ApiVersions(),
                Time.SYSTEM,
                1,
                Math.toIntExact(ANSWER_MAX.toMillis()),
                new ManualMetadataUpdater(),
                new DefaultHostResolver());
    }
}
