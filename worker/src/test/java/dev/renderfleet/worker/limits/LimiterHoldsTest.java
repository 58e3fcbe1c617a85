package dev.renderfleet.worker.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.renderfleet.catalogue.Health;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.worker.providers.FailureKind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds of a model: own and remote ones, canary and ramp-up. */
class LimiterHoldsTest extends LimiterScenario {

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
                    public void accountHeld(
                            String provider, Instant until, FailureCode reason, @Nullable Instant refusedSince) {
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
}
