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

/** The offsets that the admin client reads. Safe for use by many threads. */
final class CommittedOffsets implements StableOffsets {

    private static final Logger LOG = Logger.getLogger(CommittedOffsets.class);
    private static final Duration ASK_MAX = Duration.ofSeconds(30);

    private static final Duration READ_DELAY = Duration.ofMillis(200);
    /** Half a minute: a transaction of a worker times out after 5 s, and a broker aborts timed-out ones every 10 s by default. */
    private static final int READS_MAX = 150;

    private final OffsetQuery query;
    private final String group;
    private final Pause pause;

    CommittedOffsets(Admin admin, String group, Pause pause) {
        this(partitions -> asked(admin, group, partitions), group, pause);
    }

    CommittedOffsets(OffsetQuery query, String group, Pause pause) {
        this.query = query;
        this.group = group;
        this.pause = pause;
    }

    /** One request. Its answer omits partitions that an open transaction may change, and has null for partitions without commit. */
    @FunctionalInterface
    interface OffsetQuery {
        KafkaFuture<Map<TopicPartition, OffsetAndMetadata>> about(Collection<TopicPartition> partitions);
    }

    @Override
    public Commits stable(Collection<TopicPartition> partitions) {
        for (int reads = 1; ; reads++) {
            Commits now = now(partitions);
            if (now.undecided().isEmpty() || reads == READS_MAX) {
                return now;
            }
            pause.pause(READ_DELAY);
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
                return new HashMap<>(query.about(partitions).get());
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof RetriableException || e.getCause() instanceof UnknownServerException)) {
                    throw new IllegalStateException("the offsets of group " + group + " cannot be read", e.getCause());
                }
                LOG.warnf(
                        "offsets cannot be read, retrying, group=%s cause=%s",
                        group, e.getCause().getMessage());
                // A failed coordinator answers at once, possibly until its broker is restarted (ADR 9).
                pause.pause(READ_DELAY);
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
