package dev.renderfleet.worker.settle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.sandbox.SandboxProcess;
import dev.renderfleet.worker.settle.StableOffsets.Commits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * On what a broker (Kafka 4.4.0) really left behind that was killed while a worker's transaction was open: the coordinator's log says
 * CompleteAbort, and {@code __consumer_offsets} has no marker. That {@code SettlementIT} passes shows that open ones are left alone.
 */
@Timeout(120)
class ForgottenTransactionsIT {

    private static final TopicPartition HELD = new TopicPartition(Topics.JOBS, 3);
    private static final TopicPartition FREE = new TopicPartition(Topics.JOBS, 1);

    @TempDir
    Path data = Path.of("set by JUnit");

    @Test
    void theOffsetsThatItHoldsAreReadAgain() throws Exception {
        unzip("forgotten-transaction.zip");
        try (var sandbox = SandboxProcess.start("--without", "postgres,s3,gemini", "--data", data.toString());
                Admin admin = Admin.create(
                        Map.of("bootstrap.servers", sandbox.endpoints().bootstrapServers()))) {
            assertThat(readable(admin)).containsOnlyKeys(FREE);

            Commits decided = new CommittedOffsets(
                            admin, KafkaClients.GROUP, forgotten(sandbox, admin), ForgottenTransactionsIT::pause)
                    .stable(List.of(HELD, FREE));

            assertThat(decided.undecided()).isEmpty();
            assertThat(decided.commits()).containsEntry(HELD, new OffsetAndMetadata(327, "rf1.AdEZb6c"));
            assertThat(readable(admin)).containsOnlyKeys(FREE, HELD);
        }
    }

    /** The same broker's fault where the transaction had written an outcome and no offset yet: nobody could read the events behind it. */
    @Test
    void theEventsThatItHidesAreReadAgain() throws Exception {
        unzip("forgotten-events.zip");
        var hidden = new TopicPartition(Topics.EVENTS, 3);
        try (var sandbox = SandboxProcess.start("--without", "postgres,s3,gemini", "--data", data.toString());
                Admin admin = Admin.create(
                        Map.of("bootstrap.servers", sandbox.endpoints().bootstrapServers()))) {
            long end = end(admin, hidden, IsolationLevel.READ_UNCOMMITTED);
            assertThat(end(admin, hidden, IsolationLevel.READ_COMMITTED))
                    .isEqualTo(1_152)
                    .isLessThan(end);

            forgotten(sandbox, admin).end();

            // What ends it has a place of its own in the log.
            assertThat(end(admin, hidden, IsolationLevel.READ_COMMITTED)).isEqualTo(end + 1);
        }
    }

    private static ForgottenTransactions forgotten(SandboxProcess sandbox, Admin admin) {
        var log = new TransactionLog(
                Map.of("bootstrap.servers", sandbox.endpoints().bootstrapServers()));
        return new ForgottenTransactions(admin, KafkaClients.GROUP, log);
    }

    private static long end(Admin admin, TopicPartition partition, IsolationLevel isolation) throws Exception {
        return admin.listOffsets(Map.of(partition, OffsetSpec.latest()), new ListOffsetsOptions(isolation))
                .partitionResult(partition)
                .get()
                .offset();
    }

    private static Map<TopicPartition, OffsetAndMetadata> readable(Admin admin) throws Exception {
        return admin.listConsumerGroupOffsets(
                        Map.of(
                                KafkaClients.GROUP,
                                new ListConsumerGroupOffsetsSpec().topicPartitions(List.of(HELD, FREE))),
                        new ListConsumerGroupOffsetsOptions().requireStable(true))
                .partitionsToOffsetAndMetadata(KafkaClients.GROUP)
                .get();
    }

    private static boolean pause(Duration time) {
        LockSupport.parkNanos(time.toNanos());
        return true;
    }

    private void unzip(String resource) throws IOException {
        try (var zip = new ZipInputStream(Objects.requireNonNull(
                getClass().getResourceAsStream(resource), "the resource is part of the tests"))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Path file = data.resolve(entry.getName());
                Files.createDirectories(Objects.requireNonNull(file.getParent()));
                Files.copy(zip, file);
            }
        }
    }
}
