package dev.renderfleet.worker.settle;

import static org.apache.kafka.clients.consumer.CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.testbed.PartsCondition;
import dev.renderfleet.worker.ledger.Membership.MemberStatus;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Each record has one outcome for a {@code read_committed} reader, while workers join, leave and pause. */
@Timeout(300)
@ExtendWith(PartsCondition.class)
class SettlementIT extends SettlementScenario {

    @Test
    void eachOutcomeIsPublishedOnceWhileWorkersComeGoAndFallSilentAndTheBrokerRestarts() throws Exception {
        publish(150);
        TestWorker first = worker("first");
        TestWorker silent = worker("silent");
        awaitOutcomes(40);
        publish(150);
        TestWorker third = worker("third");
        awaitOutcomes(150);
        publish(150);
        first.close();
        workers.remove(first);
        awaitOutcomes(250);
        publish(150);
        silent.freeze();
        worker("fourth");
        await("the silent worker is out of the group")
                .until(() -> third.members.status(silent.owner) == MemberStatus.EXPIRED);
        publish(150);
        broker.parts().restartKafka();
        awaitOutcomes(500);
        silent.thaw();
        publish(50);

        assertEachIsPublishedOnceAndSettled();
        assertThat(workers).noneMatch(TestWorker::gaveUp);
    }

    /** Of which its part of every quota follows. */
    @Test
    void eachWorkerGetsItsShareOfThePartitionsWhileWorkersComeAndGo() {
        TestWorker first = worker("first");
        awaitShares(first);
        assertThat(first.share()).isEqualTo(1);
        TestWorker second = worker("second");
        awaitShares(first, second);
        TestWorker third = worker("third");
        awaitShares(first, second, third);
        // On the way there, all is shared in other ways: partitions move one after the other.
        await("a third each")
                .untilAsserted(() -> assertThat(List.of(first.share(), second.share(), third.share()))
                        .allSatisfy(share -> assertThat(share).isCloseTo(1.0 / 3, within(0.01))));
        second.close();
        workers.remove(second);
        awaitShares(first, third);
    }

    private void awaitShares(TestWorker... present) {
        await("each has some, and together they have all").untilAsserted(() -> {
            assertThat(Arrays.stream(present).mapToDouble(TestWorker::share)).allMatch(share -> share > 0);
            assertThat(Arrays.stream(present).mapToDouble(TestWorker::share).sum())
                    .isCloseTo(1, within(0.01));
        });
    }

    @Test
    void aFormerOwnerIsFencedAndRemovedFromTheGroupAtOnce() throws Exception {
        TestWorker witness = worker("witness");
        String former = "former/" + UUID.randomUUID();
        String transaction = "renderfleet/" + former;
        try (var kafka = new KafkaClients(settings(), former)) {
            becomeAMemberAndDie(kafka);
            assertThat(witness.members.status(former)).isEqualTo(MemberStatus.ACTIVE);
            Producer<byte[], byte[]> producer = broker.producer(Map.of("transactional.id", transaction));
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(Topics.EVENTS, bytes("published by the former owner")))
                    .get();
            producer.close(Duration.ZERO);
        }

        try (var successor = new KafkaClients(settings(), "successor/" + UUID.randomUUID())) {
            assertThat(state(transaction)).isEqualTo(TransactionState.ONGOING);
            List<String> formerOwners = List.of(former, "never there/" + UUID.randomUUID());
            successor.fence(formerOwners);
            assertThat(state(transaction)).as("aborted, and fenced").isEqualTo(TransactionState.EMPTY);
            assertThat(witness.members.status(former)).isEqualTo(MemberStatus.EXPIRED);
            successor.fence(formerOwners);
        }
        publish(50);
        assertEachIsPublishedOnceAndSettled();
    }

    private void becomeAMemberAndDie(KafkaClients kafka) {
        Consumer<byte[], byte[]> consumer = kafka.consumer(Map.of());
        consumer.subscribe(List.of(Topics.JOBS));
        await("the one to die owns partitions").until(() -> {
            consumer.poll(Duration.ofMillis(100));
            return !consumer.assignment().isEmpty();
        });
        consumer.close(CloseOptions.groupMembershipOperation(REMAIN_IN_GROUP));
    }
}
