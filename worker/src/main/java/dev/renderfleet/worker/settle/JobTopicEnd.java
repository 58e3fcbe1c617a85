package dev.renderfleet.worker.settle;

import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.worker.ledger.JobLog;
import dev.renderfleet.worker.ledger.LogEnd;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Reads the end of {@code render.jobs} with the admin client. Safe for use by many threads. */
public final class JobTopicEnd implements JobLog {

    private static final Logger LOG = Logger.getLogger(JobTopicEnd.class);
    /** Each of two requests. */
    private static final int ANSWER_MILLIS_MAX = 2_000;

    private final Admin admin;

    public JobTopicEnd(Admin admin) {
        this.admin = admin;
    }

    @Override
    public @Nullable LogEnd end() {
        try {
            TopicDescription topic = Objects.requireNonNull(admin.describeTopics(
                                    List.of(Topics.JOBS), new DescribeTopicsOptions().timeoutMs(ANSWER_MILLIS_MAX))
                            .topicNameValues()
                            .get(Topics.JOBS))
                    .get();
            List<TopicPartition> partitions = topic.partitions().stream()
                    .map(partition -> new TopicPartition(Topics.JOBS, partition.partition()))
                    .toList();
            ListOffsetsResult ends = admin.listOffsets(
                    partitions.stream().collect(Collectors.toMap(each -> each, _ -> OffsetSpec.latest())),
                    new ListOffsetsOptions().timeoutMs(ANSWER_MILLIS_MAX));
            List<Long> offsets = new ArrayList<>();
            for (TopicPartition partition : partitions) {
                offsets.add(ends.partitionResult(partition).get().offset());
            }
            return new LogEnd(topic.topicId().toString(), offsets);
        } catch (ExecutionException | RuntimeException e) {
            LOG.infof("end of topic unknown, topic=%s cause=%s", Topics.JOBS, e);
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }
}
