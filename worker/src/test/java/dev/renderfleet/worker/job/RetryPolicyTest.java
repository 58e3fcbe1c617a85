package dev.renderfleet.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.catalogue.Rerolls;
import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.job.OnUnknown;
import dev.renderfleet.worker.job.RetryPolicy.Next;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.limits.ModelLimiter;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RetryPolicyTest {

    private static final RandomGenerator ALWAYS_HALF = new RandomGenerator() {
        @Override
        public long nextLong() {
            return 0;
        }

        @Override
        public double nextDouble() {
            return 0.5;
        }
    };

    private final RetryPolicy policy = new RetryPolicy(ALWAYS_HALF);
    private Rerolls rerolls = Rerolls.DEFAULT;

    @ParameterizedTest
    @EnumSource(names = {"INPUT_REFUSED", "OUTPUT_REFUSED", "REQUEST_INVALID", "STOPPED", "ACCOUNT_LIMITED"})
    void neverRetriesPermanentRefusals(FailureKind kind) {
        assertThat(next(kind, null, 1, Duration.ZERO)).isEqualTo(new Next.GiveUp());
    }

    @ParameterizedTest
    @CsvSource({
        "REQUEST_REFUSED, 2, REQUEST_INVALID",
        "MODEL_GONE, 2, MODEL_GONE",
        "PROVIDER_FAULT, 5, PROVIDER_FAULT",
        "UNKNOWN_OUTCOME, 2, UNKNOWN_OUTCOME",
        "NO_IMAGE, 2, NO_IMAGE",
        "RESULT_INVALID, 2, RESULT_INVALID"
    })
    void retriesAreBoundedByTheKindOfFailure(FailureKind kind, int attemptsMax, FailureCode code) {
        assertThat(next(kind, null, attemptsMax - 1, Duration.ZERO)).isInstanceOf(Next.Retry.class);
        assertThat(next(kind, null, attemptsMax, Duration.ZERO)).isEqualTo(new Next.GiveUp());
        assertThat(kind.code()).isEqualTo(code);
    }

    @ParameterizedTest
    @EnumSource(names = {"RATE_LIMITED", "DAY_QUOTA_SPENT", "OVERLOADED", "NOT_SENT"})
    void freeRefusalsAreRetriedUntilTheBoundOfWaiting(FailureKind kind) {
        assertThat(next(kind, null, 1_000, ModelLimiter.REFUSED_WAIT_MAX.minusSeconds(1)))
                .isInstanceOf(Next.Retry.class);
        assertThat(next(kind, null, 2, ModelLimiter.REFUSED_WAIT_MAX)).isInstanceOf(Next.GiveUp.class);
    }

    @Test
    void waitsAtLeastForTheRetryAfter() {
        Duration asked = Duration.ofMillis(10_673);

        assertThat(next(FailureKind.RATE_LIMITED, asked, 1, Duration.ZERO))
                .isInstanceOfSatisfying(
                        Next.Retry.class, again -> assertThat(again.pause()).isBetween(asked, asked.plusSeconds(3)));
    }

    @Test
    void backsOffExponentiallyUpToAMinute() {
        assertThat(pause(1)).isEqualTo(Duration.ofSeconds(1));
        assertThat(pause(3)).isEqualTo(Duration.ofSeconds(4));
        assertThat(pause(50)).isEqualTo(Duration.ofSeconds(30));
    }

    private Duration pause(int attempts) {
        return next(FailureKind.OVERLOADED, null, attempts, Duration.ZERO) instanceof Next.Retry(var pause)
                ? pause
                : Duration.ZERO;
    }

    private Next next(FailureKind kind, @Nullable Duration retryAfter, int attempts, Duration waited) {
        History history = History.NONE;
        for (int i = 1; i <= attempts; i++) {
            history = history.plus(
                    new Attempt(i, "m", kind.code().wireName(), Instant.EPOCH, waited.toMillis(), null, null, 1),
                    Usage.NONE);
        }
        return policy.next(new NotDrawn(kind, "R", null, retryAfter, Usage.NONE, null), history, null, rerolls);
    }

    @Test
    void aRefusalOfTheOutputIsNotRetriedUnlessTheModelAllowsIt() {
        assertThat(next(FailureKind.OUTPUT_REFUSED_REROLLABLE, null, 1, Duration.ZERO))
                .isEqualTo(new Next.GiveUp());

        rerolls = new Rerolls(0, 2, 0);
        assertThat(next(FailureKind.OUTPUT_REFUSED_REROLLABLE, null, 2, Duration.ZERO))
                .isInstanceOf(Next.Retry.class);
        assertThat(next(FailureKind.OUTPUT_REFUSED_REROLLABLE, null, 3, Duration.ZERO))
                .isInstanceOf(Next.GiveUp.class);
        assertThat(next(FailureKind.NO_IMAGE, null, 1, Duration.ZERO)).isInstanceOf(Next.GiveUp.class);
    }

    /** One re-roll in all, whatever the first answer lacked. */
    @Test
    void paidAnswersWithoutAValidPictureCountTogether() {
        History history = History.NONE
                .plus(attempt(1, FailureCode.RESULT_INVALID), Usage.NONE)
                .plus(attempt(2, FailureCode.NO_IMAGE), Usage.NONE);
        var answer = new NotDrawn(FailureKind.NO_IMAGE, "R", null, null, Usage.NONE, null);

        assertThat(policy.next(answer, history, null, rerolls)).isEqualTo(new Next.GiveUp());
    }

    private static Attempt attempt(int number, FailureCode code) {
        return new Attempt(number, "m", code.wireName(), Instant.EPOCH, 1, null, null, 1);
    }

    @Test
    void onUnknownHoldForbidsARetry() {
        var unknown = new NotDrawn(FailureKind.UNKNOWN_OUTCOME, "R", null, null, Usage.NONE, null);
        var one = History.NONE.plus(
                new Attempt(1, "m", FailureCode.UNKNOWN_OUTCOME.wireName(), Instant.EPOCH, 1, null, null, 5),
                Usage.NONE);

        assertThat(policy.next(unknown, one, OnUnknown.HOLD, rerolls)).isInstanceOf(Next.GiveUp.class);
        assertThat(policy.next(unknown, one, OnUnknown.RETRY, rerolls)).isInstanceOf(Next.Retry.class);
        assertThat(RetryPolicy.unknownsForbidAnother(one, OnUnknown.HOLD)).isTrue();
        assertThat(RetryPolicy.unknownsForbidAnother(one, null)).isFalse();
    }
}
