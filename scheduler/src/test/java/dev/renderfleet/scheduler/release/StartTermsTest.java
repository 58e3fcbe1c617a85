package dev.renderfleet.scheduler.release;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.signal.FleetSetup;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.EventCodec;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.scheduler.failpoint.Crashpoints;
import dev.renderfleet.scheduler.intake.JobIntake;
import dev.renderfleet.scheduler.intake.Refusals;
import dev.renderfleet.scheduler.intake.RequestReader;
import dev.renderfleet.scheduler.leader.Duty;
import dev.renderfleet.scheduler.leader.Term;
import dev.renderfleet.scheduler.money.Caps;
import dev.renderfleet.scheduler.routing.JobPricer;
import dev.renderfleet.scheduler.store.Database;
import dev.renderfleet.scheduler.store.IntakeStore;
import dev.renderfleet.scheduler.store.OffsetStore;
import dev.renderfleet.scheduler.store.OutboxRow;
import dev.renderfleet.scheduler.store.OutboxStore;
import dev.renderfleet.scheduler.store.ReleaseStore;
import dev.renderfleet.scheduler.store.SettleStore;
import dev.renderfleet.scheduler.store.TenantDirectory;
import dev.renderfleet.scheduler.store.TestDatabase;
import dev.renderfleet.scheduler.store.WaitStore;
import dev.renderfleet.scheduler.topics.FakeKafka;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Jobs with times and dependencies from {@code render.requests} to {@code render.jobs}. The worker fails all of them. */
class StartTermsTest {

    private static final Instant START = Instant.parse("2026-11-30T12:00:00Z");
    private static final int STEPS_MAX = 100;

    private final FakeKafka kafka = new FakeKafka();
    private final FakeWorker worker = new FakeWorker(kafka, new Random(22));
    private Instant now = START;
    private final InstantSource clock = () -> now;
    private TestDatabase test;

    @BeforeEach
    void open() {
        test = TestDatabase.create();
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void jobsAreReleasedInTheirTimeOrRejectedBeforeMoneyIsHeld() {
        Instant later = START.plus(Duration.ofHours(1));
        request("base", "");
        request("edit", ",\"dependsOn\":[\"" + id("base") + "\"]");
        request("edit-of-edit", ",\"parent\":\"" + id("edit") + "\"");
        request("skipped", ",\"dependsOn\":[\"" + id("base") + "\"],\"onDependencyFailure\":\"skip\"");
        request("anyway", ",\"dependsOn\":[\"" + id("base") + "\"],\"onDependencyFailure\":\"run\"");
        request("later", ",\"notBefore\":\"" + later + "\"");
        request("late", ",\"deadline\":\"" + START + "\"");
        var pricer = new JobPricer(ModelCatalogue.builtIn(), 2, clock);
        pricer.heard(new FleetSetup("b", null, List.of("gemini"), List.of(), "w"));
        Term term = Term.unlimited(test.lead());
        try (Duty.Run intake = intake(pricer).begin(term);
                Duty.Run dispatch = dispatcher(pricer).begin(term)) {
            intake.step();
            stepUntil(dispatch, () -> refused().size() == 4 && released().size() == 2);

            assertThat(released()).containsExactly("base", "anyway");
            assertThat(refused())
                    .containsEntry(id("edit"), "dependency_failed")
                    .containsEntry(id("edit-of-edit"), "dependency_failed")
                    .containsEntry(id("skipped"), "canceled")
                    .containsEntry(id("late"), "deadline_passed");

            now = later;
            stepUntil(dispatch, () -> released().size() == 3 && number("SELECT count(*) FROM flight") == 0);

            assertThat(released()).containsExactly("base", "anyway", "later");
            assertThat(number("SELECT sum(spent) FROM account WHERE kind = 1")).isEqualTo(worker.paid);
            assertThat(number("SELECT count(*) FROM outcome")).isEqualTo(3);
        }
    }

    private void stepUntil(Duty.Run dispatch, BooleanSupplier done) {
        for (int i = 0; i < STEPS_MAX && !done.getAsBoolean(); i++) {
            dispatch.step();
            worker.work();
        }
    }

    private void request(String key, String more) {
        String json = "{\"tenant\":\"shop\",\"idempotencyKey\":\"%s\",\"prompt\":\"vase\",\"model\":\"nano-banana\"%s}"
                .formatted(key, more);
        kafka.append(Topics.REQUESTS, "", Map.of(), json.getBytes(UTF_8));
    }

    private static String id(String key) {
        return JobId.of("shop", key).value();
    }

    /** The keys of published jobs, none of which asks a worker to wait. */
    private List<String> released() {
        return kafka.records(Topics.JOBS).stream()
                .map(record -> ((DecodedJob.Accepted) new JobCodec().decode(record.value())).job())
                .peek(job -> assertThat(job.notBefore()).isNull())
                .peek(job -> assertThat(job.dependsOn()).isEmpty())
                .map(RenderJob::idempotencyKey)
                .toList();
    }

    /** The code of a rejection, or another outcome, by job. */
    private Map<String, String> refused() {
        return new OutboxStore(test.database())
                .next(List.of(), STEPS_MAX).stream()
                        .map(OutboxRow::event)
                        .map(event -> new EventCodec()
                                .decode(Objects.requireNonNull(event).value()))
                        .collect(Collectors.toMap(
                                event -> event.job().jobId(),
                                event -> event instanceof RenderRejected rejected
                                        ? rejected.code().wireName()
                                        : event.outcome()));
    }

    private long number(String sql) {
        return test.number(sql);
    }

    private RequestReader intake(JobPricer pricer) {
        Database database = test.database();
        return new RequestReader(
                kafka,
                new OffsetStore(database),
                new IntakeStore(database, new TenantDirectory(database)),
                new JobIntake(pricer),
                Crashpoints.NONE,
                clock);
    }

    private Dispatcher dispatcher(JobPricer pricer) {
        Database database = test.database();
        var stores = new Dispatcher.Stores(
                database,
                new ReleaseStore(database, Caps.NONE),
                new SettleStore(database, new TenantDirectory(database), Caps.NONE),
                new OffsetStore(database),
                new WaitStore(database, new Refusals(clock)::unstarted));
        return new Dispatcher(
                stores, kafka, pricer, new ReleaseRules(new HeldModels(), () -> true), Crashpoints.NONE, clock);
    }
}
