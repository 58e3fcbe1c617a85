package dev.renderfleet.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.wire.ConsumerGroups;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.worker.settle.Acceptance;
import dev.renderfleet.worker.settle.Delivery;
import dev.renderfleet.worker.settle.OutcomePublisher.Result;
import dev.renderfleet.worker.settle.QuietSettler;
import dev.renderfleet.worker.settle.Settlement;
import dev.renderfleet.worker.settle.Settler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.StartupEvent;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.awaitility.Awaitility;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Kafka refuses each dead letter here. */
@Timeout(60)
class OutcomesHealthTest {

    private static final TopicPartition PARTITION = new TopicPartition(Topics.JOBS, 0);
    private static final int SET_ASIDE_MAX = 500;

    private final Settler settler = QuietSettler.make((outcomes, _, _) -> outcomes.isEmpty()
            ? new Result.Published()
            : new Result.NotPublished(
                    new KafkaException("in an error state", new TopicAuthorizationException("no WRITE"))));
    private final Settlement settlement = QuietSettler.settlement(settler, InstantSource.system());
    private final OutcomesHealth health = new OutcomesHealth(settler);

    @BeforeEach
    void joined() {
        settler.assigned(List.of(PARTITION));
        settler.member(new ConsumerGroupMetadata(ConsumerGroups.WORKERS));
        settler.start();
    }

    @AfterEach
    void ends() {
        settler.close();
    }

    @Test
    void anOutcomeThatCannotBeWrittenIsNamedWithItsCauseAndTheWorkerStaysReady() {
        assertThat(health.call().getStatus()).isEqualTo(HealthCheckResponse.Status.UP);
        assertThat(health.call().getData()).isEmpty();

        reject(7);

        assertThat(health.call().getStatus()).isEqualTo(HealthCheckResponse.Status.UP);
        assertThat(health.call().getData()).hasValueSatisfying(data -> {
            assertThat(data.get("set aside")).isEqualTo(1L);
            assertThat(data.get("the first")).asString().contains("render.jobs/0/7", Topics.JOBS_DLQ, "no WRITE");
        });
    }

    @Test
    void soManyThatMoreStayInTheWindowMakeTheWorkerNotReady() {
        for (int offset = 0; offset < SET_ASIDE_MAX; offset++) {
            reject(offset);
        }
        assertThat(health.call().getStatus()).isEqualTo(HealthCheckResponse.Status.UP);

        Thread.ofVirtual().start(() -> reject(SET_ASIDE_MAX));

        Awaitility.await().until(settler::isSetAsideFull);
        assertThat(health.call().getStatus()).isEqualTo(HealthCheckResponse.Status.DOWN);
    }

    @Test
    void metricsShowHowManyAreSetAsideAndTheAgeOfTheOldest() {
        var registry = new SimpleMeterRegistry();
        new MetricsWiring(InstantSource.system())
                .outcomeGauges(new StartupEvent(), new WorkerMetrics(registry), settler);
        assertThat(registry.get(WorkerMetrics.UNSETTLED_SECONDS).gauge().value())
                .isZero();

        reject(7);

        assertThat(registry.get(WorkerMetrics.OUTCOMES_SET_ASIDE).gauge().value())
                .isOne();
        Awaitility.await()
                .until(() ->
                        registry.get(WorkerMetrics.UNSETTLED_SECONDS).gauge().value() > 0);
    }

    private void reject(long offset) {
        var record = new ConsumerRecord<byte[], byte[]>(Topics.JOBS, 0, offset, null, new byte[0]);
        assertThat(settler.accept(PARTITION, offset))
                .isInstanceOfSatisfying(
                        Acceptance.Accepted.class,
                        accepted -> settlement.reject(
                                new Delivery(record, Map.of(), accepted.assignment()),
                                new DecodedJob.Refused(FailureCode.MALFORMED, null, "not JSON", null)));
    }
}
