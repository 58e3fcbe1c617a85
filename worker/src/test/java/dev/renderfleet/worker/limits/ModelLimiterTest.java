package dev.renderfleet.worker.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.renderfleet.catalogue.Health;
import dev.renderfleet.catalogue.Quota;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.contracts.signal.ProviderHold;
import dev.renderfleet.worker.CapturedLog;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.providers.FailureKind;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelLimiterTest {

    private static final Instant START = Instant.parse("2026-11-23T12:00:00Z");
    private static final QuotaDemand FREE = new QuotaDemand("gemini", "free", 1, 100);
    private static final QuotaDemand LIMITED = new QuotaDemand("gemini", "limited", 1, 100);
    private static final QuotaDemand OTHER = new QuotaDemand("gemini", "other", 1, 100);
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final SettableClock clock = new SettableClock(START);
    private final CountedSlots slots = new CountedSlots();
    private final List<Hold> published = new CopyOnWriteArrayList<>();
    private final List<String> accountsHeld = new CopyOnWriteArrayList<>();
    private final ModelLimiter limiter = new ModelLimiter(
            new FleetQuotas(
                    Map.of("limited", new Quota(60, null, null, null), "daily", new Quota(null, null, null, 1)),
                    Map.of("tasks", 4),
                    Map.of("dashscope", ZoneId.of("Asia/Shanghai"))),
            slots,
            new HoldListener() {
                @Override
                public void held(Hold hold) {
                    published.add(hold);
                }

                @Override
                public void accountHeld(String provider, Instant until, FailureCode reason) {
                    accountsHeld.add(provider + " " + reason.wireName() + " " + until);
                }
            },
            "worker-1",
            clock,
            new Random(1));
    private final BlockingQueue<Job> results = new LinkedBlockingQueue<>();
    private final List<Thread> threads = new ArrayList<>();

    /** A job whose wait has ended. */
    private record Job(String name, PermitResult result) {
        Permit permit() {
            assertThat(result).isInstanceOf(PermitResult.Granted.class);
            return ((PermitResult.Granted) result).permit();
        }
    }

    @AfterEach
    void allThreadsEnd() throws InterruptedException {
        limiter.shutdown();
        slots.close();
        for (Thread thread : threads) {
            assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
        }
    }

    @Test
    void permitsAreGrantedInOrderOfArrival() {
        limiter.share(1);
        for (int i = 0; i < 5; i++) {
            ask("job " + i, LIMITED, null);
            awaitWaiting(LIMITED, i + 1);
        }

        for (int i = 0; i < 5; i++) {
            pass(SECOND);
            assertThat(next().name()).isEqualTo("job " + i);
        }
    }

    /** A job taken over from an expired member was published before most jobs in the queue. */
    @Test
    void theOldestJobGoesFirst() {
        limiter.share(1);
        ask("new", LIMITED, START.plusSeconds(9), null);
        awaitWaiting(LIMITED, 1);
        ask("old", LIMITED, START, null);
        awaitWaiting(LIMITED, 2);

        pass(SECOND);
        assertThat(next().name()).isEqualTo("old");
        pass(SECOND);
        assertThat(next().name()).isEqualTo("new");
    }

    @Test
    void aJobThatWaitsForQuotaHoldsNoSlot() {
        limiter.share(1);
        ask("first", LIMITED, null);
        ask("second", LIMITED, null);
        awaitWaiting(LIMITED, 2);
        assertThat(slots.acquired()).isZero();

        pass(SECOND);
        try (Permit permit = next().permit()) {
            awaitWaiting(LIMITED, 1);
            assertThat(slots.used()).isEqualTo(1);
            permit.answered();
        }
        assertThat(slots.used()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"dashscope, 2026-11-23T16:00:00Z", "gemini, 2026-11-24T00:00:00Z"})
    void aSpentDayQuotaHoldsUntilMidnightInTheZoneOfItsProvider(String provider, Instant midnight) {
        ask("first", new QuotaDemand(provider, "model", 1, 10), null);

        try (Permit permit = next().permit()) {
            permit.sent();
            permit.refused(FailureKind.DAY_QUOTA_SPENT, null);
        }

        assertThat(published).extracting(Hold::until).containsExactly(midnight);
    }

    /** Of the model, of its provider's account, and of its quota of requests per day. */
    @ParameterizedTest
    @ValueSource(strings = {"model", "account", "day"})
    void aJobWithAChoiceDoesNotWaitForALongHold(String held) {
        limiter.share(1);
        var demand = new QuotaDemand("gemini", held.equals("day") ? "daily" : "free", 1, 10);
        ask("first", demand, null);
        Permit first = next().permit();
        switch (held) {
            case "model" -> first.refused(FailureKind.RATE_LIMITED, Duration.ofMinutes(2));
            case "account" -> first.refused(FailureKind.AUTH_REFUSED, null);
            default -> first.answered();
        }
        first.close();

        ask("choosy", demand, START, null, START.plusSeconds(30));

        assertThat(next().result()).isEqualTo(new PermitResult.HeldTooLong());
        Health health = limiter.health(START.plusSeconds(30));
        assertThat(health.models()).containsOnlyKeys(demand.model());
        assertThat(health.providers()).hasSize(held.equals("account") ? 1 : 0);
        assertThat(limiter.health(START.plus(Duration.ofDays(2)))).isEqualTo(Health.GOOD);
    }

    @Test
    void aJobWithAChoiceWaitsForAShortHoldUntilThatIsExtended() {
        ask("first", FREE, null);
        next().permit().refused(FailureKind.RATE_LIMITED, SECOND);
        ask("choosy", FREE, START, null, START.plusSeconds(30));
        awaitWaiting(FREE, 1);
        assertThat(limiter.health(START.plusSeconds(30))).isEqualTo(Health.GOOD);

        limiter.applyRemote(
                new Hold("gemini", "free", START.plusSeconds(60), FailureCode.RATE_LIMITED, "another worker"));

        assertThat(next().result()).isEqualTo(new PermitResult.HeldTooLong());
    }

    /** Over both models of the provider, which takes four tasks at a time of the whole fleet. */
    @Test
    void aWorkerHasNoMoreCallsInProgressThanItsShareOfTheProvidersLimit() {
        var one = new QuotaDemand("tasks", "flux-a", 1, 10);
        var other = new QuotaDemand("tasks", "flux-b", 1, 10);
        limiter.share(0.5);
        ask("first", one, null);
        ask("second", other, null);
        List<Job> running = next(2);
        ask("third", one, null);
        awaitWaiting(one, 1);
        pass(Duration.ofMinutes(5));
        awaitWaiting(one, 1);

        running.forEach(job -> job.permit().close());

        next().permit().close();
        assertThat(slots.used()).isZero();
    }

    /** Its result would expire. */
    @Test
    void aRunningTaskWaitsForNoLimitAndNewCallsWaitForIt() {
        var demand = new QuotaDemand("tasks", "flux-a", 1, 10);
        limiter.share(0.25);
        ask("running", demand, null);
        Job running = next();

        limiter.counting(new QuotaDemand("tasks", "flux-b", 1, 10), () -> {
            ask("new", demand, null);
            awaitWaiting(demand, 1);
            running.permit().close();
            pass(Duration.ofMinutes(5));
            awaitWaiting(demand, 1);
            return "ended";
        });

        next().permit().close();
    }

    @Test
    void aSmallShareOfAProvidersLimitIsOneCall() {
        var demand = new QuotaDemand("tasks", "flux-a", 1, 10);
        limiter.share(0.01);
        ask("first", demand, null);
        Job running = next();
        ask("second", demand, null);
        awaitWaiting(demand, 1);

        limiter.share(1);

        next().permit().close();
        running.permit().close();
    }

    @Test
    void quotaIsTakenOnlyWithASlot() {
        limiter.share(1);
        slots.fill();
        ask("first", LIMITED, null);
        awaitWaiting(LIMITED, 1);
        pass(SECOND);
        await().until(() -> slots.waiting() == 1);

        // Its quota is still available after the wait: here the share is set to 0 meanwhile.
        limiter.share(0);
        slots.free();
        await().until(() -> slots.acquired() == 1 && slots.used() == 0);
        assertThat(waiting(LIMITED)).isEqualTo(1);
        limiter.share(1);
        assertThat(next().permit()).isNotNull();
    }

    @Test
    void aHoldDuringTheWaitForASlotSendsTheJobBackToTheQueue() {
        slots.fill();
        ask("first", FREE, null);
        await().until(() -> slots.waiting() == 1);
        limiter.applyRemote(hold("free", START.plusSeconds(60)));
        slots.free();

        await().until(() -> slots.acquired() == 1 && slots.used() == 0);
        assertThat(waiting(FREE)).isEqualTo(1);
        assertThat(results).isEmpty();
        pass(Duration.ofSeconds(67));
        assertThat(next().name()).isEqualTo("first");
    }

    @Test
    void afterAnOutageConcurrencyRampsUpFromOneCanary() {
        limiter.applyRemote(hold("free", START.plusSeconds(10)));
        for (int i = 0; i < 30; i++) {
            ask("job " + i, FREE, null);
        }
        awaitWaiting(FREE, 30);
        assertThat(slots.acquired()).isZero();

        pass(Duration.ofSeconds(12));
        List<Job> round = List.of(next());
        int left = 29;
        for (int expected : new int[] {2, 4, 8}) {
            awaitWaiting(FREE, left);
            assertThat(results).isEmpty();
            assertThat(slots.used()).isEqualTo(round.size());
            round.forEach(ModelLimiterTest::answer);
            round = next(expected);
            left -= expected;
        }
        assertThat(slots.mostInUse()).isLessThanOrEqualTo(15);
    }

    @Test
    void aRefusedCanaryHoldsAgain() {
        refuse(FREE, FailureKind.RATE_LIMITED, null);
        ask("canary", FREE, null);
        awaitWaiting(FREE, 1);
        pass(Duration.ofSeconds(6));
        try (Permit canary = next().permit()) {
            canary.refused(FailureKind.RATE_LIMITED, null);
        }

        assertThat(state(FREE).heldUntil()).isAfter(clock.instant().plusSeconds(10));
        assertThat(published)
                .extracting(Hold::until)
                .containsExactly(START.plusSeconds(5), clock.instant().plusSeconds(10));
    }

    @Test
    void otherModelsAreNotAffected() {
        refuse(FREE, FailureKind.RATE_LIMITED, Duration.ofSeconds(10));
        ask("held", FREE, null);
        ask("without a share", LIMITED, null);
        awaitWaiting(FREE, 1);
        awaitWaiting(LIMITED, 1);

        ask("other", OTHER, null);
        assertThat(next().name()).isEqualTo("other");
    }

    @Test
    void aHoldIsPublishedOnceAndNotForEachCallInFlight() {
        List<Permit> out = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            ask("job " + i, FREE, null);
            out.add(next().permit());
        }
        for (Permit permit : out) {
            clock.advance(Duration.ofMillis(5));
            permit.refused(FailureKind.RATE_LIMITED, Duration.ofSeconds(30));
        }

        assertThat(published)
                .containsExactly(new Hold(
                        "gemini", "free", START.plusMillis(5).plusSeconds(30), FailureCode.RATE_LIMITED, "worker-1"));
        assertThat(state(FREE).heldUntil()).isAfter(clock.instant().plusSeconds(30));
    }

    @Test
    void aRemoteHoldAppliesAndIsNotPublishedAgain() {
        limiter.applyRemote(hold("free", START.plusSeconds(60)));
        ask("held", FREE, null);
        awaitWaiting(FREE, 1);

        assertThat(state(FREE).heldUntil()).isBetween(START.plusSeconds(60), START.plusSeconds(67));
        assertThat(state(FREE).reason()).isEqualTo(FailureCode.OVERLOADED);
        assertThat(published).isEmpty();
        pass(Duration.ofSeconds(67));
        assertThat(next().permit()).isNotNull();
    }

    @Test
    void ownAndExpiredHoldsAreIgnored() {
        limiter.applyRemote(new Hold("gemini", "free", START.plusSeconds(60), FailureCode.RATE_LIMITED, "worker-1"));
        limiter.applyRemote(hold("free", START.minusSeconds(1)));
        limiter.applyRemote(hold("free", START));
        ask("free", FREE, null);

        assertThat(next().permit()).isNotNull();
    }

    @Test
    void remoteHoldsOfUnusedModelsAreBounded() {
        for (int i = 0; i < 2 * ModelLimiter.GATES_MAX; i++) {
            limiter.applyRemote(hold("model-" + i, START.plusSeconds(60)));
        }

        assertThat(limiter.states()).hasSize(ModelLimiter.GATES_MAX);
        ask("other", OTHER, null);
        assertThat(next().permit()).isNotNull();
    }

    @Test
    void aHoldForAnUnreachableProviderIsNotPublished() {
        for (int i = 0; i < ModelHold.BREAKER_REFUSALS; i++) {
            refuse(FREE, FailureKind.NOT_SENT, null);
        }

        assertThat(state(FREE).reason()).isEqualTo(FailureCode.PROVIDER_UNREACHABLE);
        assertThat(published).isEmpty();
    }

    @Test
    void aHoldAppliesEvenIfItCannotBePublished() {
        var unpublished = new ModelLimiter(
                FleetQuotas.NONE,
                slots,
                new HoldListener() {
                    @Override
                    public void held(Hold hold) {
                        throw new IllegalStateException("no broker");
                    }

                    @Override
                    public void accountHeld(String provider, Instant until, FailureCode reason) {
                        throw new IllegalStateException("no broker");
                    }
                },
                "worker-1",
                clock,
                new Random(1));
        var result = (PermitResult.Granted) unpublished.acquire(FREE, Instant.EPOCH, null, Instant.MAX, () -> false);
        result.permit().refused(FailureKind.RATE_LIMITED, null);

        assertThat(unpublished.states().getFirst().heldUntil()).isNotNull();
    }

    @ParameterizedTest
    @CsvSource({
        "AUTH_REFUSED,    PROVIDER_AUTH,    check renderfleet.providers.gemini.api-key",
        "BILLING_REFUSED, PROVIDER_BILLING, settle the account's billing",
        "ACCOUNT_LIMITED, PROVIDER_AUTH,    check renderfleet.providers.gemini.api-key"
    })
    void aRefusedAccountHoldsAllModelsOfItsProviderAndNoOther(FailureKind kind, FailureCode code, String remedy) {
        try (var log = new CapturedLog(ProviderAccount.class)) {
            refuse(FREE, kind, null);
            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .startsWith("ERROR the provider refuses the account")
                    .contains("provider=gemini", "reason=" + code.wireName(), remedy);
        }
        ask("same model", FREE, null);
        ask("other model", OTHER, null);
        awaitWaiting(FREE, 1);
        awaitWaiting(OTHER, 1);

        ask("other provider", new QuotaDemand("proof", "proof", 1, 0), null);
        assertThat(next().name()).isEqualTo("other provider");
        assertThat(limiter.isHeld(OTHER)).isTrue();
        assertThat(accountsHeld).containsExactly("gemini " + code.wireName() + " " + START.plusSeconds(300));
        assertThat(published).isEmpty();
        assertThat(limiter.providers().getFirst())
                .isEqualTo(new ProviderState(
                        "gemini", START, limiter.providers().getFirst().recheckAt(), code));
    }

    @Test
    void oneCanaryOfAllModelsFindsOutThatTheAccountIsRepaired() {
        refuse(FREE, FailureKind.BILLING_REFUSED, null);
        for (int i = 0; i < 4; i++) {
            ask("free " + i, FREE, null);
            ask("other " + i, OTHER, null);
        }
        awaitWaiting(FREE, 4);
        awaitWaiting(OTHER, 4);

        pass(HoldDurations.ACCOUNT_RECHECK.plusSeconds(31));
        try (Permit canary = next().permit()) {
            // The other model's first job may look for a slot before it sees the canary.
            await().until(() -> slots.used() == 1);
            assertThat(results).isEmpty();
            canary.refused(FailureKind.BILLING_REFUSED, null);
        }
        assertThat(accountsHeld).hasSize(2);

        pass(HoldDurations.ACCOUNT_RECHECK.plusSeconds(31));
        answer(next());
        List<Job> others = next(2);
        assertThat(limiter.providers().getFirst().refusedSince()).isNull();
        others.forEach(ModelLimiterTest::answer);
        next(4).forEach(ModelLimiterTest::answer);
    }

    /** Its answer says nothing about the account. */
    @Test
    void aCanaryThatFailsOtherwiseIsFollowedByAnother() {
        refuse(FREE, FailureKind.AUTH_REFUSED, null);
        ask("first", FREE, null);
        ask("second", OTHER, null);
        awaitWaiting(FREE, 1);
        awaitWaiting(OTHER, 1);

        pass(HoldDurations.ACCOUNT_RECHECK.plusSeconds(31));
        try (Permit canary = next().permit()) {
            canary.refused(FailureKind.UNKNOWN_OUTCOME, null);
        }
        assertThat(next().permit()).isNotNull();
        assertThat(limiter.providers().getFirst().refusedSince()).isEqualTo(START);
    }

    @Test
    void callsInFlightWhenTheAccountIsRefusedHoldItOnce() {
        List<Permit> out = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            ask("job " + i, i % 2 == 0 ? FREE : OTHER, null);
            out.add(next().permit());
        }
        for (Permit permit : out) {
            clock.advance(Duration.ofMillis(5));
            permit.refused(FailureKind.AUTH_REFUSED, null);
        }

        assertThat(accountsHeld).hasSize(1);
    }

    @Test
    void aModelWithoutAnyQuotaIsHeldAloneAndTriedEveryFewMinutes() {
        try (var log = new CapturedLog(ProviderAccount.class)) {
            refuse(FREE, FailureKind.NO_QUOTA, Duration.ofHours(20));
            assertThat(log.lines().getLast())
                    .startsWith("ERROR the account has no quota for this model")
                    .contains("model=gemini/free");
        }
        ask("held", FREE, null);
        ask("other", OTHER, null);

        assertThat(next().name()).isEqualTo("other");
        assertThat(published).extracting(Hold::until).containsExactly(START.plus(HoldDurations.ACCOUNT_RECHECK));
        pass(HoldDurations.ACCOUNT_RECHECK.plusSeconds(31));
        assertThat(next().name()).isEqualTo("held");
    }

    @Test
    void jobsAsOldAsTheBoundFailWhileTheAccountIsRefusedForAsLong() {
        refuse(FREE, FailureKind.AUTH_REFUSED, null);
        ask("canary", FREE, null);
        awaitWaiting(FREE, 1);
        pass(ModelLimiter.REFUSED_WAIT_MAX.minusSeconds(1));
        try (Permit canary = next().permit()) {
            canary.refused(FailureKind.AUTH_REFUSED, null);
        }
        ask("old", FREE, null);
        ask("new", OTHER, START.plusSeconds(3_600), null);
        awaitWaiting(FREE, 1);
        awaitWaiting(OTHER, 1);

        pass(SECOND);
        assertThat(next().result()).isEqualTo(new PermitResult.AccountRefused(FailureCode.PROVIDER_AUTH));
        assertThat(waiting(OTHER)).isEqualTo(1);
    }

    @Test
    void aRemoteHoldOfAnAccountAppliesAndIsNotPublishedAgain() {
        var hold = new ProviderHold(
                "gemini", "9f86d081", START.plusSeconds(300), FailureCode.PROVIDER_BILLING, "worker-2");
        limiter.applyRemote(new ProviderHold("gemini", "9f86d081", hold.until(), hold.reason(), "worker-1"));
        assertThat(limiter.providers()).isEmpty();

        limiter.applyRemote(hold);
        ask("held", FREE, null);
        awaitWaiting(FREE, 1);
        assertThat(accountsHeld).isEmpty();
        pass(HoldDurations.ACCOUNT_RECHECK.plusSeconds(31));
        assertThat(next().permit()).isNotNull();
    }

    /** As after a fault of the worker between the call and its result. */
    @Test
    void aCallThatWasSentDoesNotReturnItsQuota() {
        limiter.share(1);
        ask("first", LIMITED, null);
        awaitWaiting(LIMITED, 1);
        pass(SECOND);
        try (Permit permit = next().permit()) {
            permit.sent();
            permit.unused();
        }

        ask("second", LIMITED, START.plusSeconds(2));
        awaitWaiting(LIMITED, 1);
        pass(Duration.ofMillis(999));
        awaitWaiting(LIMITED, 1);
    }

    @Test
    void unusedPermitsReturnTheirQuota() {
        limiter.share(1);
        ask("first", LIMITED, null);
        awaitWaiting(LIMITED, 1);
        pass(SECOND);
        try (Permit permit = next().permit()) {
            permit.unused();
            permit.unused();
        }

        ask("second", LIMITED, null);
        assertThat(next().name()).isEqualTo("second");
        ask("third", LIMITED, START.plusSeconds(2));
        awaitWaiting(LIMITED, 1);
        pass(Duration.ofMillis(999));
        awaitWaiting(LIMITED, 1);
        assertThat(results).isEmpty();
    }

    @Test
    void onlyTheFirstResultCounts() {
        refuse(FREE, FailureKind.RATE_LIMITED, Duration.ofSeconds(1));
        pass(Duration.ofSeconds(2));
        ask("canary", FREE, null);
        Permit canary = next().permit();
        canary.answered();
        canary.refused(FailureKind.RATE_LIMITED, null);
        canary.close();
        canary.close();

        assertThat(state(FREE).callsMax()).isEqualTo(CountedSlots.COUNT / 2);
        assertThat(state(FREE).heldUntil()).isNull();
        assertThat(slots.used()).isZero();
    }

    @Test
    void aPermitClosedWithoutAResultAdmitsTheNextCanary() {
        refuse(FREE, FailureKind.RATE_LIMITED, Duration.ofSeconds(1));
        pass(Duration.ofSeconds(2));
        ask("canary", FREE, null);
        next().permit().close();
        ask("next", FREE, null);

        assertThat(next().permit()).isNotNull();
        assertThat(state(FREE).callsMax()).isEqualTo(1);
    }

    @Test
    void aDeadlinePassesAtAnyPlaceInTheQueue() {
        limiter.applyRemote(hold("free", START.plus(Duration.ofHours(1))));
        ask("patient", FREE, null);
        awaitWaiting(FREE, 1);
        ask("hasty", FREE, START.plusSeconds(30));
        awaitWaiting(FREE, 2);
        pass(Duration.ofSeconds(30));

        assertThat(next()).isEqualTo(new Job("hasty", new PermitResult.DeadlinePassed()));
        assertThat(waiting(FREE)).isEqualTo(1);
        assertThat(slots.acquired()).isZero();
    }

    @Test
    void aDeadlineThatPassesDuringTheWaitForASlotGrantsNoPermit() {
        slots.fill();
        ask("hasty", FREE, START.plusSeconds(30));
        await().until(() -> slots.waiting() == 1);
        clock.advance(Duration.ofSeconds(31));
        slots.free();

        assertThat(next().result()).isEqualTo(new PermitResult.DeadlinePassed());
        assertThat(slots.used()).isZero();
    }

    @Test
    void shutdownAbortsAllWaits() {
        limiter.applyRemote(hold("free", START.plusSeconds(60)));
        for (int i = 0; i < 20; i++) {
            ask("held " + i, FREE, i % 2 == 0 ? null : START.plusSeconds(3_600));
            ask("without a share " + i, LIMITED, null);
        }
        awaitWaiting(FREE, 20);
        awaitWaiting(LIMITED, 20);
        limiter.shutdown();

        assertThat(next(40)).extracting(Job::result).containsOnly(new PermitResult.Aborted());
        assertThat(slots.acquired()).isZero();
        assertThat(limiter.acquire(OTHER, Instant.EPOCH, null, Instant.MAX, () -> false))
                .as("also for a model used later")
                .isEqualTo(new PermitResult.Aborted());
    }

    @Test
    void shutdownAbortsTheQueueBehindAJobThatWaitsForASlot() {
        slots.fill();
        ask("first", FREE, null);
        await().until(() -> slots.waiting() == 1);
        ask("second", FREE, null);
        ask("third", FREE, null);
        awaitWaiting(FREE, 3);
        limiter.shutdown();

        assertThat(next(2)).extracting(Job::name).containsExactlyInAnyOrder("second", "third");
        slots.free();
        assertThat(next()).isEqualTo(new Job("first", new PermitResult.Aborted()));
        assertThat(slots.used()).isZero();
    }

    @Test
    void closingTheSlotsAbortsTheWaitForASlot() {
        slots.fill();
        ask("first", FREE, null);
        await().until(() -> slots.waiting() == 1);
        slots.close();

        assertThat(next().result()).isEqualTo(new PermitResult.Aborted());
        assertThat(waiting(FREE)).isZero();
    }

    @Test
    void aReassignedJobIsAbortedAtOnce() {
        limiter.share(1);
        threads.add(Thread.ofVirtual()
                .start(() -> results.add(
                        new Job("theirs", limiter.acquire(LIMITED, START, null, Instant.MAX, () -> true)))));

        assertThat(next().result()).isEqualTo(new PermitResult.Aborted());
        assertThat(slots.acquired()).isZero();
    }

    @Test
    void anInterruptAbortsTheWait() {
        ask("without a share", LIMITED, null);
        awaitWaiting(LIMITED, 1);
        threads.getFirst().interrupt();

        assertThat(next().result()).isEqualTo(new PermitResult.Aborted());
    }

    @Test
    void withoutAShareAModelWithAQuotaIsNotCalled() {
        ask("first", LIMITED, null);
        awaitWaiting(LIMITED, 1);
        pass(Duration.ofHours(1));
        assertThat(results).isEmpty();

        limiter.share(0.5);
        pass(Duration.ofSeconds(2));
        assertThat(next().name()).isEqualTo("first");
        assertThatIllegalArgumentException().isThrownBy(() -> limiter.share(1.01));
        assertThatIllegalArgumentException().isThrownBy(() -> limiter.share(Double.NaN));
    }

    @Test
    void reportsStates() {
        limiter.applyRemote(hold("free", START.plusSeconds(60)));
        ask("held", FREE, null);
        ask("without a share", LIMITED, null);
        awaitWaiting(FREE, 1);
        awaitWaiting(LIMITED, 1);

        assertThat(limiter.states()).extracting(ModelState::model).containsExactly("free", "limited");
        assertThat(state(LIMITED)).isEqualTo(new ModelState("gemini", "limited", 1, null, null, ModelState.UNLIMITED));
    }

    private void ask(String name, QuotaDemand demand, @Nullable Instant until) {
        ask(name, demand, START, until);
    }

    private void ask(String name, QuotaDemand demand, Instant since, @Nullable Instant until) {
        ask(name, demand, since, until, Instant.MAX);
    }

    private void ask(String name, QuotaDemand demand, Instant since, @Nullable Instant until, Instant heldUntilMax) {
        threads.add(Thread.ofVirtual()
                .start(() ->
                        results.add(new Job(name, limiter.acquire(demand, since, until, heldUntilMax, () -> false)))));
    }

    /** Advances the clock and wakes all waiting jobs. */
    private void pass(Duration time) {
        clock.advance(time);
        limiter.recheck();
    }

    private Job next() {
        try {
            Job job = results.poll(10, TimeUnit.SECONDS);
            assertThat(job).as("a job gets its result").isNotNull();
            return job;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private List<Job> next(int count) {
        List<Job> jobs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            jobs.add(next());
        }
        return jobs;
    }

    private static void answer(Job job) {
        try (Permit permit = job.permit()) {
            permit.answered();
        }
    }

    @Test
    void theSameRefusalOfPicturesInARowHoldsTheModelLongerEachTime() {
        refusePictures("WRONG_RATIO", 4);
        refusePictures("TOO_SMALL", 1);
        refusePictures("WRONG_RATIO", 4);
        ask("valid", FREE, null);
        answer(next());
        refusePictures("WRONG_RATIO", 4);
        assertThat(state(FREE).heldUntil()).isNull();

        refusePictures("WRONG_RATIO", 1);
        assertThat(state(FREE).reason()).isEqualTo(FailureCode.RESULT_INVALID);
        assertThat(published)
                .singleElement()
                .satisfies(hold -> assertThat(Duration.between(clock.instant(), hold.until()))
                        .isEqualTo(Duration.ofMinutes(5)));

        // One canary: the same again.
        pass(Duration.ofMinutes(6));
        refusePictures("WRONG_RATIO", 1);
        assertThat(Duration.between(clock.instant(), published.getLast().until()))
                .isEqualTo(Duration.ofMinutes(10));

        // A valid one.
        pass(Duration.ofMinutes(12));
        ask("valid", FREE, null);
        answer(next());
        refusePictures("WRONG_RATIO", 1);
        assertThat(state(FREE).heldUntil()).isNull();
    }

    private void refusePictures(String refusal, int times) {
        for (int i = 0; i < times; i++) {
            ask("refused", FREE, null);
            try (Permit permit = next().permit()) {
                permit.resultRefused(refusal);
            }
        }
    }

    private void refuse(QuotaDemand demand, FailureKind kind, @Nullable Duration retryAfter) {
        ask("refused", demand, null);
        try (Permit permit = next().permit()) {
            permit.refused(kind, retryAfter);
        }
    }

    private Hold hold(String model, Instant until) {
        return new Hold("gemini", model, until, FailureCode.OVERLOADED, "worker-2");
    }

    private void awaitWaiting(QuotaDemand demand, int count) {
        await().until(() -> waiting(demand) == count);
    }

    private int waiting(QuotaDemand demand) {
        return limiter.states().stream()
                .filter(state -> state.model().equals(demand.model()))
                .mapToInt(ModelState::waiting)
                .sum();
    }

    private ModelState state(QuotaDemand demand) {
        return limiter.states().stream()
                .filter(state -> state.model().equals(demand.model()))
                .findFirst()
                .orElseThrow();
    }

    /** Counts the slots acquired through the limiter. */
    private static final class CountedSlots extends Slots {
        private static final int COUNT = 100;

        private final AtomicInteger acquired = new AtomicInteger();
        private final AtomicInteger mostInUse = new AtomicInteger();

        CountedSlots() {
            super(COUNT);
        }

        @Override
        public boolean acquire() {
            if (!super.acquire()) {
                return false;
            }
            acquired.incrementAndGet();
            mostInUse.accumulateAndGet(used(), Math::max);
            return true;
        }

        void fill() {
            for (int i = 0; i < COUNT; i++) {
                super.acquire();
            }
        }

        void free() {
            for (int i = 0; i < COUNT; i++) {
                super.release();
            }
        }

        int acquired() {
            return acquired.get();
        }

        int mostInUse() {
            return mostInUse.get();
        }
    }
}
