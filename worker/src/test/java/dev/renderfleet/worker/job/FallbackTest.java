package dev.renderfleet.worker.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.renderfleet.catalogue.ModelCard;
import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.job.Routing.Fallback;
import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.ledger.LedgerEntry.PendingCall;
import dev.renderfleet.worker.ledger.LedgerEntry.Stage;
import dev.renderfleet.worker.ledger.Membership.MemberStatus;
import dev.renderfleet.worker.limits.ModelState;
import dev.renderfleet.worker.limits.Slots;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFolders;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.FailureKind.Billing;
import dev.renderfleet.worker.providers.FailureKind.HoldScope;
import dev.renderfleet.worker.providers.FailureKind.Retry;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Jobs that go on with another model, after a failure or because of a hold. */
@Timeout(60)
class FallbackTest {

    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
    private static final String RECORD = "render.jobs/0/7";
    private static final String NANO = "gemini-nano-banana-2.1";
    private static final String LITE = "gemini-3.1-flash-lite-image";
    private static final String OLDER = "gemini-2.5-flash-image";
    private static final String PRO = "gemini-3-pro-image";

    @TempDir
    Path spoolFolder = Path.of("set by JUnit");

    private final SettableClock clock = new SettableClock(NOW);
    private final InMemoryObjectStore store = new InMemoryObjectStore("renderfleet", clock);
    private final Map<String, MemberStatus> members = new HashMap<>();
    private final Slots slots = new Slots(2);
    private final RunnerFixture fixture =
            new RunnerFixture(store, clock, slots).membership(name -> members.getOrDefault(name, MemberStatus.UNKNOWN));
    private final List<Duration> waits = Collections.synchronizedList(new ArrayList<>());
    private int releasedAfter = Integer.MAX_VALUE;
    private Spool spool = Spool.open(Path.of(System.getProperty("java.io.tmpdir"), "renderfleet-test"));
    private ScriptedModel model = new ScriptedModel(spool, clock);

    @BeforeEach
    void openSpool() {
        spool = Spool.open(spoolFolder);
        model = new ScriptedModel(spool, clock);
    }

    @AfterEach
    void spoolIsEmptyAndAllSlotsAreFree() {
        assertThat(SpoolFolders.files(spoolFolder)).isEmpty();
        assertThat(slots.used()).isZero();
    }

    @Test
    void theEventSaysWhatWasAskedForWhatDrewItAndWhy() {
        model.then(FailureKind.MODEL_GONE, null).thenDraws(ScriptedModel.PICTURE);

        var event = (RenderCompleted) outcome("'model':'nano-banana','routing':{'fallback':'unbilled'}");

        assertThat(event.model().requested()).isEqualTo("nano-banana");
        assertThat(event.model().used()).isEqualTo(LITE);
        assertThat(event.model().reason()).isEqualTo("best by cost of 4 models that fit; fallback from " + NANO);
        assertThat(event.attempts()).extracting(Attempt::model).containsExactly(NANO, LITE);
        assertThat(event.attempts()).extracting(Attempt::outcome).containsExactly("model_gone", "drawn");
        assertThat(waits).as("another model need not be waited for").allMatch(Duration::isZero);
    }

    /** Each kind, so that a new one is decided on. */
    @ParameterizedTest
    @EnumSource
    void onlyAFailureKnownToBeUnbilledLeadsToAnotherModelUnlessAnyMay(FailureKind kind) {
        for (Fallback fallback : Fallback.values()) {
            model = new ScriptedModel(spool, clock);
            // Longer than the hold of an account.
            model.then(kind, Duration.ofMinutes(6)).then(FailureKind.REQUEST_INVALID, null);
            JobRunner runner = runner("worker-a", Map.of("gemini", model, "openai", model));

            outcome(
                    runner,
                    "'model':'nano-banana','idempotencyKey':'" + fallback + "','routing':{'fallback':'"
                            + fallback.wireName() + "'}");

            boolean moves = switch (fallback) {
                case NONE -> false;
                // In the ledger a refused request may be one that continued a session, which may have been billed.
                case UNBILLED -> kind.billing() == Billing.FREE && kind != FailureKind.REQUEST_REFUSED;
                case ANY -> true;
            };
            boolean ends = !moves && (kind.retry() == Retry.NEVER || kind == FailureKind.OUTPUT_REFUSED_REROLLABLE);
            List<String> first = called().stream().limit(2).toList();
            assertThat(first).as("%s, %s", kind, fallback).hasSize(ends ? 1 : 2).startsWith(NANO);
            if (!ends) {
                assertThat(first.getLast().equals(NANO))
                        .as("%s, %s", kind, fallback)
                        .isNotEqualTo(moves);
            }
            if (moves && kind.holdClass().scope() == HoldScope.PROVIDER) {
                assertThat(first.getLast()).as("of a provider that is not held").startsWith("gpt-");
            }
        }
    }

    @Test
    void eachCandidateIsTriedOnceAndNoneThatLacksARequirement() {
        model.then(FailureKind.MODEL_GONE, null);

        var event = (RenderFailed) outcome("'routing':{'fallback':'unbilled'},'output':{'size':'4K'}");

        assertThat(called()).containsExactly(NANO, PRO);
        assertThat(event.code()).isEqualTo(FailureCode.MODEL_GONE);
    }

    /** Each would refuse a prompt that no model draws. */
    @Test
    void aJobFailsWithTheFourthModel() {
        model.then(FailureKind.REQUEST_INVALID, null);
        JobRunner runner = runner("worker-a", Map.of("gemini", model, "openai", model));

        outcome(runner, "'routing':{'fallback':'any'}");

        assertThat(called()).hasSize(RoutePlanner.FAILED_MODELS_MAX).doesNotHaveDuplicates();
    }

    @Test
    void modelsThatRefuseForNowAreWaitedForOnceAllWereTried() {
        for (int i = 0; i < 6; i++) {
            model.then(FailureKind.OVERLOADED, null);
        }
        model.thenDraws(ScriptedModel.PICTURE);

        var event = (RenderCompleted) outcome("'routing':{'fallback':'unbilled'}");

        assertThat(called()).hasSize(7).startsWith(LITE, OLDER, NANO, PRO).endsWith(LITE, LITE);
        assertThat(event.cost().usdMicros())
                .isEqualTo(event.attempts().getLast().usdMicros());
    }

    /** The price of the second call was not reserved, but the budget is kept. */
    @Test
    void whatWasCalledCountsAgainstTheBudgetOfTheNextModel() {
        long lite = worst(LITE);
        model.then(FailureKind.UNKNOWN_OUTCOME, null).thenDraws(ScriptedModel.PICTURE);
        String job = "'routing':{'fallback':'any'},'budget':{'maxUsdMicros':";

        var enough = (RenderCompleted) outcome("'idempotencyKey':'a'," + job + (lite + worst(OLDER)) + "}");
        assertThat(enough.attempts()).extracting(Attempt::model).containsExactly(LITE, OLDER);
        assertThat(enough.cost().usdMicros()).isLessThanOrEqualTo(lite + worst(OLDER));

        model = new ScriptedModel(spool, clock);
        model.then(FailureKind.UNKNOWN_OUTCOME, null).thenDraws(ScriptedModel.PICTURE);
        long tooLittle = lite + Math.min(lite, worst(OLDER)) - 1;
        var failed = (RenderFailed) outcome("'idempotencyKey':'b'," + job + tooLittle + "}");
        assertThat(called()).containsExactly(LITE);
        assertThat(failed.code()).isEqualTo(FailureCode.UNKNOWN_OUTCOME);
    }

    @Test
    void aModelThatItsProviderHasSwitchedOffIsRejectedByNameAndElsePassedOver() {
        fixture.shutdowns(Map.of(NANO, LocalDate.of(2026, 11, 30), LITE, LocalDate.of(2026, 12, 1)));
        model.thenDraws(ScriptedModel.PICTURE);

        var rejected = (RenderRejected) outcome("'model':'nano-banana','routing':{'fallback':'any'}");
        var drawn = (RenderCompleted) outcome("'idempotencyKey':'other','routing':{'fallback':'none'}");

        assertThat(rejected.code()).isEqualTo(FailureCode.RETIRED_MODEL);
        assertThat(rejected.message()).contains("switched off by its provider on 2026-11-30");
        assertThat(drawn.model().used()).isEqualTo(LITE);
    }

    @Test
    void aNamedModelAboveTheBudgetIsRejectedThoughAnotherWouldFit() {
        var event = (RenderRejected) outcome("'model':'nano-banana-pro','routing':{'fallback':'any'},'budget':"
                + "{'maxUsdMicros':" + worst(LITE) + "}");

        assertThat(event.code()).isEqualTo(FailureCode.BUDGET_EXCEEDED);
        assertThat(event.field()).isEqualTo("budget.maxUsdMicros");
        assertThat(called()).isEmpty();
    }

    @Test
    void paidFailuresAreBoundedOverAllModels() {
        model.then(FailureKind.INPUT_REFUSED, null);

        var event = (RenderFailed) outcome("'routing':{'fallback':'any'}");

        assertThat(called()).containsExactly(LITE, OLDER, NANO, PRO);
        assertThat(event.code()).isEqualTo(FailureCode.INPUT_REFUSED);

        model = new ScriptedModel(spool, clock);
        model.then(FailureKind.UNKNOWN_OUTCOME, null);
        outcome("'idempotencyKey':'unknown','routing':{'fallback':'any'}");
        assertThat(called()).as("two of unknown outcome").containsExactly(LITE, OLDER);

        model = new ScriptedModel(spool, clock);
        model.then(FailureKind.UNKNOWN_OUTCOME, null);
        outcome("'idempotencyKey':'hold','onUnknown':'hold','routing':{'fallback':'any'}");
        assertThat(called()).containsExactly(LITE);
    }

    /** What one model drew is completed by it. */
    @Test
    void aJobWithImagesStaysWithItsModel() {
        model.thenDraws(ScriptedModel.PICTURE).then(FailureKind.MODEL_GONE, null);

        var event = (RenderCompleted) outcome("'routing':{'fallback':'any'},'output':{'count':2}");

        assertThat(called()).containsOnly(LITE);
        assertThat(event.images()).hasSize(1);
    }

    /** The next worker knows from the ledger what was tried. */
    @Test
    void anotherWorkerGoesOnWithTheNextModel() {
        model.then(FailureKind.MODEL_GONE, null)
                .then(FailureKind.OVERLOADED, null)
                .thenDraws(ScriptedModel.PICTURE);
        String job = "'routing':{'fallback':'unbilled'}";
        releasedAfter = 0;
        assertThat(runner("worker-a").run(fixture.job(job, RECORD))).isInstanceOf(JobResult.Released.class);
        releasedAfter = 2;
        assertThat(runner("worker-b").run(fixture.job(job, RECORD))).isInstanceOf(JobResult.Released.class);
        releasedAfter = Integer.MAX_VALUE;

        var event = (RenderCompleted) outcome(job);

        assertThat(called()).containsExactly(LITE, OLDER, NANO);
        assertThat(event.attempts()).extracting(Attempt::model).containsExactly(LITE, OLDER, NANO);
    }

    @ParameterizedTest
    @CsvSource({"none, " + LITE, "unbilled, " + LITE, "any, " + OLDER})
    void theCallOfADeadWorkerMayHaveBeenBilled(String fallback, String next) {
        AcceptedJob job = fixture.job("'routing':{'fallback':'" + fallback + "'}", RECORD);
        var sent = new PendingCall(LITE, Stage.SENT, clock.instant(), worst(LITE));
        fixture.ledger("worker-a").claim(job.id(), job.fingerprint(), job.submission(), Duration.ofMinutes(7), sent);
        members.put("worker-a", MemberStatus.EXPIRED);

        var event = (RenderCompleted) outcome("'routing':{'fallback':'" + fallback + "'}");

        assertThat(called()).containsExactly(next);
        assertThat(event.attempts()).extracting(Attempt::outcome).containsExactly("unknown_outcome", "drawn");
    }

    /** Without fallback too: no model has failed the job. */
    @Test
    void aJobThatLeavesTheChoiceIsNotRoutedToAHeldModel() {
        JobRunner runner = runner("worker-a");
        hold(LITE, Duration.ofHours(9));

        var event = (RenderCompleted) outcome(runner, "'routing':{'fallback':'none'}");

        assertThat(event.model().used()).isEqualTo(OLDER);
        assertThat(event.model().reason()).isEqualTo("best by cost of 4 models that fit, 1 of them on hold");
    }

    @Test
    void aJobThatWaitsForAModelGoesOnWithAnotherOnceItIsHeldForLong() throws Exception {
        JobRunner runner = runner("worker-a");
        hold(LITE, Duration.ofSeconds(10));
        hold(OLDER, Duration.ofSeconds(1));
        var event = new CompletableFuture<RenderEvent>();
        Thread thread =
                Thread.startVirtualThread(() -> event.complete(outcome(runner, "'routing':{'preference':'cost'}")));
        Awaitility.await().until(() -> waiting(LITE) == 1);

        hold(LITE, Duration.ofHours(9));
        Awaitility.await().until(() -> waiting(OLDER) == 1);
        clock.advance(Duration.ofSeconds(20));

        assertThat(((RenderCompleted) event.join()).model().used()).isEqualTo(OLDER);
        thread.join();
    }

    /** It is the first that is free again. */
    @Test
    void whereAllModelsAreHeldTheJobWaitsForTheFirstThatIsFree() throws Exception {
        JobRunner runner = runner("worker-a");
        hold(LITE, Duration.ofHours(9));
        hold(OLDER, Duration.ofHours(5));
        hold(NANO, Duration.ofHours(2));
        hold(PRO, Duration.ofHours(7));
        Thread thread =
                Thread.startVirtualThread(() -> runner.run(fixture.job("'routing':{'fallback':'unbilled'}", RECORD)));

        Awaitility.await().until(() -> waiting(NANO) == 1);
        thread.interrupt();
        thread.join();
    }

    private int waiting(String id) {
        return fixture.limiter().states().stream()
                .filter(state -> state.model().equals(id))
                .mapToInt(ModelState::waiting)
                .sum();
    }

    private void hold(String id, Duration length) {
        fixture.limiter()
                .applyRemote(new Hold(
                        "gemini", id, clock.instant().plus(length), FailureCode.RATE_LIMITED, "another worker"));
    }

    private long worst(String id) {
        ModelCard card = Objects.requireNonNull(RunnerFixture.CATALOGUE.find(id));
        return card.worstUsdMicros(fixture.job("", RECORD).job());
    }

    private List<String> called() {
        return model.calls().stream().map(call -> call.request().model()).collect(Collectors.toList());
    }

    private RenderEvent outcome(String fields) {
        return outcome(runner("worker-z"), fields);
    }

    private RenderEvent outcome(JobRunner runner, String fields) {
        JobResult result = runner.run(fixture.job(fields, RECORD));
        return result instanceof JobResult.Outcome(var event, var _) ? event : fail("no outcome: " + result);
    }

    private JobRunner runner(String owner) {
        return runner(owner, Map.of("gemini", model));
    }

    private JobRunner runner(String owner, Map<String, ImageProvider> models) {
        return fixture.runner(owner, spool, models, wait -> {
            waits.add(wait);
            clock.advance(wait);
            return waits.size() <= releasedAfter;
        });
    }
}
