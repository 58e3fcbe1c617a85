package dev.renderfleet.worker.settle;

import dev.renderfleet.worker.storage.Pause;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnknownServerException;
import org.jboss.logging.Logger;

/** Asks Kafka. Safe for use by many threads. */
final class CommittedOffsets implements StableOffsets {

    private static final Logger LOG = Logger.getLogger(CommittedOffsets.class);
    private static final Duration ASK_MAX = Duration.ofSeconds(30);

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);
    /** Half a minute: a worker's transaction ends after 5 s, and a broker looks for those that are too old every 10 s by default. */
    private static final int LOOKS_MAX = 150;

    private final Question question;
    private final String group;
    private final Pause pause;

    CommittedOffsets(Admin admin, String group, Pause pause) {
        this(partitions -> asked(admin, group, partitions), group, pause);
    }

    CommittedOffsets(Question question, String group, Pause pause) {
        this.question = question;
        this.group = group;
        this.pause = pause;
    }

    /** Asks once. The answer leaves out what a transaction may still change, and has null for what has no commit. */
    @FunctionalInterface
    interface Question {
        KafkaFuture<Map<TopicPartition, OffsetAndMetadata>> about(Collection<TopicPartition> partitions);
    }

    @Override
    public Commits stable(Collection<TopicPartition> partitions) {
        for (int looks = 1; ; looks++) {
            Commits now = now(partitions);
            if (now.undecided().isEmpty() || looks == LOOKS_MAX) {
                return now;
            }
            pause.pause(BETWEEN_LOOKS);
        }
    }

    @Override
    public Commits now(Collection<TopicPartition> partitions) {
        Map<TopicPartition, OffsetAndMetadata> answer = ask(partitions);
        Set<TopicPartition> undecided = new HashSet<>(partitions);
        undecided.removeAll(answer.keySet());
        answer.values().removeIf(Objects::isNull);
        return new Commits(answer, undecided);
    }

    private Map<TopicPartition, OffsetAndMetadata> ask(Collection<TopicPartition> partitions) {
        while (true) {
            try {
                return new HashMap<>(question.about(partitions).get());
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof RetriableException || e.getCause() instanceof UnknownServerException)) {
                    throw new IllegalStateException("the offsets of group " + group + " cannot be read", e.getCause());
                }
                LOG.warnf(
                        "waiting for the offsets of group %s: %s",
                        group, e.getCause().getMessage());
                // A coordinator that fails says so at once, and may do so until its broker is restarted (ADR 9).
                pause.pause(BETWEEN_LOOKS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while asking for offsets", e);
            }
        }
    }

    private static KafkaFuture<Map<TopicPartition, OffsetAndMetadata>> asked(
            Admin admin, String group, Collection<TopicPartition> partitions) {
        var spec = new ListConsumerGroupOffsetsSpec().topicPartitions(partitions);
        var options = new ListConsumerGroupOffsetsOptions()
                .requireStable(true)
                .timeoutMs(Math.toIntExact(ASK_MAX.toMillis()));
        return admin.listConsumerGroupOffsets(Map.of(group, spec), options).partitionsToOffsetAndMetadata(group);
    }
}
