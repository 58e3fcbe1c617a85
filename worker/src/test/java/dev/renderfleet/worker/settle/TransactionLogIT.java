package dev.renderfleet.worker.settle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.sandbox.SandboxProcess;
import dev.renderfleet.worker.settle.Decisions.Decision;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a real coordinator writes down; {@link TransactionLogTest} has what one of ours does not write. */
@Timeout(60)
class TransactionLogIT {

    private static final TopicPartition PARTITION = new TopicPartition(Topics.EVENTS, 0);
    private static final String ID = "renderfleet/of-this-test";

    @Test
    void tellsWhatWasDecidedAlsoAfterASuccessorHasCome() throws Exception {
        try (var sandbox = SandboxProcess.start("--without", "postgres,s3,gemini");
                Admin admin = Admin.create(settings(sandbox))) {
            var log = new TransactionLog(settings(sandbox));
            ProducerState committed;
            ProducerState aborted;
            try (var producer = producer(sandbox)) {
                producer.initTransactions();
                committed = opened(producer, admin);
                assertThat(decision(log, committed)).as("still open").isEqualTo(Decision.UNKNOWN);
                producer.commitTransaction();
                aborted = opened(producer, admin);
                producer.abortTransaction();
            }
            try (var successor = producer(sandbox)) {
                successor.initTransactions();
                assertThat(decision(log, committed)).isEqualTo(Decision.COMMITTED);
                assertThat(decision(log, aborted)).isEqualTo(Decision.ABORTED);
                ProducerState open = opened(successor, admin);
                assertThat(decision(log, committed)).isEqualTo(Decision.COMMITTED);
                assertThat(decision(log, open)).isEqualTo(Decision.UNKNOWN);
            }
        }
    }

    private static ProducerState opened(KafkaProducer<String, String> producer, Admin admin) throws Exception {
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(PARTITION.topic(), PARTITION.partition(), "key", "value"))
                .get();
        return admin.describeProducers(List.of(PARTITION)).partitionResult(PARTITION).get().activeProducers().stream()
                .filter(state -> state.currentTransactionStartOffset().isPresent())
                .findFirst()
                .orElseThrow();
    }

    private static Decision decision(TransactionLog log, ProducerState state) {
        return log.decision(ID, state.producerId(), state.producerEpoch(), state.lastTimestamp());
    }

    private static KafkaProducer<String, String> producer(SandboxProcess sandbox) {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", sandbox.endpoints().bootstrapServers(), "transactional.id", ID);
        return new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
    }

    private static Map<String, Object> settings(SandboxProcess sandbox) {
        return Map.of("bootstrap.servers", sandbox.endpoints().bootstrapServers());
    }
}
