package dev.renderfleet.worker.settle;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jboss.logging.Logger;

/** Asks Kafka. Safe for use by many threads. */
final class CommittedOffsets implements StableOffsets {

    private static final Logger LOG = Logger.getLogger(CommittedOffsets.class);
    /** Asking blocks while a transaction of the former owner is open, until that one's time-out. */
    private static final Duration ASK_MAX = Duration.ofSeconds(30);

    private final Admin admin;
    private final String group;

    CommittedOffsets(Admin admin, String group) {
        this.admin = admin;
        this.group = group;
    }

    @Override
    public Map<TopicPartition, OffsetAndMetadata> stable(Collection<TopicPartition> partitions) {
        var question = new ListConsumerGroupOffsetsSpec().topicPartitions(partitions);
        var options = new ListConsumerGroupOffsetsOptions()
                .requireStable(true)
                .timeoutMs(Math.toIntExact(ASK_MAX.toMillis()));
        while (true) {
            try {
                Map<TopicPartition, OffsetAndMetadata> answer =
                        new HashMap<>(admin.listConsumerGroupOffsets(Map.of(group, question), options)
                                .partitionsToOffsetAndMetadata(group)
                                .get());
                answer.values().removeIf(Objects::isNull);
                return answer;
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof RetriableException || e.getCause() instanceof TimeoutException)) {
                    throw new IllegalStateException("the offsets of group " + group + " cannot be read", e.getCause());
                }
                LOG.warnf(
                        "waiting for the offsets of group %s: %s",
                        group, e.getCause().getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while asking for offsets", e);
            }
        }
    }
}
