package dev.renderfleet.worker.intake;

import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.worker.settle.Settler;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleConsumer;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * The partitions of the topic of jobs that this worker is assigned: begins and ends their assignments, retries the refused ones, and
 * pauses those from which nothing is to be polled. Used by the consumer's thread; {@link #refused} by any.
 */
final class JobPartitions {

    private static final Logger LOG = Logger.getLogger(JobPartitions.class);

    private final Settler settler;
    private final Lanes lanes;
    private final Backlog<PolledRecord> backlog;
    private final DoubleConsumer share;
    private final RefusedPartitions refused;
    private volatile boolean topicMissing;

    /** @param share receives the part of all partitions that this worker owns, 0 to 1 */
    JobPartitions(
            Settler settler, Lanes lanes, Backlog<PolledRecord> backlog, DoubleConsumer share, InstantSource clock) {
        this.settler = settler;
        this.lanes = lanes;
        this.backlog = backlog;
        this.share = share;
        this.refused = new RefusedPartitions(settler, clock);
    }

    /** Partitions, as {@code topic-number}, or the topic, that are not processed, with the reason. */
    Map<String, String> refused() {
        return topicMissing ? Map.of(Topics.JOBS, "Kafka has no such topic; create it") : refused.reasons();
    }

    ConsumerRebalanceListener rebalances(Consumer<byte[], byte[]> of) {
        return new Rebalances(of);
    }

    void retryRefused(Consumer<byte[], byte[]> of) {
        Set<TopicPartition> begun = refused.retry(of);
        if (!begun.isEmpty()) {
            // Records polled before the partition was paused were dropped, and are read again.
            backlog.remove(begun);
            updateShare(of);
        }
    }

    private void updateShare(Consumer<byte[], byte[]> of) {
        try {
            lanes.partitions(settler.owned().size());
            int all = of.partitionsFor(Topics.JOBS).size();
            topicMissing = all == 0;
            if (topicMissing) {
                LOG.errorf(
                        "Kafka has no topic %s any more; create it, jobs are consumed as soon as it is there",
                        Topics.JOBS);
            }
            // Partitions that were added may be assigned before the client's metadata has them.
            share.accept(topicMissing ? 0 : Math.min(1, (double) settler.owned().size() / all));
        } catch (KafkaException e) {
            LOG.warnf("share of quota unchanged until the next rebalance, cause=%s", e.toString());
        }
    }

    /** @param all whether nothing is to be polled */
    void updatePaused(Consumer<byte[], byte[]> of, boolean all) {
        Set<TopicPartition> toPause = new HashSet<>(all ? of.assignment() : backlog.partitions());
        toPause.addAll(refused.partitions());
        toPause.retainAll(of.assignment());
        Set<TopicPartition> paused = of.paused();
        if (!paused.equals(toPause)) {
            of.resume(paused.stream().filter(each -> !toPause.contains(each)).toList());
            of.pause(toPause);
        }
    }

    private final class Rebalances implements ConsumerRebalanceListener {
        private final Consumer<byte[], byte[]> of;

        private Rebalances(Consumer<byte[], byte[]> of) {
            this.of = of;
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            List<TopicPartition> jobs = partitions.stream()
                    .filter(each -> each.topic().equals(Topics.JOBS))
                    .toList();
            if (!jobs.isEmpty()) {
                settler.member(of.groupMetadata());
                refused.begin(jobs);
            }
            updateShare(of);
            LOG.infof(
                    "partitions assigned, partitions=%s",
                    settler.owned().stream()
                            .map(TopicPartition::partition)
                            .sorted()
                            .toList());
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            settler.member(of.groupMetadata());
            settler.revoked(partitions);
            removed(partitions);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            LOG.warnf("partitions lost, count=%d", partitions.size());
            settler.lost(partitions);
            removed(partitions);
        }

        private void removed(Collection<TopicPartition> partitions) {
            backlog.remove(partitions);
            lanes.remove(partitions);
            refused.remove(partitions);
            updateShare(of);
        }
    }
}
