package dev.renderfleet.scheduler.release;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.contracts.signal.FleetSetup;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.scheduler.failpoint.Crashpoint;
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
import dev.renderfleet.scheduler.store.MoneyStore;
import dev.renderfleet.scheduler.store.OffsetStore;
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
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A leader that ends at each of its points, over and over, or whose clock jumps, loses no job, pays none twice, and every amount adds up. */
class CrashTest {

    private static final int JOBS = 12;
    private static final int STEPS_MAX = 500;
    private static final ModelCatalogue CATALOGUE = ModelCatalogue.builtIn();
    private static final Caps CAPS = new Caps(null, null, null);

    private final Random random = new Random(22);
    private final FakeKafka kafka = new FakeKafka();
    private final FakeWorker worker = new FakeWorker(kafka, random);
    private Instant now = Instant.parse("2026-11-30T12:00:00Z");
    private boolean jumps;
    /** Goes on by itself, or windows would stay full. */
    private final InstantSource clock = () -> {
        now = now.plusMillis(100);
        if (jumps && random.nextInt(20) == 0) {
            now = now.plus(Duration.ofMinutes(random.nextInt(-3_000, 3_000)));
        }
        return now;
    };

    private int requested;
    private TestDatabase test;

    @BeforeEach
    void open() {
        test = TestDatabase.create();
    }

    @AfterEach
    void close() {
        test.close();
    }

    private static final class CrashException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    @ParameterizedTest
    @EnumSource
    void noCrashLosesOrDoubles(Crashpoint point) {
        var hits = new AtomicInteger();
        Crashpoints crashing = reached -> {
            if (reached == point && hits.getAndIncrement() % 3 == 0) {
                throw new CrashException();
            }
        };

        int crashes = run(crashing);

        assertThat(crashes).isPositive();
        allIsDoneOnce();
    }

    /** Two days forth or back, again and again: days of accounts change, and nothing stands still. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aClockThatJumpsLosesOrDoublesNothing(long seed) {
        random.setSeed(seed);
        jumps = true;

        run(Crashpoints.NONE);

        allIsDoneOnce();
    }

    /** Until all is done, with a new leader after each crash. Returns how many there were. */
    private int run(Crashpoints crashing) {
        int crashes = 0;
        for (int steps = 0; steps < STEPS_MAX && !isDone(); ) {
            var pricer = new JobPricer(CATALOGUE, 2, clock);
            pricer.heard(new FleetSetup("b", null, List.of("gemini"), List.of(), "w"));
            Term term = Term.unlimited(test.lead());
            try (Duty.Run intake = intake(pricer, crashing).begin(term);
                    Duty.Run dispatch = dispatcher(pricer, crashing).begin(term)) {
                while (steps++ < STEPS_MAX && !isDone()) {
                    request(2);
                    intake.step();
                    dispatch.step();
                    worker.work();
                }
            } catch (CrashException e) {
                crashes++;
            }
        }
        return crashes;
    }

    private void allIsDoneOnce() {
        assertThat(isDone()).as("all jobs have their outcomes").isTrue();
        assertThat(worker.calls())
                .hasSize(JOBS)
                .allSatisfy((job, calls) -> assertThat(calls).isEqualTo(1));
        assertThat(new MoneyStore(test.database(), new TenantDirectory(test.database())).audit())
                .isEmpty();
        assertThat(number("SELECT sum(spent) FROM account WHERE kind = 1")).isEqualTo(worker.paid);
        assertThat(number("SELECT sum(reserved) FROM account")).isZero();
        assertThat(number("SELECT count(*) FROM outcome")).isEqualTo(JOBS);
    }

    private void request(int more) {
        for (int i = 0; i < more && requested < JOBS; i++) {
            String json =
                    "{\"tenant\":\"shop\",\"idempotencyKey\":\"job-%d\",\"prompt\":\"vase\",\"model\":\"nano-banana\"}"
                            .formatted(requested++);
            kafka.append(Topics.REQUESTS, "", Map.of(), json.getBytes(UTF_8));
        }
    }

    private boolean isDone() {
        return number("SELECT count(*) FROM job WHERE state <> 0") == JOBS
                && number("SELECT count(*) FROM flight") == 0;
    }

    private long number(String sql) {
        return test.number(sql);
    }

    private RequestReader intake(JobPricer pricer, Crashpoints crashpoints) {
        Database database = test.database();
        return new RequestReader(
                kafka,
                new OffsetStore(database),
                new IntakeStore(database, new TenantDirectory(database)),
                new JobIntake(pricer),
                crashpoints,
                clock);
    }

    private Dispatcher dispatcher(JobPricer pricer, Crashpoints crashpoints) {
        Database database = test.database();
        var stores = new Dispatcher.Stores(
                database,
                new ReleaseStore(database, CAPS),
                new SettleStore(database, new TenantDirectory(database), CAPS),
                new OffsetStore(database),
                new WaitStore(database, new Refusals(clock)::unstarted));
        var rules = new ReleaseRules(new HeldModels(), () -> true);
        return new Dispatcher(stores, kafka, pricer, rules, crashpoints, clock);
    }
}
