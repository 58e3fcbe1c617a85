package dev.renderfleet.worker.settle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.testbed.PartsCondition;
import dev.renderfleet.worker.ledger.LogEnd;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TopicExistsException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** On a real broker: the end of the topic that a failure records, to distinguish publishing again from a redelivery. */
@Timeout(180)
@ExtendWith(PartsCondition.class)
class JobTopicEndIT {

    @Test
    void theEndCountsTheRecordsOfEachPartitionAndATopicCreatedAnewIsAnother() throws Exception {
        try (var broker = TestBroker.start(2)) {
            Admin admin = broker.admin();
            var end = new JobTopicEnd(admin);
            assertThat(end(end).offsets()).containsExactly(0L, 0L);

            try (var producer = broker.producer(Map.of())) {
                for (int partition : List.of(0, 0, 0, 1)) {
                    producer.send(new ProducerRecord<>(Topics.JOBS, partition, null, new byte[] {1}))
                            .get();
                }
            }
            LogEnd before = end(end);
            assertThat(before.offsets()).containsExactly(3L, 1L);

            admin.deleteTopics(List.of(Topics.JOBS)).all().get();
            Awaitility.await("the topic is created anew")
                    .ignoreExceptionsMatching(e -> e.getCause() instanceof TopicExistsException)
                    .until(() -> {
                        admin.createTopics(List.of(new NewTopic(Topics.JOBS, 2, (short) 1)))
                                .all()
                                .get();
                        return true;
                    });
            assertThat(end(end).offsets()).containsExactly(0L, 0L);
            assertThat(end(end).topicId()).isNotEqualTo(before.topicId());
        }
    }

    /** Waits while the broker has no answer in time, as one that has just started. */
    private static LogEnd end(JobTopicEnd of) {
        return Awaitility.await("the end").until(of::end, Objects::nonNull);
    }
}
