package dev.renderfleet.scheduler.ops;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.scheduler.failpoint.Crashpoints;
import dev.renderfleet.scheduler.intake.JobIntake;
import dev.renderfleet.scheduler.intake.RequestReader;
import dev.renderfleet.scheduler.leader.Leadership;
import dev.renderfleet.scheduler.leader.LoopStates;
import dev.renderfleet.scheduler.routing.JobPricer;
import dev.renderfleet.scheduler.store.IntakeStore;
import dev.renderfleet.scheduler.store.LeaseTable;
import dev.renderfleet.scheduler.store.OffsetStore;
import dev.renderfleet.scheduler.store.TenantDirectory;
import dev.renderfleet.scheduler.store.TestDatabase;
import dev.renderfleet.scheduler.topics.FakeKafka;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponse.Status;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What readiness says of a leader whose disk is full, and of prices. */
class LoopHealthTest {

    private static final Duration SOON = Duration.ofSeconds(30);

    private final InstantSource clock = InstantSource.fixed(Instant.parse("2026-11-30T12:00:00Z"));
    private final JobPricer pricer = new JobPricer(ModelCatalogue.builtIn(), 2, clock);
    private final LoopStates states = new LoopStates();
    private final FakeKafka kafka = new FakeKafka();
    private TestDatabase test;
    private Leadership leadership;
    private LoopHealth health;

    @BeforeEach
    void open() {
        test = TestDatabase.create();
        var database = test.database();
        var requests = new RequestReader(
                kafka,
                new OffsetStore(database),
                new IntakeStore(database, new TenantDirectory(database)),
                new JobIntake(pricer),
                Crashpoints.NONE,
                clock);
        leadership = new Leadership(new LeaseTable(database), "a", List.of(requests), states, System::nanoTime);
        health = new LoopHealth(states, leadership, pricer);
    }

    @AfterEach
    void close() {
        leadership.close();
        test.close();
    }

    @Test
    void aLoopThatAFullDiskStopsIsNamedAndGoesOnWhenThereIsRoom() {
        kafka.append(
                Topics.REQUESTS,
                "",
                Map.of(),
                "{\"tenant\":\"acme\",\"idempotencyKey\":\"a\",\"prompt\":\"vase\",\"model\":\"nano-banana\"}"
                        .getBytes(UTF_8));
        test.fill("ready");

        leadership.start();

        Awaitility.await("intake stopped")
                .atMost(SOON)
                .until(() -> health.call().getStatus() == Status.DOWN);
        assertThat(data())
                .containsEntry("leads", true)
                .hasEntrySatisfying(
                        "loop intake", reason -> assertThat(reason).asString().contains("No space left on device"));
        assertThat(test.number("SELECT count(*) FROM job") + test.number("SELECT sum(next_offset) FROM kafka_offset"))
                .as("neither the job nor the offset")
                .isZero();

        test.makeRoom("ready");
        Awaitility.await("job stored").atMost(SOON).until(() -> test.number("SELECT count(*) FROM ready") == 1);
        Awaitility.await("intake runs").atMost(SOON).until(() -> health.call().getStatus() == Status.UP);
        assertThat(test.number("SELECT sum(next_offset) FROM kafka_offset")).isEqualTo(1);
    }

    @Test
    void anotherPriceTableOfTheWorkersIsNamed() {
        String own = ModelCatalogue.builtIn().version();
        assertThat(data()).containsEntry("prices", "table " + own);

        pricer.billedBy("2027-01-31");

        assertThat(data())
                .hasEntrySatisfying(
                        "prices",
                        text -> assertThat(text)
                                .asString()
                                .contains("workers bill by table 2027-01-31, and money is held by table " + own));

        pricer.billedBy(own);
        assertThat(data()).containsEntry("prices", "table " + own);
    }

    private Map<String, Object> data() {
        HealthCheckResponse answer = health.call();
        return answer.getData().orElseThrow();
    }
}
