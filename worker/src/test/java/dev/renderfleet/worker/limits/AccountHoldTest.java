package dev.renderfleet.worker.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.contracts.signal.ProviderHold;
import dev.renderfleet.worker.CapturedLog;
import dev.renderfleet.worker.providers.FailureKind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds of a whole account. */
class AccountHoldTest extends LimiterScenario {

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
        assertThat(accountsHeld)
                .containsExactly("gemini " + code.wireName() + " " + START.plusSeconds(300) + " since " + START);
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
        assertThat(accountsHeld)
                .hasSize(3)
                .last()
                .asString()
                .isEqualTo("gemini provider_billing " + clock.instant() + " since null");
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
        ProviderHold hold = signal(START.plusSeconds(300), null);
        limiter.applyRemote(new ProviderHold("gemini", "9f86d081", hold.until(), hold.reason(), null, "worker-1"));
        assertThat(limiter.providers()).isEmpty();

        limiter.applyRemote(hold);
        ask("held", FREE, null);
        awaitWaiting(FREE, 1);
        assertThat(accountsHeld).isEmpty();
        pass(HoldDurations.ACCOUNT_RECHECK.plusSeconds(31));
        assertThat(next().permit()).isNotNull();
    }

    /** Its jobs need not wait for a canary of its own. */
    @Test
    void anAccountThatAnotherWorkersCallFindsAcceptedIsTriedAtOnce() {
        limiter.applyRemote(signal(START.plusSeconds(300), START));
        ask("canary", FREE, null);
        ask("second", FREE, null);
        awaitWaiting(FREE, 2);
        clock.advance(SECOND);

        limiter.applyRemote(signal(START.minusSeconds(1), null));
        assertThat(limiter.health(clock.instant()).providers())
                .as("older than the refusal")
                .containsKey("gemini");
        limiter.applyRemote(signal(clock.instant(), null));

        Job canary = next();
        assertThat(results).isEmpty();
        answer(canary);
        answer(next());
    }

    @ParameterizedTest
    @ValueSource(longs = {-86_400, 120})
    void afterARestartOneCallFindsThatTheAccountIsStillRefused(long heldForSeconds) {
        Instant since = START.minusSeconds(90_000);
        ProviderHold last = signal(START.plusSeconds(heldForSeconds), since);
        limiter.startAfter(last);
        for (int i = 0; i < 5; i++) {
            ask("free " + i, FREE, null);
            ask("other " + i, OTHER, null);
        }
        Permit canary = next().permit();
        // All signals are heard again, soon after the start.
        limiter.applyRemote(last);
        await().until(() -> waiting(FREE) + waiting(OTHER) == 9 && slots.used() == 1);
        assertThat(results).isEmpty();

        clock.advance(SECOND);
        canary.refused(FailureKind.BILLING_REFUSED, null);
        canary.close();
        assertThat(accountsHeld)
                .containsExactly("gemini provider_billing " + START.plusSeconds(301) + " since " + since);
        assertThat(waiting(FREE) + waiting(OTHER)).isEqualTo(9);
    }

    @Test
    void afterARestartOneCallFindsThatTheAccountIsAccepted() {
        limiter.startAfter(signal(START.plusSeconds(120), START.minusSeconds(90_000)));
        Instant old = START.minus(ModelLimiter.REFUSED_WAIT_MAX);
        ask("old", FREE, old, null);
        ask("second", FREE, null);
        Job canary = next();
        assertThat(canary.name())
                .as("it has waited 24 hours, and does not fail untried")
                .isEqualTo("old");
        answer(canary);

        answer(next());
        assertThat(accountsHeld).containsExactly("gemini provider_billing " + START + " since null");
    }

    /** Of an earlier version, or accepted again. */
    @Test
    void anEndedHoldWithoutTheTimeOfTheRefusalDoesNotSlowAStartDown() {
        limiter.startAfter(signal(START, null));
        for (int i = 0; i < 5; i++) {
            ask("free " + i, FREE, null);
        }

        assertThat(next(5)).extracting(Job::result).hasOnlyElementsOfType(PermitResult.Granted.class);
        assertThat(limiter.providers().getFirst().refusedSince()).isNull();
    }

    /** Its end was an hour ago by our clock, or is in an hour. */
    @ParameterizedTest
    @ValueSource(longs = {-3_600, 3_600})
    void aRefusalAfterARestartHoldsWhateverTheClockOfTheOtherWorker(long seconds) {
        limiter.startAfter(signal(START.plusSeconds(seconds), START.plusSeconds(seconds)));
        ask("canary", FREE, null);
        Permit canary = next().permit();
        clock.advance(SECOND);
        canary.refused(FailureKind.BILLING_REFUSED, null);
        canary.close();

        assertThat(limiter.health(clock.instant()).providers()).containsKey("gemini");
    }

    private static ProviderHold signal(Instant until, @Nullable Instant refusedSince) {
        return new ProviderHold("gemini", "9f86d081", until, FailureCode.PROVIDER_BILLING, refusedSince, "worker-2");
    }
}
