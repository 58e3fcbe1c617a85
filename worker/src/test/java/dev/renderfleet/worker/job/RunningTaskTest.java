package dev.renderfleet.worker.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.signal.Cancel;
import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.failpoint.Failpoint;
import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.ledger.LedgerEntry;
import dev.renderfleet.worker.ledger.Membership.MemberStatus;
import dev.renderfleet.worker.limits.FleetQuotas;
import dev.renderfleet.worker.limits.PermitResult;
import dev.renderfleet.worker.limits.QuotaDemand;
import dev.renderfleet.worker.limits.Slots;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.StillRunning;
import dev.renderfleet.worker.providers.TaskLog;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls that are tasks at their provider. */
@Timeout(60)
class RunningTaskTest {

    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
    private static final String RECORD = "render.jobs/0/7";
    private static final QuotaDemand GEMINI = new QuotaDemand("gemini", "gemini-nano-banana-2.1", 1, 10);
    private static final String TASK = "https://api.example.com/v1/get_result?id=7f3a";

    @TempDir
    Path spoolFolder = Path.of("set by JUnit");

    private final SettableClock clock = new SettableClock(NOW);
    private final InMemoryObjectStore store = new InMemoryObjectStore("renderfleet", clock);
    private final Map<String, MemberStatus> members = new HashMap<>();
    private final List<Duration> waits = new ArrayList<>();
    private final Slots slots = new Slots(2);
    private final RunnerFixture fixture =
            new RunnerFixture(store, clock, slots).membership(name -> members.getOrDefault(name, MemberStatus.UNKNOWN));
    private Spool spool = Spool.open(Path.of(System.getProperty("java.io.tmpdir"), "renderfleet-test"));
    private TaskProvider provider = new TaskProvider(spool, clock);

    /** Takes one task for each draw; the script has the answer to each request for a task. */
    private static final class TaskProvider implements ImageProvider {
        private final ScriptedModel answers;
        private final List<DrawRequest> resumed = new ArrayList<>();

        TaskProvider(Spool spool, SettableClock clock) {
            answers = new ScriptedModel(spool, clock);
        }

        @Override
        public boolean hasTasks() {
            return true;
        }

        @Override
        public ModelAnswer draw(DrawRequest request, TaskLog tasks) {
            tasks.accepted(TASK);
            return answers.draw(request, TaskLog.NONE);
        }

        @Override
        public ModelAnswer resume(String task, DrawRequest request) {
            assertThat(task).isEqualTo(TASK);
            resumed.add(request);
            return answers.next(request);
        }
    }

    @BeforeEach
    void openSpool() {
        spool = Spool.open(spoolFolder);
        provider = new TaskProvider(spool, clock);
    }

    @ParameterizedTest
    @EnumSource(names = {"ACCEPTED", "ANSWERED"})
    void theTaskOfADeadWorkerIsResumedAndPaidOnce(Failpoint point) {
        dies(point);

        RenderCompleted event = (RenderCompleted) outcome("worker-b", "");

        assertThat(provider.answers.calls()).as("draws").hasSize(point == Failpoint.ACCEPTED ? 0 : 1);
        assertThat(provider.resumed).hasSize(1);
        assertThat(provider.resumed.getFirst().references()).isEmpty();
        assertThat(event.attempts()).extracting(Attempt::outcome).containsExactly("drawn");
        assertThat(event.attempts().getFirst().startedAt())
                .as("when it was drawn, not resumed")
                .isEqualTo(NOW);
        assertThat(slots.used()).isZero();
    }

    /** It is paid, so it is finished. */
    @Test
    void theTaskOfACanceledJobIsResumed() {
        dies(Failpoint.ACCEPTED);
        AcceptedJob job = fixture.job("", RECORD);
        fixture.cancellations().add(new Cancel(job.id().value(), RECORD, NOW.plusSeconds(60), "scheduler-1"));

        assertThat(outcome("worker-b", "")).isInstanceOf(RenderCompleted.class);

        assertThat(provider.resumed).hasSize(1);
    }

    /** As when its quota is spent, while the result would expire. */
    @Test
    void aHeldModelDoesNotDelayItsRunningTasks() {
        dies(Failpoint.ACCEPTED);
        JobRunner successor = runner("worker-b");
        fixture.limiter()
                .applyRemote(new Hold(
                        "gemini",
                        "gemini-nano-banana-2.1",
                        NOW.plus(Duration.ofHours(9)),
                        FailureCode.RATE_LIMITED,
                        "worker-c"));

        assertThat(successor.run(fixture.job("", RECORD))).isInstanceOf(JobResult.Outcome.class);

        assertThat(provider.resumed).hasSize(1);
        assertThat(clock.instant()).isBefore(NOW.plus(Duration.ofHours(1)));
    }

    @Test
    void aNewCallWaitsForAResumedTaskWhereTheProviderHasALimit() throws Exception {
        dies(Failpoint.ACCEPTED);
        fixture.quotas(oneCallOf("gemini"));
        JobRunner successor = runner("worker-b");
        var granted = new CompletableFuture<PermitResult>();
        provider.answers.then(_ -> {
            startWaiting(GEMINI, granted);
            return provider.answers.drawn(ScriptedModel.PICTURE);
        });

        assertThat(successor.run(fixture.job("", RECORD))).isInstanceOf(JobResult.Outcome.class);

        assertGranted(granted);
    }

    /** The first candidate has no tasks, and refused the job before. */
    @Test
    void aNewCallWaitsForAResumedTaskOfALaterCandidate() throws Exception {
        String fields = "'model':'nano-banana','routing':{'fallback':'unbilled'}";
        fixture.failpoints(Death.at(Failpoint.ACCEPTED));
        members.put("worker-a", MemberStatus.ACTIVE);
        var first = new ScriptedModel(spool, clock);
        Map<String, ImageProvider> providers = Map.of("gemini", first, "openai", provider);
        // Longer than a job waits for a hold.
        first.then(FailureKind.AUTH_REFUSED, Duration.ofMinutes(6));
        JobRunner dying = fixture.runner("worker-a", spool, providers, this::pass);
        assertThatThrownBy(() -> dying.run(fixture.job(fields, RECORD))).isInstanceOf(Death.class);
        members.put("worker-a", MemberStatus.EXPIRED);
        fixture.failpoints(Failpoints.NONE).quotas(oneCallOf("openai"));
        JobRunner successor = fixture.runner("worker-b", spool, providers, this::pass);
        LedgerEntry.Claimed entry = (LedgerEntry.Claimed) fixture.entry(fixture.job(fields, RECORD));
        var demand = new QuotaDemand("openai", entry.pending().model(), 1, 10);
        var granted = new CompletableFuture<PermitResult>();
        provider.answers.then(_ -> {
            startWaiting(demand, granted);
            return provider.answers.drawn(ScriptedModel.PICTURE);
        });

        assertThat(successor.run(fixture.job(fields, RECORD))).isInstanceOf(JobResult.Outcome.class);

        assertThat(provider.resumed).hasSize(1);
        assertGranted(granted);
    }

    /** Also one that this worker has begun: it goes on while nobody asks for it. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aNewCallWaitsForATaskThatIsAskedForAgainLater(boolean resumed) throws Exception {
        var granted = new CompletableFuture<PermitResult>();
        if (resumed) {
            dies(Failpoint.ACCEPTED);
        }
        fixture.quotas(oneCallOf("gemini"));
        JobRunner runner = fixture.runner("worker-b", spool, provider, wait -> {
            startWaiting(GEMINI, granted);
            return pass(wait);
        });
        members.put("worker-b", MemberStatus.ACTIVE);
        provider.answers
                .then(_ -> new StillRunning(TASK, Duration.ofSeconds(20)))
                .then(_ -> {
                    assertThat(granted).isNotDone();
                    return provider.answers.drawn(ScriptedModel.PICTURE);
                });

        assertThat(runner.run(fixture.job("", RECORD))).isInstanceOf(JobResult.Outcome.class);

        assertGranted(granted);
    }

    /** The job waits for its retry, and its provider is free. */
    @Test
    void noCallWaitsForATaskThatHasFailed() throws Exception {
        var granted = new CompletableFuture<PermitResult>();
        dies(Failpoint.ACCEPTED);
        fixture.quotas(oneCallOf("gemini"));
        JobRunner successor = fixture.runner("worker-b", spool, provider, wait -> {
            granted.complete(fixture.limiter().acquire(GEMINI, NOW, null, Instant.MAX, () -> false));
            try {
                assertGranted(granted);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
            return false;
        });
        provider.answers.then(FailureKind.PROVIDER_FAULT, null);

        assertThat(successor.run(fixture.job("", RECORD))).isInstanceOf(JobResult.Released.class);

        assertThat(granted).isDone();
    }

    private static FleetQuotas oneCallOf(String provider) {
        return new FleetQuotas(Map.of(), Map.of(provider, 1), Map.of());
    }

    /** Returns when a new call waits for its permit. */
    private void startWaiting(QuotaDemand demand, CompletableFuture<PermitResult> granted) {
        Thread.ofVirtual()
                .start(() -> granted.complete(fixture.limiter().acquire(demand, NOW, null, Instant.MAX, () -> false)));
        await().until(() ->
                granted.isDone() || fixture.limiter().states().stream().anyMatch(state -> state.waiting() == 1));
        assertThat(granted).isNotDone();
    }

    private static void assertGranted(CompletableFuture<PermitResult> granted) throws Exception {
        assertThat(granted.get(10, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        PermitResult.Granted.class, permit -> permit.permit().close());
    }

    @Test
    void aDeadlineDoesNotEndATaskThatHasStarted() {
        String deadline = "'deadline':'" + NOW.plusSeconds(4) + "'";
        dies(Failpoint.ACCEPTED, deadline);
        clock.advance(Duration.ofMinutes(5));

        assertThat(outcome("worker-b", deadline)).isInstanceOf(RenderCompleted.class);
    }

    @Test
    void aTaskThatGoesOnIsAskedForAgainAfterItsPause() {
        provider.answers
                .then(_ -> new StillRunning(TASK, Duration.ofSeconds(20)))
                .then(_ -> new StillRunning(TASK, Duration.ofSeconds(25)))
                .thenDraws(ScriptedModel.PICTURE);

        RenderCompleted event = (RenderCompleted) outcome("worker-a", "");

        assertThat(waits).containsExactly(Duration.ofSeconds(20), Duration.ofSeconds(25));
        assertThat(provider.answers.calls()).hasSize(1);
        assertThat(provider.resumed).hasSize(2);
        assertThat(event.attempts()).hasSize(1);
    }

    /** Since it was drawn, also for another worker; not after its time-out of five minutes, which the worst-case price has. */
    @ParameterizedTest
    @CsvSource({"180, 187", "32400, 300"})
    void aResumedTaskCostsTheSecondsOfItsServer(int secondsWithoutWorker, int paid) throws IOException {
        fixture.catalogue(ModelCatalogue.read(new ByteArrayInputStream("""
            version: "1"
            providers:
              - {name: gemini, type: gemini}
            models:
              - id: own
                provider: gemini
                sizes: ["1K"]
                ratios: ["1:1"]
                capabilities: []
                quality: 60
                typical-seconds: 20
                timeout: PT5M
                prices: {gpu-second: 600, source: "rent", verified: 2026-11-30}
            """.getBytes(StandardCharsets.UTF_8))));
        dies(Failpoint.ACCEPTED, "'model':'own'");
        clock.advance(Duration.ofSeconds(secondsWithoutWorker));

        RenderCompleted event = (RenderCompleted) outcome("worker-b", "'model':'own'");

        assertThat(event.cost().usdMicros()).isEqualTo(paid * 600L);
    }

    @Test
    void aTaskThatFailsIsAnAttemptAndTheNextOneAnotherDraw() {
        dies(Failpoint.ACCEPTED);
        provider.answers.then(FailureKind.PROVIDER_FAULT, null).thenDraws(ScriptedModel.PICTURE);

        RenderCompleted event = (RenderCompleted) outcome("worker-b", "");

        assertThat(event.attempts()).extracting(Attempt::outcome).containsExactly("provider_fault", "drawn");
        assertThat(provider.resumed).hasSize(1);
        assertThat(provider.answers.calls()).hasSize(1);
    }

    @Test
    void aTaskThatNeverEndsIsOfUnknownOutcomeAfterADay() {
        provider.answers.then(_ -> new StillRunning(TASK, Duration.ofHours(3)));

        RenderFailed event = (RenderFailed) outcome("worker-a", "'onUnknown':'hold'");

        assertThat(event.code()).isEqualTo(FailureCode.UNKNOWN_OUTCOME);
        assertThat(event.attempts()).hasSize(1);
        assertThat(event.cost().usdMicros()).as("may be billed").isPositive();
        assertThat(provider.answers.calls()).hasSize(1);
    }

    /** Its provider has no key here: a worker with one resumes it, and the task stays in the ledger. */
    @Test
    void aWorkerThatCannotAskLeavesTheTask() {
        dies(Failpoint.ACCEPTED);
        var atOnce = new ScriptedModel(spool, clock);
        JobRunner other = fixture.runner("worker-b", spool, atOnce, wait -> false);

        assertThat(other.run(fixture.job("", RECORD))).isInstanceOf(JobResult.Released.class);

        assertThat(atOnce.calls()).isEmpty();
        assertThat(fixture.entry(fixture.job("", RECORD)))
                .isInstanceOfSatisfying(
                        LedgerEntry.Parked.class,
                        parked -> assertThat(parked.running())
                                .isNotNull()
                                .satisfies(call -> assertThat(call.task()).isEqualTo(TASK)));
    }

    private void dies(Failpoint point) {
        dies(point, "");
    }

    private void dies(Failpoint point, String fields) {
        fixture.failpoints(Death.at(point));
        members.put("worker-a", MemberStatus.ACTIVE);
        JobRunner runner = runner("worker-a");
        assertThatThrownBy(() -> runner.run(fixture.job(fields, RECORD))).isInstanceOf(Death.class);
        members.put("worker-a", MemberStatus.EXPIRED);
        fixture.failpoints(Failpoints.NONE);
    }

    private RenderEvent outcome(String worker, String fields) {
        members.put(worker, MemberStatus.ACTIVE);
        JobResult result = runner(worker).run(fixture.job(fields, RECORD));
        assertThat(result).isInstanceOf(JobResult.Outcome.class);
        return ((JobResult.Outcome) result).event();
    }

    private JobRunner runner(String worker) {
        return fixture.runner(worker, spool, provider, this::pass);
    }

    private boolean pass(Duration wait) {
        waits.add(wait);
        clock.advance(wait);
        return true;
    }
}
