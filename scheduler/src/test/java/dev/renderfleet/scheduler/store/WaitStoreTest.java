package dev.renderfleet.scheduler.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.scheduler.money.Caps;
import dev.renderfleet.scheduler.money.Demand;
import dev.renderfleet.scheduler.store.CancelStore.Cancellation;
import dev.renderfleet.scheduler.store.OutboxRow.OwnEvent;
import dev.renderfleet.scheduler.store.ReleaseStore.Candidate;
import dev.renderfleet.scheduler.store.SettleStore.Bill;
import dev.renderfleet.scheduler.store.StartFailure.Circular;
import dev.renderfleet.scheduler.store.StartFailure.Late;
import dev.renderfleet.scheduler.store.StartFailure.NotCompleted;
import dev.renderfleet.scheduler.store.StartFailure.NotHandedOver;
import dev.renderfleet.scheduler.store.StartFailure.TooMany;
import dev.renderfleet.scheduler.store.WaitStore.Unstarted;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Jobs that wait for a time or for other jobs. A job's body is its key. */
class WaitStoreTest {

    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
    private static final String RED = "ab".repeat(32);
    private static final int STEPS = 20;

    private final Map<String, StartFailure> refused = new HashMap<>();

    private TestDatabase test;
    private IntakeStore intake;
    private ReleaseStore release;
    private SettleStore settle;
    private WaitStore waits;
    private long epoch;

    @BeforeEach
    void open() {
        test = TestDatabase.create();
        epoch = test.lead();
        var tenants = new TenantDirectory(test.database());
        intake = new IntakeStore(test.database(), tenants);
        release = new ReleaseStore(test.database(), Caps.NONE);
        settle = new SettleStore(test.database(), tenants, Caps.NONE);
        waits = new WaitStore(test.database(), (body, _, failure) -> {
            String key = new String(body, StandardCharsets.UTF_8);
            assertThat(refused.put(key, failure)).as("%s is refused once", key).isNull();
            var event = new OutboxRow("event-" + key, new OwnEvent(id(key), Map.of("a", "b"), body), null);
            return new Unstarted(key.startsWith("skipped") ? JobState.CANCELED : JobState.REJECTED, event);
        });
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void aJobIsReadyWhenItsTimeHasCome() {
        submit(job("a", notBefore(NOW.plusSeconds(60))));

        assertThat(waits.step(epoch, NOW.plusSeconds(59))).isEmpty();
        assertThat(waits.step(epoch, NOW.plusSeconds(60))).containsExactly(Map.entry(1L, 1L));
        assertThat(ready()).isEqualTo(1);
        assertThat(waits.step(epoch, NOW.plusSeconds(61))).isEmpty();
    }

    @Test
    void thousandsAreDueAtOnce() {
        submit(IntStream.range(0, 2_500)
                .mapToObj(i -> job("job-" + i, notBefore(NOW)))
                .toArray(NewJob[]::new));

        waits.step(epoch, NOW);
        assertThat(ready()).isEqualTo(1_000);
        waits.step(epoch, NOW);
        waits.step(epoch, NOW);
        assertThat(ready()).isEqualTo(2_500);
    }

    @Test
    void theYear9999IsHeldToTheSecond() {
        Instant last = Instant.parse("9999-12-31T23:59:59Z");
        submit(job("a", notBefore(last)), job("first", notBefore(Instant.parse("0001-01-01T00:00:00Z"))));

        waits.step(epoch, last.minusSeconds(1));
        assertThat(ready()).isEqualTo(1);
        waits.step(epoch, last);
        assertThat(ready()).isEqualTo(2);
    }

    @Test
    void aJobThatWaitsOrIsReadyIsRejectedAtItsDeadlineAndNoMoneyIsHeld() {
        Instant deadline = NOW.plusSeconds(60);
        submit(
                job("pending", new StartTerms(NOW.plusSeconds(30), deadline, List.of(id("never")), null)),
                job("ready", deadline(deadline)),
                job("later", deadline(deadline.plusSeconds(1))));

        waits.step(epoch, deadline.minusMillis(1));
        assertThat(refused).isEmpty();
        waits.step(epoch, deadline);

        assertThat(refused).containsOnly(Map.entry("pending", new Late()), Map.entry("ready", new Late()));
        assertThat(state("pending")).isEqualTo(JobState.REJECTED);
        assertThat(release(1, 2, 3).reserved()).containsOnlyKeys(number("later"));
        assertThat(outbox()).hasSize(2);
        assertThat(test.number("SELECT count(*) FROM pending")).isZero();
        assertThat(test.number("SELECT count(*) FROM need")).isZero();
    }

    @Test
    void aLateJobIsRejectedAtItsReleaseToo() {
        submit(job("a", deadline(NOW)), job("b", deadline(NOW)));
        release(number("b"));

        assertThat(waits.rejectLate(epoch, List.of(1L, 2L), NOW)).containsExactly(number("a"));
        assertThat(refused).containsOnlyKeys("a");
    }

    @Test
    void aReleasedOrEndedJobIsNotRejectedAtItsDeadline() {
        submit(job("released", deadline(NOW)), job("ended", deadline(NOW)));
        release(number("released"));
        settle("ended", JobState.COMPLETED);

        waits.step(epoch, NOW.plusSeconds(1));

        assertThat(refused).isEmpty();
        assertThat(test.number("SELECT count(*) FROM deadline")).isZero();
        assertThat(ready()).as("for a replay").isEqualTo(1);
    }

    @Test
    void aJobIsReadyWhenAllThatItNeedsHasCompleted() {
        submit(job("a"), job("b"), job("c", new StartTerms(null, null, List.of(id("a"), id("b"), id("b")), id("a"))));
        step(NOW);
        settle("a", JobState.COMPLETED);
        step(NOW);
        assertThat(ready()).isEqualTo(2);

        settle("b", JobState.COMPLETED);
        step(NOW);

        assertThat(ready()).isEqualTo(3);
    }

    @Test
    void aTimeAndNeedsBothHold() {
        submit(job("a"), job("b", new StartTerms(NOW.plusSeconds(60), null, List.of(id("a")), null)));
        settle("a", JobState.COMPLETED);
        step(NOW.plusSeconds(59));
        assertThat(ready()).isEqualTo(1);
        step(NOW.plusSeconds(60));
        assertThat(ready()).isEqualTo(2);
    }

    @Test
    void whatHasCompletedBeforeIsMetAtOnceAlsoByTheDirectDoor() {
        settle("a", JobState.COMPLETED);
        submit(job("b", needs("a")));
        step(NOW);
        assertThat(ready()).isEqualTo(1);
    }

    @Test
    void aJobThatComesLaterIsWaitedForAndOneThatNeverComesForADay() {
        submit(job("b", needs("a")), job("orphan", needs("never")));
        step(NOW);
        submit(job("a"));
        step(NOW.plus(NeedRows.PATIENCE).minusSeconds(1));
        assertThat(refused).isEmpty();

        step(NOW.plus(NeedRows.PATIENCE));
        assertThat(refused).containsOnly(Map.entry("orphan", new NotHandedOver(id("never"))));

        settle("a", JobState.COMPLETED);
        step(NOW.plus(Duration.ofDays(9)));
        assertThat(ready()).isEqualTo(2);
    }

    /** It may have been rendered before there was a scheduler: workers know. */
    @Test
    void anUnknownParentIsLeftToTheWorkersAfterAWhile() {
        submit(job("edit", new StartTerms(null, null, List.of(), id("base"))));
        step(NOW);
        step(NOW.plus(NeedRows.PARENT_PATIENCE).minusSeconds(1));
        assertThat(ready()).isZero();
        step(NOW.plus(NeedRows.PARENT_PATIENCE));
        assertThat(ready()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"FAILED", "REJECTED"})
    void aFailureRejectsAllThatNeedsItDirectlyAndThroughOthers(JobState state) {
        submit(job("a"), job("b", needs("a")), job("c", needs("b")), job("other", needs("x")));
        step(NOW);
        settle("a", state);
        steps(NOW);

        assertThat(refused)
                .containsOnly(
                        Map.entry("b", new NotCompleted(id("a"), state)),
                        Map.entry("c", new NotCompleted(id("b"), JobState.REJECTED)));
        assertThat(state("c")).isEqualTo(JobState.REJECTED);
        assertThat(outbox()).hasSize(2);
    }

    @Test
    void aJobThatIsSkippedIsCanceledAndSoIsWhatNeedsItAsItAsks() {
        submit(job("a"), job("skipped-b", needs("a")), job("c", needs("skipped-b")));
        step(NOW);

        settle("a", JobState.FAILED);
        steps(NOW);

        assertThat(state("skipped-b")).isEqualTo(JobState.CANCELED);
        assertThat(refused).containsEntry("c", new NotCompleted(id("skipped-b"), JobState.CANCELED));
        assertThat(state("c")).isEqualTo(JobState.REJECTED);
    }

    /** It waits for their end all the same, and as long for one that never comes. */
    @Test
    void aJobThatStartsAnywayIsReadyWhenAllItNeedsHasEnded() {
        var terms = new StartTerms(null, null, List.of(id("a"), id("b"), id("never")), null, true);
        submit(job("a"), job("b"), job("c", terms));
        steps(NOW);
        assertThat(ready()).isEqualTo(2);

        settle("a", JobState.FAILED);
        cancel("b");
        steps(NOW);
        assertThat(ready()).as("a waits for a replay, c for the third").isEqualTo(1);

        steps(NOW.plus(NeedRows.PATIENCE));
        assertThat(ready()).isEqualTo(2);
        assertThat(refused).isEmpty();
    }

    @Test
    void anEditNeverStartsWithoutTheImageOfItsParent() {
        submit(job("a"), job("edit", new StartTerms(null, null, List.of(id("a")), id("a"), true)));
        steps(NOW);

        settle("a", JobState.FAILED);
        steps(NOW);

        assertThat(refused).containsOnly(Map.entry("edit", new NotCompleted(id("a"), JobState.FAILED)));
    }

    @Test
    void aCanceledJobRejectsWhatNeedsItAndAPendingOneCanBeCanceled() {
        submit(job("a"), job("b", needs("a")), job("c", needs("b")));
        step(NOW);

        assertThat(cancel("b")).isEqualTo(Cancellation.CANCELED);
        steps(NOW);

        assertThat(refused).containsOnly(Map.entry("c", new NotCompleted(id("b"), JobState.CANCELED)));
        assertThat(test.number("SELECT count(*) FROM need")).isZero();
        settle("a", JobState.COMPLETED);
        steps(NOW);
        assertThat(state("b")).isEqualTo(JobState.CANCELED);
        assertThat(ready()).as("a, for a replay").isEqualTo(1);
    }

    @Test
    void aCanceledJobThatIsHandedOverAgainHasItsNewTerms() {
        submit(job("a", new StartTerms(NOW.plusSeconds(10), NOW.plusSeconds(20), List.of(id("x")), null)));
        cancel("a");
        submit(job("a", notBefore(NOW.plusSeconds(30))));

        steps(NOW.plusSeconds(29));
        assertThat(refused).isEmpty();
        assertThat(ready()).isZero();
        steps(NOW.plusSeconds(30));
        assertThat(ready()).isEqualTo(1);
    }

    @Test
    void circlesAreRefusedInOneCallAndInMany() {
        submit(job("a", needs("b")), job("b", needs("c")), job("c", needs("a")));
        steps(NOW);
        assertThat(refused).hasSize(3);
        assertThat(refused.values()).filteredOn(Circular.class::isInstance).hasSize(1);

        submit(job("d", needs("e")));
        steps(NOW);
        submit(job("e", needs("d")), job("f", needs("e")));
        steps(NOW);
        assertThat(refused).containsEntry("e", new Circular());
        assertThat(refused).containsEntry("d", new NotCompleted(id("e"), JobState.REJECTED));
        assertThat(refused).hasSize(6);
        assertThat(test.number("SELECT count(*) FROM pending")).isZero();
    }

    @Tag("long")
    @Test
    void aChainIsNoCircleAndOneThatIsTooLongIsRefused() {
        List<NewJob> chain = new ArrayList<>(List.of(job("job-0")));
        for (int i = 1; i <= NeedGraph.NEEDED_MAX + 2; i++) {
            chain.add(job("job-" + i, needs("job-" + (i - 1))));
        }
        submit(chain.toArray(NewJob[]::new));
        steps(NOW);

        assertThat(refused)
                .containsEntry("job-" + (NeedGraph.NEEDED_MAX + 1), new TooMany(NeedGraph.NEEDED_MAX))
                .hasSize(2);
    }

    @Test
    void anotherTenantsJobIsNotSeen() {
        String foreign = JobId.of("other", "a").value();
        intake.accept(List.of(new NewJob(foreign, RED, "other", "model", 5, new byte[] {1}, null)));
        settle(foreign, "other", JobState.COMPLETED);
        submit(job("b", new StartTerms(null, null, List.of(foreign), null)));

        step(NOW);
        assertThat(state("b")).isEqualTo(JobState.QUEUED);
        step(NOW.plus(NeedRows.PATIENCE));
        assertThat(refused).containsKey("b");
    }

    @Test
    void aReplayWaitsForNothing() {
        submit(job("a"));
        settle("a", JobState.COMPLETED);
        test.database().write(handle -> handle.execute("DELETE FROM ready"));
        intake.accept(
                epoch,
                new OffsetMove("t", Map.of(), Map.of()),
                List.of(job("a", needs("x"))),
                List.of(),
                _ -> new OutboxRow("none", null, null));

        assertThat(ready()).isEqualTo(1);
    }

    private void step(Instant now) {
        waits.step(epoch, now);
    }

    /** Until a chain of failures has come to its end. */
    private void steps(Instant now) {
        for (int i = 0; i < STEPS; i++) {
            waits.step(epoch, now);
        }
    }

    private void submit(NewJob... jobs) {
        assertThat(intake.accept(List.of(jobs))).containsOnly(Arrival.ACCEPTED);
    }

    private static NewJob job(String key) {
        return job(key, StartTerms.NONE);
    }

    private static NewJob job(String key, StartTerms terms) {
        return new NewJob(id(key), RED, "shop", "model", 5, key.getBytes(StandardCharsets.UTF_8), null, terms);
    }

    private static StartTerms notBefore(Instant time) {
        return new StartTerms(time, null, List.of(), null);
    }

    private static StartTerms deadline(Instant time) {
        return new StartTerms(null, time, List.of(), null);
    }

    private static StartTerms needs(String... keys) {
        return new StartTerms(null, null, Stream.of(keys).map(WaitStoreTest::id).toList(), null);
    }

    private static String id(String key) {
        return JobId.of("shop", key).value();
    }

    private long number(String key) {
        return test.number("SELECT job_no FROM job WHERE job_id = decode('" + id(key) + "', 'hex')");
    }

    private JobState state(String key) {
        return JobState.of((int) test.number("SELECT state FROM job WHERE job_no = " + number(key)));
    }

    private long ready() {
        return test.number("SELECT count(*) FROM ready");
    }

    private List<OutboxRow> outbox() {
        return new OutboxStore(test.database()).next(List.of(), 100);
    }

    private ReleaseStore.Released release(long... jobs) {
        List<Candidate> candidates = IntStream.range(0, jobs.length)
                .mapToObj(i -> new Candidate(jobs[i], 1, 1, 0, new Demand(300, 300)))
                .toList();
        return release.release(epoch, candidates, List.of(), NOW);
    }

    private Cancellation cancel(String key) {
        return new CancelStore(test.database())
                .cancel(
                        id(key),
                        body -> new OutboxRow("canceled-" + key, new OwnEvent(id(key), Map.of("a", "b"), body), null))
                .orElseThrow();
    }

    private void settle(String key, JobState state) {
        settle(id(key), "shop", state);
    }

    private void settle(String id, String tenant, JobState state) {
        var bill = new Bill("event-of-" + id, "r", false, id, RED, tenant, state, 1, 0, NOW, new byte[] {1});
        settle.settle(epoch, new OffsetMove("t", Map.of(), Map.of()), List.of(bill), List.of(), List.of());
    }
}
