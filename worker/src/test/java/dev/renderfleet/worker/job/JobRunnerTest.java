package dev.renderfleet.worker.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Latency;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.identity.Sha256;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.ledger.Claim;
import dev.renderfleet.worker.ledger.ClaimResult;
import dev.renderfleet.worker.ledger.Ledger;
import dev.renderfleet.worker.ledger.LedgerEntry;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.ledger.LedgerEntry.PendingCall;
import dev.renderfleet.worker.ledger.LedgerEntry.Stage;
import dev.renderfleet.worker.ledger.Membership;
import dev.renderfleet.worker.ledger.Membership.MemberStatus;
import dev.renderfleet.worker.ledger.UpdateResult;
import dev.renderfleet.worker.limits.ModelState;
import dev.renderfleet.worker.limits.Slots;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFolders;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import dev.renderfleet.worker.storage.Pause;
import java.awt.Color;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs jobs with real parts except for model, storage and time. */
@Timeout(60)
class JobRunnerTest {

    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final Duration LEASE = Duration.ofMinutes(9);
    private static final ModelCatalogue CATALOGUE = RunnerFixture.CATALOGUE;
    private static final String RECORD = "render.jobs/0/7";
    private static final String LATER_RECORD = "render.jobs/0/8";

    // nano-banana at 1K: 33,600 the picture, 1.5 an input token, 7.5 a thought token or other text.
    private static final long DRAWN = 33_600 + 10 * 15 / 10 + 100 * 75 / 10;
    private static final long NOT_DRAWN = 10 * 15 / 10 + (1_290 + 100) * 75 / 10;
    /** The picture, ten characters of prompt, 8,192 tokens of thoughts. */
    private static final long WORST = 33_600 + 10 * 15 / 10 + 8_192 * 75 / 10;

    @TempDir
    Path spoolFolder = Path.of("set by JUnit");

    private final SettableClock clock = new SettableClock(NOW);
    private final InMemoryObjectStore store = new InMemoryObjectStore("renderfleet", clock);
    private final Map<String, MemberStatus> members = new HashMap<>();
    private final Membership membership = name -> members.getOrDefault(name, MemberStatus.UNKNOWN);
    private final Slots slots = new Slots(2);
    private final List<Attempt> watched = Collections.synchronizedList(new ArrayList<>());
    /** Pauses of the runner and of storage retries; each advances the clock. */
    private final Waits waits = new Waits();

    private final Waits storeWaits = new Waits();
    /** Runs after each attempt, before the ledger is updated. */
    private Runnable beforeTheLedgerMoves = () -> {};

    private final RunnerFixture fixture = new RunnerFixture(store, clock, slots)
            .membership(membership)
            .storePause(storeWaits)
            .watch((attempt, _) -> {
                watched.add(attempt);
                beforeTheLedgerMoves.run();
            });
    private Spool spool = Spool.open(Path.of(System.getProperty("java.io.tmpdir"), "renderfleet-test"));
    private ScriptedModel model = new ScriptedModel(spool, clock);
    private JobRunner runner = runner("worker-a", waits);

    private final class Waits implements Pause {
        private final List<Duration> waited = Collections.synchronizedList(new ArrayList<>());
        private Runnable during = () -> {};
        private int leavesAfter = Integer.MAX_VALUE;

        @Override
        public boolean pause(Duration wait) {
            waited.add(wait);
            during.run();
            clock.advance(wait);
            return waited.size() <= leavesAfter;
        }
    }

    @BeforeEach
    void openSpool() {
        spool = Spool.open(spoolFolder);
        model = new ScriptedModel(spool, clock);
        runner = runner("worker-a", waits);
    }

    @AfterEach
    void spoolIsEmptyAndAllSlotsAreFree() {
        assertThat(SpoolFolders.files(spoolFolder)).isEmpty();
        assertThat(slots.used()).isZero();
    }

    @Test
    void aJobYieldsPictureCostAndLatency() {
        AcceptedJob job = job("");
        clock.advance(Duration.ofSeconds(3));

        RenderCompleted event = completed(job);

        String sha256 = Sha256.hex(ScriptedModel.PICTURE);
        assertThat(event.images()).singleElement().satisfies(image -> {
            assertThat(image.bucket()).isEqualTo("renderfleet");
            assertThat(image.key()).isEqualTo("assets/acme/" + job.id() + "/" + sha256 + ".png");
            assertThat(image.sha256()).isEqualTo(sha256);
            assertThat(image.bytes()).isEqualTo(ScriptedModel.PICTURE.length);
            assertThat(image.width()).isEqualTo(1024);
            assertThat(store.bytes(image.key())).isEqualTo(ScriptedModel.PICTURE);
        });
        assertThat(event.cost().usdMicros()).isEqualTo(DRAWN);
        assertThat(event.cost().priceTable()).isEqualTo(CATALOGUE.version());
        assertThat(event.usage()).isEqualTo(ScriptedModel.USAGE);
        assertThat(event.attempts()).singleElement().satisfies(attempt -> {
            assertThat(attempt.number()).isEqualTo(1);
            assertThat(attempt.outcome()).isEqualTo("drawn");
            assertThat(attempt.model()).isEqualTo("gemini-nano-banana-2.1");
            assertThat(attempt.durationMillis()).isEqualTo(ScriptedModel.CALL.toMillis());
            assertThat(attempt.requestId()).isEqualTo("answer-1");
            assertThat(attempt.usdMicros()).isEqualTo(DRAWN);
        });
        assertThat(event.model().requested()).isEqualTo("nano-banana");
        assertThat(event.provenance().modelVersion()).isEqualTo("nano-banana-2.1-001");
        // Published 2 s before it was taken, 3 s until it was called, 7 s at the model.
        assertThat(event.latency()).isEqualTo(new Latency(2_000, 3_000, 7_000, 0, 12_000));
        assertThat(event.replay()).isFalse();
        assertThat(watched).isEqualTo(event.attempts());
        assertThat(entry(job)).isInstanceOfSatisfying(LedgerEntry.Rendered.class, rendered -> {
            assertThat(rendered.outcome()).isEqualTo(event);
            assertThat(rendered.record()).isEqualTo(RECORD);
        });
    }

    @Test
    void theRequestCarriesTheJobsFields() {
        completed(job("'seed':5,'thinking':'high','labels':{'locale':'de-DE'},'output':{'aspectRatio':'1:1'}"));

        var request = model.calls().getFirst().request();
        assertThat(request.model()).isEqualTo("gemini-nano-banana-2.1");
        assertThat(request.prompt()).isEqualTo("A red vase");
        assertThat(request.output().aspectRatio()).isEqualTo("1:1");
        assertThat(request.seed()).isEqualTo(5L);
        assertThat(request.locale()).isEqualTo("de-DE");
        assertThat(request.timeout()).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void aDuplicateIsReplayedWithoutACall() {
        RenderCompleted first = completed(job(""));

        RenderCompleted again = completed(job("", LATER_RECORD));
        RenderCompleted redelivered = completed(job(""));

        assertThat(again.replay()).isTrue();
        assertThat(again.images()).isEqualTo(first.images());
        assertThat(again.cost()).isEqualTo(first.cost());
        assertThat(redelivered).isEqualTo(first);
        assertThat(model.calls()).hasSize(1);
    }

    @Test
    void anotherJobUnderTheSameKeyIsAConflictWithoutACall() {
        completed(job(""));

        assertThat(rejected(job("'seed':1", LATER_RECORD)).code()).isEqualTo(FailureCode.IDEMPOTENCY_CONFLICT);
        assertThat(model.calls()).hasSize(1);
    }

    /** Free refusals have a Retry-After of six hours, so the bound of a day is reached after five calls. */
    @ParameterizedTest
    @CsvSource({
        "INPUT_REFUSED,             1, INPUT_REFUSED,    once",
        "OUTPUT_REFUSED,            1, OUTPUT_REFUSED,   once",
        "OUTPUT_REFUSED_REROLLABLE, 1, OUTPUT_REFUSED,   text",
        "NO_IMAGE,                  2, NO_IMAGE,         text",
        "REQUEST_INVALID,           1, REQUEST_INVALID,  once",
        "REQUEST_REFUSED,           2, REQUEST_INVALID,  free",
        "STOPPED,                   1, NO_IMAGE,         once",
        "ACCOUNT_LIMITED,           1, PROVIDER_AUTH,    once",
        "MODEL_GONE,                2, MODEL_GONE,       free",
        "RATE_LIMITED,              5, RATE_LIMITED,     free",
        "DAY_QUOTA_SPENT,           5, RATE_LIMITED,     free",
        "OVERLOADED,                5, OVERLOADED,       free",
        "NOT_SENT,                  5, PROVIDER_UNREACHABLE, free",
        "PROVIDER_FAULT,            5, PROVIDER_FAULT,   text",
        "UNKNOWN_OUTCOME,           2, UNKNOWN_OUTCOME,  worst",
        "RESULT_INVALID,            2, RESULT_INVALID,   picture",
        "RESULT_EXPIRED,            2, RESULT_INVALID,   picture"
    })
    void eachKindOfLastingFailureFailsTheJobAfterItsBoundAtItsCost(
            FailureKind kind, int calls, FailureCode code, String price) {
        AcceptedJob job = job("");
        model.then(kind, Duration.ofHours(6));

        RenderFailed event = failed(job);

        assertThat(event.code()).isEqualTo(code);
        assertThat(event.retryable()).isEqualTo(code.retryable());
        assertThat(event.message()).isNotBlank();
        assertThat(event.providerReason()).isEqualTo("SCRIPTED: as told");
        assertThat(model.calls()).hasSize(calls);
        assertThat(event.attempts())
                .hasSize(calls)
                .allSatisfy(attempt -> assertThat(attempt.outcome()).isEqualTo(code.wireName()))
                .extracting(Attempt::number)
                .containsExactlyElementsOf(
                        java.util.stream.IntStream.rangeClosed(1, calls).boxed().toList());
        assertThat(event.cost().usdMicros())
                .isEqualTo(calls
                        * switch (price) {
                            case "free" -> 0;
                            case "once", "text" -> NOT_DRAWN;
                            case "worst" -> WORST;
                            case "picture" -> DRAWN;
                            default -> throw new IllegalArgumentException(price);
                        });
        assertThat(entry(job)).isInstanceOfSatisfying(LedgerEntry.Failed.class, ended -> {
            assertThat(ended.outcome()).isEqualTo(event);
            assertThat(ended.history().usdMicros()).isEqualTo(event.cost().usdMicros());
        });
        assertThat(store.keys("assets/")).isEmpty();
        assertThat(watched).isEqualTo(event.attempts());
    }

    /** Retried every six hours here; the fifth call would be after the bound of a day. */
    @ParameterizedTest
    @CsvSource({"AUTH_REFUSED,    PROVIDER_AUTH", "BILLING_REFUSED, PROVIDER_BILLING", "NO_QUOTA,        RATE_LIMITED"})
    void anAccountThatIsRefusedForADayFailsTheJobWithoutCost(FailureKind kind, FailureCode code) {
        AcceptedJob job = job("");
        AcceptedJob never = job("'idempotencyKey':'other'");
        model.then(kind, Duration.ofHours(6));

        RenderFailed event = failed(job);

        assertThat(event.code()).isEqualTo(code);
        assertThat(event.retryable()).isTrue();
        assertThat(event.attempts())
                .hasSize(4)
                .allSatisfy(attempt -> assertThat(attempt.outcome()).isEqualTo(code.wireName()));
        assertThat(event.cost().usdMicros()).isZero();

        // One that has waited as long fails without a call, and without a trace in the ledger: it may be published
        // again.
        assertThat(failed(never).code()).isEqualTo(code);
        assertThat(model.calls()).hasSize(4);
        assertThat(store.bytes(RunnerFixture.key(never))).isNull();
    }

    /** Its answer was billed: the job is not tried again, and no other of the provider is called. */
    @Test
    void anAccountThatIsLimitedFailsOneJobAndHoldsTheProvider() {
        model.then(FailureKind.ACCOUNT_LIMITED, null);

        assertThat(failed(job("")).code()).isEqualTo(FailureCode.PROVIDER_AUTH);

        assertThat(model.calls()).hasSize(1);
        assertThat(fixture.limiter().providers())
                .singleElement()
                .satisfies(provider -> assertThat(provider.refusedSince()).isNotNull());
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "AUTH_REFUSED",
                "BILLING_REFUSED",
                "NO_QUOTA",
                "NO_IMAGE",
                "REQUEST_REFUSED",
                "MODEL_GONE",
                "RATE_LIMITED",
                "DAY_QUOTA_SPENT",
                "OVERLOADED",
                "NOT_SENT",
                "PROVIDER_FAULT",
                "UNKNOWN_OUTCOME",
                "RESULT_INVALID"
            })
    void aTransientFailureYieldsThePictureAndRecordsBothCalls(FailureKind kind) {
        // Longer than the hold of an account.
        model.then(kind, Duration.ofMinutes(6)).thenDraws(ScriptedModel.PICTURE);

        RenderCompleted event = completed(job(""));

        assertThat(event.attempts())
                .extracting(Attempt::outcome)
                .containsExactly(kind.code().wireName(), "drawn");
        assertThat(event.usage()).isEqualTo(ScriptedModel.USAGE.plus(ScriptedModel.USAGE));
        assertThat(event.cost().usdMicros())
                .isEqualTo(event.attempts().getFirst().usdMicros() + DRAWN);
        assertThat(addsUp(event.latency())).isTrue();
        assertThat(event.latency().model())
                .isEqualTo(ScriptedModel.CALL.multipliedBy(2).toMillis());
        assertThat(event.latency().waited())
                .isEqualTo(waits.waited.stream()
                        .reduce(Duration.ZERO, Duration::plus)
                        .toMillis());
    }

    @Test
    void waitsForTheRetryAfterWithoutASlot() {
        Duration asked = Duration.ofSeconds(37);
        List<Integer> slotsWhileWaiting = new ArrayList<>();
        waits.during = () -> slotsWhileWaiting.add(slots.used());
        model.then(FailureKind.RATE_LIMITED, asked)
                .then(FailureKind.DAY_QUOTA_SPENT, Duration.ofHours(3))
                .thenDraws(ScriptedModel.PICTURE);

        RenderCompleted event = completed(job(""));

        assertThat(waits.waited.get(0).plus(waits.waited.get(1))).isBetween(asked, asked.plusSeconds(5));
        Duration all = asked.plusHours(3);
        assertThat(waits.waited.stream().reduce(Duration.ZERO, Duration::plus)).isBetween(all, all.plusMinutes(20));
        assertThat(slotsWhileWaiting).containsOnly(0);
        assertThat(event.cost().usdMicros()).isEqualTo(DRAWN);
    }

    /** It does not occupy the window for the provider's Retry-After of a day. */
    @Test
    void aLongWaitEndsSoonAfterAReassignment() {
        var reassigned = new AtomicBoolean();
        AcceptedJob job = job("");
        var taken = new AcceptedJob(job.job(), job.id(), job.fingerprint(), job.submission(), reassigned::get);
        model.then(FailureKind.DAY_QUOTA_SPENT, Duration.ofHours(3));
        waits.during = () -> reassigned.set(waits.waited.size() == 2);

        assertThat(runner.run(taken)).isInstanceOf(JobResult.Released.class);
        assertThat(waits.waited).hasSize(2);
    }

    @Test
    void anUnknownFieldAtTheTopIsRemarked() {
        model.thenDraws(ScriptedModel.PICTURE);

        assertThat(completed(job("'refrences':[],'zoom':2"))
                        .attempts()
                        .getLast()
                        .detail())
                .contains("unknown fields of the job had no effect: refrences, zoom");
    }

    /** Otherwise the image would be paid and not be what was ordered. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "'callback':'https://hooks.example.com/x'",
                "'routing':{'fallback':'any'}",
                "'output':{'sise':'4K'}",
                "'references':[{'uri':'s3://acme-input/a.png','role':'style','weight':1}]"
            })
    void whatAWorkerCannotDoIsRejectedBeforeACall(String fields) {
        RenderRejected event = rejected(job(fields));

        assertThat(event.code()).isEqualTo(FailureCode.UNSUPPORTED);
        assertThat(event.field()).isNotBlank();
        assertThat(event.message()).contains("leave ");
        assertThat(model.calls()).isEmpty();
    }

    /** Other workers can render some of its jobs, and get them with its partitions. */
    @Test
    void aWorkerThatLacksAProviderOfTheFleetRejectsNothing() {
        fixture.lacksProvider(() -> true);
        runner = runner("worker-a", waits);
        waits.leavesAfter = 2;

        assertThat(runner.run(job("'model':'proof'"))).isInstanceOf(JobResult.Released.class);
        assertThat(waits.waited).hasSize(3);
        assertThat(store.keys("")).isEmpty();
    }

    /** It may be alone: no other worker would ever end the job. */
    @Test
    void aWorkerThatLacksAProviderRejectsWhatNoProviderCouldRender() {
        fixture.lacksProvider(() -> true);
        runner = runner("worker-a", waits);
        waits.leavesAfter = 2;

        assertThat(rejected(job("'model':'no-such-model'")).code()).isEqualTo(FailureCode.UNKNOWN_MODEL);
        assertThat(rejected(job("'callback':'https://hooks.example.com/x'")).code())
                .isEqualTo(FailureCode.UNSUPPORTED);
    }

    @Test
    void aJobThatWaitsForAWorkerWithItsProviderIsRejectedAtItsDeadline() {
        fixture.lacksProvider(() -> true);
        runner = runner("worker-a", waits);
        waits.leavesAfter = 100;

        var event =
                rejected(job("'model':'proof','deadline':'" + clock.instant().plusSeconds(5) + "'"));

        assertThat(event.code()).isEqualTo(FailureCode.DEADLINE_PASSED);
    }

    @Test
    void aBudgetStopsAReRollThatCouldExceedIt() {
        model.then(FailureKind.UNKNOWN_OUTCOME, null).thenDraws(ScriptedModel.PICTURE);

        RenderFailed event = failed(job("'budget':{'maxUsdMicros':" + (2 * WORST - 1) + "}"));

        assertThat(event.code()).isEqualTo(FailureCode.UNKNOWN_OUTCOME);
        assertThat(event.cost().usdMicros()).isEqualTo(WORST);
        assertThat(model.calls()).hasSize(1);
    }

    /** The provider bills the picture that it did not send: 113,400 at 4K, and 12 tokens of input. */
    @Test
    void imageTokensOfAnAnswerWithoutAPictureCostAPictureAndTheBudgetForbidsAReRoll() {
        var usage = new Usage(12, 2_520, 0, 2_532, 2_520L);
        model.then(_ -> new NotDrawn(FailureKind.NO_IMAGE, "IMAGE_OTHER", null, null, usage, "answer-1"));

        RenderFailed event = failed(job("'output':{'size':'4K'},'budget':{'maxUsdMicros':215000}"));

        assertThat(model.calls()).hasSize(1);
        assertThat(event.code()).isEqualTo(FailureCode.NO_IMAGE);
        assertThat(event.cost().usdMicros()).isEqualTo(113_400 + 18);
        assertThat(event.usage()).isEqualTo(usage);
    }

    @Test
    void twoPicturesInOneAnswerCostTwice() {
        var usage = new Usage(10, 2_240, 0, 2_250);
        model.then(_ -> {
            Drawn two = model.drawn(ScriptedModel.PICTURE, ScriptedModel.PICTURE);
            return new Drawn(two.pictures(), usage, two.modelVersion(), two.responseId());
        });

        assertThat(completed(job("")).cost().usdMicros()).isEqualTo(67_200 + 15);
    }

    /** A part of the bill must not be missing from the cost. */
    @Test
    void anAnswerWithoutUsageCostsTheWorstCasePriceAtLeast() {
        model.then(_ -> {
                    Drawn one = model.drawn(ScriptedModel.TRUNCATED);
                    return new Drawn(one.pictures(), Usage.NONE, null, null);
                })
                .then(_ -> {
                    Drawn one = model.drawn(ScriptedModel.PICTURE);
                    return new Drawn(one.pictures(), Usage.NONE, null, null);
                });

        assertThat(completed(job("")).attempts()).extracting(Attempt::usdMicros).containsExactly(WORST, WORST);
    }

    @Test
    void anAnswerThatCannotBeReadCostsTheWorstCasePrice() {
        model.then(_ -> new NotDrawn(FailureKind.RESULT_INVALID, "NOT_AN_ANSWER", null, null, Usage.NONE, null));

        assertThat(failed(job("")).cost().usdMicros()).isEqualTo(2 * WORST);
    }

    @Test
    void anAnswerWithoutAPictureIsPricedAsTheModelThatGaveIt() {
        var usage = new Usage(12, 1_120, 0, 1_132, 1_120L);
        model.then(_ -> new NotDrawn(
                FailureKind.OUTPUT_REFUSED, "SAFETY", null, null, usage, "answer-1", null, "gemini-3-pro-image-001"));

        assertThat(failed(job("")).cost().usdMicros()).isBetween(134_000L, 139_000L);
    }

    @Test
    void theCostThatAProviderStatesHoldsForAnInvalidPictureToo() {
        model.then(_ -> {
            Drawn one = model.drawn(ScriptedModel.TRUNCATED);
            return new Drawn(one.pictures(), Usage.NONE, null, null, 7L);
        });

        assertThat(failed(job("")).cost().usdMicros()).isEqualTo(2 * 7);
    }

    @Test
    void aBudgetThatSufficesForTheReRollAllowsIt() {
        model.then(FailureKind.UNKNOWN_OUTCOME, null).thenDraws(ScriptedModel.PICTURE);

        RenderCompleted event = completed(job("'budget':{'maxUsdMicros':" + 2 * WORST + "}"));

        assertThat(event.cost().usdMicros()).isEqualTo(WORST + DRAWN);
    }

    @Test
    void aBudgetBelowTheWorstCasePriceRejectsWithoutACallOrAnEntry() {
        RenderRejected event = rejected(job("'budget':{'maxUsdMicros':" + (WORST - 1) + "}"));

        assertThat(event.code()).isEqualTo(FailureCode.BUDGET_EXCEEDED);
        assertThat(model.calls()).isEmpty();
        assertThat(store.keys("")).isEmpty();
    }

    @Test
    void aBudgetIncludesTheCallsOfAFormerOwner() {
        AcceptedJob job = job("'budget':{'maxUsdMicros':" + (2 * WORST - 1) + "}");
        claimedByAnother(job);
        clock.advance(LEASE.plusSeconds(1));

        RenderFailed event = failed(job);

        assertThat(model.calls()).isEmpty();
        assertThat(event.code()).isEqualTo(FailureCode.BUDGET_EXCEEDED);
        assertThat(event.cost().usdMicros()).isEqualTo(WORST);
    }

    @Test
    void aJobThatCrashesItsWorkersHasABoundOfCalls() {
        AcceptedJob job = job("");
        claim(ledger("worker-b"), job);
        clock.advance(LEASE.plusSeconds(1));
        claim(ledger("worker-c"), job);
        clock.advance(LEASE.plusSeconds(1));

        RenderFailed event = failed(job);

        assertThat(model.calls()).isEmpty();
        assertThat(event.code()).isEqualTo(FailureCode.UNKNOWN_OUTCOME);
        assertThat(event.attempts()).hasSize(2);
        assertThat(event.cost().usdMicros()).isEqualTo(2 * WORST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"wrong ratio", "truncated", "not a picture"})
    void invalidPicturesAreRetriedOnceAndNeverStored(String fault) {
        AcceptedJob job = job("'output':{'aspectRatio':'" + (fault.equals("wrong ratio") ? "16:9" : "1:1") + "'}");
        model.thenDraws(invalid(fault));

        RenderFailed event = failed(job);

        assertThat(event.code()).isEqualTo(FailureCode.RESULT_INVALID);
        assertThat(event.attempts()).hasSize(2);
        assertThat(event.cost().usdMicros()).isEqualTo(2 * DRAWN);
        assertThat(store.keys("assets/")).isEmpty();
        assertThat(entry(job)).isInstanceOf(LedgerEntry.Failed.class);
        String key = quarantineKey(job, invalid(fault));
        assertThat(event.attempts())
                .allSatisfy(attempt -> assertThat(attempt.quarantined()).containsExactly(key));
        assertThat(store.bytes(key)).as("byte for byte").isEqualTo(invalid(fault));
    }

    private static String quarantineKey(AcceptedJob job, byte[] picture) {
        String extension = new String(picture, StandardCharsets.ISO_8859_1).startsWith("\u0089PNG") ? ".png" : "";
        return "quarantine/acme/" + job.id() + "/" + Sha256.hex(picture) + extension;
    }

    @Test
    void aRefusedPictureIsKeptWhileStorageIsUnavailable() {
        AcceptedJob job = job("");
        model.then(_ -> {
            store.failNextPutsBeforeWriting(3);
            return model.drawn(ScriptedModel.TRUNCATED);
        });
        model.thenDraws(ScriptedModel.PICTURE);

        RenderCompleted event = completed(job);

        String key = quarantineKey(job, ScriptedModel.TRUNCATED);
        assertThat(storeWaits.waited).hasSize(3);
        assertThat(event.attempts().getFirst().quarantined()).containsExactly(key);
        assertThat(store.bytes(key)).isEqualTo(ScriptedModel.TRUNCATED);
    }

    /** A crash while it waits must not cost the valid one. */
    @Test
    void aValidPictureIsKeptBeforeAnInvalidOneOfItsAnswerIsStored() {
        AcceptedJob job = job("");
        model.then(_ -> {
            store.failNextPutsBeforeWriting(3);
            return model.drawn(ScriptedModel.TRUNCATED, ScriptedModel.PICTURE);
        });
        storeWaits.during = () -> assertThat(SpoolFolders.files(spoolFolder))
                .anyMatch(file -> file.toString().endsWith(".note"));

        RenderCompleted event = completed(job);

        String key = quarantineKey(job, ScriptedModel.TRUNCATED);
        assertThat(storeWaits.waited).hasSize(3);
        assertThat(event.attempts().getFirst().quarantined()).containsExactly(key);
        assertThat(store.bytes(key)).isEqualTo(ScriptedModel.TRUNCATED);
    }

    /** Two jobs with two calls each, and one call: what the provider draws wrong is not paid for again until the hold ends. */
    @Test
    void theSameRefusalInARowHoldsTheModel() throws Exception {
        model.thenDraws(ScriptedModel.png(1100, 1024, Color.PINK));
        String square = "'output':{'aspectRatio':'1:1'},'idempotencyKey':";
        failed(job(square + "'one'"));
        failed(job(square + "'two'"));
        assertThat(fixture.limiter().states())
                .allSatisfy(state -> assertThat(state.heldUntil()).isNull());

        AcceptedJob third = job(square + "'three'");
        Thread waiting = Thread.startVirtualThread(() -> runner.run(third));
        Awaitility.await().until(() -> waiting() == 1);
        AcceptedJob fourth = job(square + "'four'");
        Thread another = Thread.startVirtualThread(() -> runner.run(fourth));
        Awaitility.await().until(() -> waiting() == 2);
        waiting.interrupt();
        another.interrupt();
        waiting.join();
        another.join();

        assertThat(model.calls()).hasSize(5);
        assertThat(fixture.limiter().states()).singleElement().satisfies(state -> {
            assertThat(state.heldUntil()).isNotNull();
            assertThat(state.reason()).isEqualTo(FailureCode.RESULT_INVALID);
        });
    }

    private int waiting() {
        return fixture.limiter().states().stream()
                .filter(state -> state.heldUntil() != null)
                .mapToInt(ModelState::waiting)
                .sum();
    }

    @ParameterizedTest
    @ValueSource(strings = {"not a picture", "truncated"})
    void aValidPictureAfterAnInvalidOneIsTheOutcome(String fault) {
        model.thenDraws(invalid(fault)).thenDraws(ScriptedModel.PICTURE);

        RenderCompleted event = completed(job(""));

        assertThat(event.attempts()).extracting(Attempt::outcome).containsExactly("result_invalid", "drawn");
        assertThat(event.cost().usdMicros()).isEqualTo(2 * DRAWN);
        assertThat(store.keys("assets/")).hasSize(1);
    }

    @Test
    void aPlainBackdropIsTheOutcomeWithARemark() {
        model.thenDraws(ScriptedModel.BLANK);

        RenderCompleted event = completed(job(""));

        assertThat(event.attempts())
                .singleElement()
                .satisfies(attempt -> assertThat(attempt.detail()).isEqualTo("of one colour"));
        assertThat(store.keys("assets/")).hasSize(1);
    }

    /** 1,408 × 768 is 3.1 % off; the model's tolerance is 4 %. */
    @Test
    void theRatioIsJudgedByTheModelsTolerance() {
        model.thenDraws(ScriptedModel.png(1408, 768, Color.PINK));

        assertThat(completed(job("'output':{'aspectRatio':'16:9'}")).images()).hasSize(1);
    }

    /** The provider's last picture is preferred, and comes first. */
    @Test
    void ofSeveralPicturesTheFirstValidOneIsTheOutcome() {
        model.thenDraws(ScriptedModel.TRUNCATED, ScriptedModel.PICTURE, ScriptedModel.BLANK);

        RenderCompleted event = completed(job(""));

        assertThat(event.images())
                .singleElement()
                .satisfies(image -> assertThat(image.sha256()).isEqualTo(Sha256.hex(ScriptedModel.PICTURE)));
        assertThat(event.attempts())
                .singleElement()
                .satisfies(
                        attempt -> assertThat(attempt.detail()).isEqualTo("image 2 of 3, the later ones are invalid"));
        assertThat(event.attempts().getFirst().quarantined())
                .singleElement()
                .satisfies(key -> assertThat(store.bytes(key)).isEqualTo(ScriptedModel.TRUNCATED));
    }

    @ParameterizedTest
    @CsvSource({
        "gemini-3-pro-image,     134000, 'answered and priced as gemini-3-pro-image, not as gemini-nano-banana-2.1'",
        "gemini-3-pro-image-001, 134000, 'answered and priced as gemini-3-pro-image, not as gemini-nano-banana-2.1'",
        "gemini-nano-banana-2.1-001, 33600,",
        "a-model-to-come, 33600, 'answered as a-model-to-come, which the model catalogue does not know'"
    })
    void anAnswerOfAnotherModelIsRemarkedAndPricedAsThatModel(String version, long picture, @Nullable String remark) {
        model.thenAnswersAs(version);

        RenderCompleted event = completed(job(""));

        assertThat(event.cost().usdMicros()).isBetween(picture, picture + 5_000);
        assertThat(event.provenance().modelVersion()).isEqualTo(version);
        assertThat(event.attempts())
                .singleElement()
                .satisfies(attempt -> assertThat(attempt.detail()).isEqualTo(remark));
    }

    private static byte[] invalid(String fault) {
        return switch (fault) {
            case "wrong ratio" -> ScriptedModel.PICTURE;
            case "truncated" -> ScriptedModel.TRUNCATED;
            case "not a picture" -> "<html>".getBytes(StandardCharsets.UTF_8);
            default -> throw new IllegalArgumentException(fault);
        };
    }

    @Test
    void aPaidPictureIsKeptWhileStorageIsUnavailable() {
        AcceptedJob job = job("");
        model.then(_ -> {
            store.failNextPutsBeforeWriting(3);
            return model.drawn(ScriptedModel.PICTURE);
        });

        RenderCompleted event = completed(job);

        assertThat(model.calls()).hasSize(1);
        assertThat(storeWaits.waited).hasSize(3);
        assertThat(event.cost().usdMicros()).isEqualTo(DRAWN);
        assertThat(store.bytes(event.images().getFirst().key())).isEqualTo(ScriptedModel.PICTURE);
        assertThat(event.latency().stored())
                .isEqualTo(
                        storeWaits.waited.stream().mapToLong(Duration::toMillis).sum());
        assertThat(addsUp(event.latency())).isTrue();
    }

    /** A paid picture without disk space would be lost. */
    @Test
    void noCallIsMadeWithoutDiskSpaceForAPicture() {
        List<Integer> asked = new ArrayList<>();
        fixture.room(calls -> {
            asked.add(calls);
            return asked.size() > 2;
        });
        runner = runner("worker-a", waits);
        waits.during = () -> assertThat(store.keys("")).as("nothing is claimed").isEmpty();

        RenderCompleted event = completed(job(""));

        assertThat(asked).as("for the one call that would run").containsExactly(1, 1, 1);
        assertThat(waits.waited).hasSize(2);
        assertThat(model.calls()).hasSize(1);
        assertThat(event.attempts()).hasSize(1);
    }

    /** Fails no job and costs no call; the job goes on when the folder is repaired. */
    @Test
    void noCallIsMadeWhileTheSpoolCannotBeWritten() throws IOException {
        Path away = spoolFolder.resolve("away");
        Files.move(spool.folder(), away);
        fixture.room(spool::hasRoomFor);
        runner = runner("worker-a", waits);
        waits.during = () -> {
            assertThat(store.keys("")).as("nothing is claimed").isEmpty();
            if (waits.waited.size() == 3) {
                restoreSpool(away);
            }
        };

        RenderCompleted event = completed(job(""));

        assertThat(waits.waited).hasSize(3);
        assertThat(model.calls()).hasSize(1);
        assertThat(event.attempts()).hasSize(1);
    }

    /** As by an input error of its disk, which would lose the next picture too. */
    @Test
    void aPaidPictureThatCannotBeReadHoldsCallsUntilTheSpoolIsChecked() {
        fixture.room(spool::hasRoomFor);
        runner = runner("worker-a", waits);
        model.then(_ -> {
                    Drawn drawn = model.drawn(ScriptedModel.PICTURE);
                    drawn.pictures().getFirst().file().close();
                    return drawn;
                })
                .thenDraws(ScriptedModel.PICTURE);
        List<Integer> calls = new ArrayList<>();
        waits.during = () -> {
            calls.add(model.calls().size());
            if (waits.waited.size() == 3) {
                assertThat(spool.recheck(1)).isNull();
            }
        };

        RenderCompleted event = completed(job(""));

        assertThat(calls).as("calls during each wait").containsExactly(1, 1, 1);
        assertThat(event.attempts()).extracting(Attempt::outcome).containsExactly("unknown_outcome", "drawn");
    }

    private void restoreSpool(Path away) {
        try {
            Files.move(away, spool.folder());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aPaidPictureIsKeptUntilTheFinalUpdateIsApplied() {
        beforeTheLedgerMoves = () -> store.failNextPutsBeforeWriting(2);

        RenderCompleted event = completed(job(""));

        assertThat(model.calls()).hasSize(1);
        assertThat(storeWaits.waited).hasSize(2);
        assertThat(event.replay()).isFalse();
    }

    /** The final update succeeded but its response was lost: the worker finds its own entry, which is no replay. */
    @Test
    void aFinalUpdateWithALostResponseIsRecognised() {
        AcceptedJob job = job("");
        beforeTheLedgerMoves = () -> store.failNextPutsAfterWriting(1);

        RenderCompleted event = completed(job);

        assertThat(model.calls()).hasSize(1);
        assertThat(event.replay()).isFalse();
        assertThat(event.cost().usdMicros()).isEqualTo(DRAWN);
        assertThat(entry(job)).isInstanceOf(LedgerEntry.Rendered.class);
    }

    @Test
    void unavailableStorageOnClaimMakesTheJobWaitWithoutSlotAndCall() {
        List<Integer> slotsWhileWaiting = new ArrayList<>();
        waits.during = () -> {
            slotsWhileWaiting.add(slots.used());
            assertThat(model.calls()).isEmpty();
        };
        store.failNextPutsBeforeWriting(3);

        RenderCompleted event = completed(job(""));

        assertThat(waits.waited).hasSize(3).allSatisfy(wait -> assertThat(wait).isPositive());
        assertThat(slotsWhileWaiting).containsExactly(0, 0, 0);
        assertThat(event.attempts()).hasSize(1);
        assertThat(event.cost().usdMicros()).isEqualTo(DRAWN);
    }

    /** No call was made, so none is recorded and the claim is released. */
    @Test
    void unavailableStorageForReferencesCostsNothing() {
        store.putBytes("inputs/acme/shoe.png", ScriptedModel.PICTURE);
        store.failNextReads(1);

        RenderCompleted event =
                completed(job("'references':[{'uri':'s3://renderfleet/inputs/acme/shoe.png','role':'product'}]"));

        assertThat(event.attempts()).extracting(Attempt::outcome).containsExactly("drawn");
        assertThat(waits.waited.stream().mapToLong(Duration::toSeconds).sum()).isLessThan(30);
    }

    @Test
    void theWorkerThatTookTheJobOverDecidesTheOutcome() {
        AcceptedJob job = job("");
        var theirs = new ArrayList<RenderEvent>();
        model.then(_ -> {
            clock.advance(LEASE.plusSeconds(1));
            Ledger other = ledger("worker-b");
            Claim taken = claim(other, job);
            RenderEvent outcome = OutcomeEvents.failed(
                    job, FailureCode.NO_IMAGE, "theirs", null, taken.history(), CATALOGUE.version());
            assertThat(end(other, taken, taken.history(), outcome, RECORD, clock.instant()))
                    .isInstanceOf(UpdateResult.Updated.class);
            theirs.add(outcome);
            return model.drawn(ScriptedModel.PICTURE);
        });

        RenderEvent event = outcome(job);

        assertThat(event).isEqualTo(theirs.getFirst());
        assertThat(model.calls()).hasSize(1);
        assertThat(entry(job)).isInstanceOf(LedgerEntry.Failed.class);
    }

    @Test
    void aJobClaimedByAnotherWorkerWaitsAndReplaysItsOutcome() {
        AcceptedJob job = job("");
        Ledger other = ledger("worker-b");
        Claim theirs = claim(other, job);
        List<Integer> slotsWhileWaiting = new ArrayList<>();
        waits.during = () -> {
            slotsWhileWaiting.add(slots.used());
            if (slotsWhileWaiting.size() == 3) {
                end(
                        other,
                        theirs,
                        History.NONE,
                        OutcomeEvents.failed(job, FailureCode.INPUT_REFUSED, "theirs", null, History.NONE, "v"),
                        RECORD,
                        clock.instant());
            }
        };

        assertThat(failed(job).message()).isEqualTo("theirs");
        assertThat(model.calls()).isEmpty();
        assertThat(slotsWhileWaiting).containsExactly(0, 0, 0);
    }

    @Test
    void twoConcurrentRecordsOfAJobInOneWorkerMakeOneCall() throws Exception {
        var calling = new CountDownLatch(1);
        var secondWaits = new CountDownLatch(1);
        var firstIsDone = new CountDownLatch(1);
        model.then(_ -> {
            calling.countDown();
            await(secondWaits);
            return model.drawn(ScriptedModel.PICTURE);
        });
        JobRunner second = runner("worker-a", _ -> {
            secondWaits.countDown();
            await(firstIsDone);
            return true;
        });
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var first = threads.submit(() -> outcome(job("")));
            await(calling);
            var other = threads.submit(() -> second.run(job("", LATER_RECORD)));

            RenderEvent firstOutcome = first.get(20, TimeUnit.SECONDS);
            firstIsDone.countDown();
            JobResult otherResult = other.get(20, TimeUnit.SECONDS);

            assertThat(firstOutcome).isInstanceOf(RenderCompleted.class);
            assertThat(otherResult)
                    .isInstanceOfSatisfying(
                            JobResult.Outcome.class,
                            told -> assertThat(told.event()).isInstanceOfSatisfying(RenderCompleted.class, replay -> {
                                assertThat(replay.replay()).isTrue();
                                assertThat(replay.images()).isEqualTo(((RenderCompleted) firstOutcome).images());
                            }));
        }
        assertThat(model.calls()).hasSize(1);
    }

    @Test
    void aDrainReleasesAJobBetweenAttemptsAsParked() {
        AcceptedJob job = job("");
        waits.leavesAfter = 0;
        model.then(FailureKind.NO_IMAGE, null).thenDraws(ScriptedModel.PICTURE);

        assertThat(runner.run(job)).isInstanceOf(JobResult.Released.class);

        assertThat(entry(job))
                .isInstanceOfSatisfying(
                        LedgerEntry.Parked.class,
                        parked -> assertThat(parked.history().usdMicros()).isEqualTo(NOT_DRAWN));
        runner = runner("worker-b", new Waits());
        RenderCompleted event = completed(job);
        assertThat(event.attempts()).extracting(Attempt::number).containsExactly(1, 2);
        assertThat(event.cost().usdMicros()).isEqualTo(NOT_DRAWN + DRAWN);
    }

    @Test
    void aDrainReleasesWaitingJobsAtOnceAndFinishesTheRunningOne() throws Exception {
        var drain = new Drain();
        JobRunner leaving = runner("worker-a", drain);
        var calling = new CountDownLatch(1);
        var drained = new CountDownLatch(1);
        model.then(FailureKind.OVERLOADED, Duration.ofHours(5)).then(_ -> {
            calling.countDown();
            await(drained);
            return model.drawn(ScriptedModel.PICTURE);
        });
        AcceptedJob waiting = job("'idempotencyKey':'waiting'");
        AcceptedJob running = job("'idempotencyKey':'running'");
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var waits = threads.submit(() -> leaving.run(waiting));
            Awaitility.await()
                    .until(() -> store.bytes(key(waiting)) != null && entry(waiting) instanceof LedgerEntry.Parked);
            var runs = threads.submit(() -> leaving.run(running));
            await(calling);

            slots.close();
            drain.begin();

            assertThat(waits.get(20, TimeUnit.SECONDS)).isInstanceOf(JobResult.Released.class);
            assertThat(entry(waiting)).isInstanceOf(LedgerEntry.Parked.class);
            assertThat(runs.isDone()).isFalse();
            drained.countDown();
            assertThat(runs.get(20, TimeUnit.SECONDS)).isInstanceOf(JobResult.Outcome.class);
            assertThat(entry(running)).isInstanceOf(LedgerEntry.Rendered.class);
        }
        AcceptedJob untouched = job("'idempotencyKey':'untouched'");
        assertThat(leaving.run(untouched)).isInstanceOf(JobResult.Released.class);
        assertThat(store.bytes(key(untouched))).isNull();
    }

    @Test
    void aJobThatWaitsForASlotIsReleasedWithoutALedgerEntry() throws Exception {
        slots.acquire();
        slots.acquire();
        AcceptedJob job = job("");
        var result = CompletableFuture.supplyAsync(() -> runner.run(job), Thread::startVirtualThread);

        slots.close();

        assertThat(result.get(20, TimeUnit.SECONDS)).isInstanceOf(JobResult.Released.class);
        assertThat(store.keys("")).isEmpty();
        slots.release();
        slots.release();
    }

    @Test
    void aJobAfterItsDeadlineIsRejectedWithoutACallOrAnEntry() {
        RenderRejected event = rejected(job("'deadline':'" + NOW.minusSeconds(1) + "'"));

        assertThat(event.code()).isEqualTo(FailureCode.DEADLINE_PASSED);
        assertThat(event.field()).isEqualTo("deadline");
        assertThat(model.calls()).isEmpty();
        assertThat(store.keys("")).isEmpty();
    }

    @Test
    void aRenderedJobIsReplayedEvenAfterItsDeadline() {
        String deadline = "'deadline':'" + NOW.plusSeconds(60) + "'";
        RenderCompleted first = completed(job(deadline));
        clock.advance(Duration.ofHours(1));

        RenderCompleted again = completed(job(deadline, LATER_RECORD));

        assertThat(again.replay()).isTrue();
        assertThat(again.images()).isEqualTo(first.images());
        assertThat(model.calls()).hasSize(1);
    }

    /** "Rejected" means that nothing was spent; a job with paid attempts fails with its cost. */
    @Test
    void aDeadlineBetweenPaidAttemptsFailsTheJobWithItsCost() {
        AcceptedJob job = job("'deadline':'" + NOW.plusSeconds(30) + "'");
        model.then(FailureKind.NO_IMAGE, Duration.ofMinutes(1)).thenDraws(ScriptedModel.PICTURE);

        RenderFailed event = failed(job);

        assertThat(model.calls()).hasSize(1);
        assertThat(event.cost().usdMicros()).isEqualTo(NOT_DRAWN);
        assertThat(event.attempts()).hasSize(1);
        assertThat(entry(job)).isInstanceOf(LedgerEntry.Failed.class);
    }

    /** The worker with the claim decides the outcome. */
    @Test
    void aDeadlineDuringAnotherWorkersClaimDoesNotRejectTheJob() {
        AcceptedJob job = job("'deadline':'" + NOW.plusSeconds(30) + "'");
        Ledger other = ledger("worker-b");
        Claim theirs = claim(other, job);
        clock.advance(Duration.ofMinutes(1));
        waits.during = () -> end(
                other,
                theirs,
                History.NONE,
                OutcomeEvents.failed(job, FailureCode.INPUT_REFUSED, "theirs", null, History.NONE, "v"),
                RECORD,
                clock.instant());

        assertThat(failed(job).message()).isEqualTo("theirs");
    }

    @Test
    void aJobWithNotBeforeIsRejectedWithAHintToTheScheduler() {
        RenderRejected event = rejected(job("'notBefore':'" + NOW.plusSeconds(60) + "'"));

        assertThat(event.code()).isEqualTo(FailureCode.UNSUPPORTED);
        assertThat(event.field()).isEqualTo("notBefore");
        assertThat(event.message()).contains("publish the job when it may run").doesNotContain("render.requests");
        assertThat(model.calls()).isEmpty();
        assertThat(store.keys("")).isEmpty();
    }

    @Test
    void referencesReachTheModelInOrderAndLeaveTheSpool() {
        byte[] shoe = ScriptedModel.png(64, 64, Color.RED);
        byte[] scene = ScriptedModel.png(32, 32, Color.GREEN);
        store.putBytes("inputs/acme/shoe.png", shoe);
        store.putBytes("assets/acme/scene.png", scene);

        completed(job("'references':[{'uri':'s3://renderfleet/inputs/acme/shoe.png','role':'product'},"
                + "{'uri':'s3://renderfleet/assets/acme/scene.png','role':'style'}]"));

        ScriptedModel.Call call = model.calls().getFirst();
        assertThat(call.references()).containsExactly(shoe, scene);
        assertThat(call.request().references())
                .extracting(reference -> reference.role() + " " + reference.mime())
                .containsExactly("PRODUCT image/png", "STYLE image/png");
        assertThat(call.request().references())
                .allSatisfy(reference -> assertThat(reference.file()).doesNotExist());
    }

    @Test
    void aMissingReferenceRejectsTheJobWithoutCostAndMayBeRetried() {
        String references = "'references':[{'uri':'s3://renderfleet/inputs/acme/shoe.png','role':'product'}]";

        RenderRejected event = rejected(job(references));

        assertThat(event.code()).isEqualTo(FailureCode.REFERENCE_UNAVAILABLE);
        assertThat(event.field()).isEqualTo("references[0].uri");
        assertThat(model.calls()).isEmpty();
        store.putBytes("inputs/acme/shoe.png", ScriptedModel.PICTURE);
        assertThat(rejected(job(references, LATER_RECORD)).replay())
                .as("published before the rejection")
                .isTrue();
        clock.advance(Duration.ofMinutes(1));
        assertThat(completed(job(references, LATER_RECORD)).replay()).isFalse();
    }

    /** Calls of the former worker count as time in the queue. */
    @Test
    void latenciesOfAJobTakenOverAreNeverNegative() {
        AcceptedJob job = job("");
        waits.leavesAfter = 0;
        model.then(FailureKind.NO_IMAGE, null).thenDraws(ScriptedModel.PICTURE);
        assertThat(runner.run(job)).isInstanceOf(JobResult.Released.class);

        runner = runner("worker-b", new Waits());
        RenderCompleted event = completed(job("", LATER_RECORD));

        Latency latency = event.latency();
        assertThat(List.of(latency.queued(), latency.waited(), latency.model(), latency.stored()))
                .allSatisfy(part -> assertThat(part).isNotNegative());
        assertThat(addsUp(latency)).isTrue();
    }

    @Test
    void everyKindOfFailureHasItsRow() {
        assertThat(Arrays.stream(JobRunnerTest.class.getDeclaredMethods())
                        .filter(method -> List.of(method.getParameterTypes()).contains(FailureKind.class))
                        .map(method -> method.getAnnotation(CsvSource.class))
                        .filter(Objects::nonNull)
                        .flatMap(rows -> Arrays.stream(rows.value()))
                        .map(row -> FailureKind.valueOf(row.substring(0, row.indexOf(','))))
                        .collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(FailureKind.values());
    }

    private static boolean addsUp(Latency latency) {
        return latency.queued() + latency.waited() + latency.model() + latency.stored() == latency.total();
    }

    private JobRunner runner(String owner, Pause pause) {
        return fixture.runner(owner, spool, model, pause);
    }

    private Ledger ledger(String owner) {
        return fixture.ledger(owner);
    }

    /** Another worker's claim, whose call may be in flight. */
    private void claimedByAnother(AcceptedJob job) {
        claim(ledger("worker-b"), job);
    }

    private Claim claim(Ledger ledger, AcceptedJob job) {
        var pending = new PendingCall("gemini-nano-banana-2.1", Stage.SENT, clock.instant(), WORST);
        return ledger.claim(job.id(), job.fingerprint(), job.submission(), LEASE, pending)
                        instanceof ClaimResult.Granted(var claim)
                ? claim
                : fail("the claim was not granted");
    }

    private AcceptedJob job(String fields) {
        return job(fields, RECORD);
    }

    private AcceptedJob job(String fields, String record) {
        return fixture.job(fields, record);
    }

    private RenderEvent outcome(AcceptedJob job) {
        return runner.run(job) instanceof JobResult.Outcome outcome ? outcome.event() : fail("given back");
    }

    private RenderCompleted completed(AcceptedJob job) {
        RenderEvent event = outcome(job);
        return event instanceof RenderCompleted completed ? completed : fail("not completed: " + event);
    }

    private RenderFailed failed(AcceptedJob job) {
        RenderEvent event = outcome(job);
        return event instanceof RenderFailed failed ? failed : fail("not failed: " + event);
    }

    private RenderRejected rejected(AcceptedJob job) {
        RenderEvent event = outcome(job);
        return event instanceof RenderRejected rejected ? rejected : fail("not rejected: " + event);
    }

    private static String key(AcceptedJob job) {
        return RunnerFixture.key(job);
    }

    private LedgerEntry entry(AcceptedJob job) {
        return fixture.entry(job);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static UpdateResult end(
            Ledger ledger, Claim claim, History history, RenderEvent outcome, String record, Instant endedAt) {
        return ledger.finish(ledger.finalUpdate(claim, history, outcome, record, endedAt));
    }
}
