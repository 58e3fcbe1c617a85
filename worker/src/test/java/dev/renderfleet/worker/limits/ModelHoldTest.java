package dev.renderfleet.worker.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.worker.providers.FailureKind;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelHoldTest {

    private static final Instant START = Instant.parse("2026-11-23T12:00:00Z");

    /** Kinds whose holds are short. */
    private static final List<FailureKind> KINDS = Arrays.stream(FailureKind.values())
            .filter(kind -> kind != FailureKind.DAY_QUOTA_SPENT)
            .toList();

    private static final int SLOTS = 100;

    private final ModelHold hold = new ModelHold(SLOTS, new QuotaDay(ZoneId.of("America/Los_Angeles")), new Random(1));
    private Instant now = START;

    @Test
    void aRateLimitHoldsForTheRetryAfter() {
        assertThat(hold.wait(now)).isZero();

        assertThat(call(FailureKind.RATE_LIMITED, Duration.ofSeconds(30))).isTrue();
        assertThat(hold.until()).isEqualTo(now.plusSeconds(30));
        assertThat(hold.reason()).isEqualTo(FailureCode.RATE_LIMITED);
        // The jitter: 100 ms and up to a tenth.
        assertThat(hold.wait(now)).isBetween(Duration.ofMillis(30_100), Duration.ofMillis(33_100));
    }

    @Test
    void withoutRetryAfterARateLimitHoldsFiveSecondsDoublingToAMinute() {
        List<Long> seconds = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            assertThat(call(FailureKind.RATE_LIMITED, null)).isTrue();
            seconds.add(Duration.between(now, hold.until()).toSeconds());
            now = hold.resumeAt();
        }

        assertThat(seconds).containsExactly(5L, 10L, 20L, 40L, 60L, 60L);
    }

    @Test
    void aSpentDayQuotaHoldsUntilTheProvidersMidnightOrTheRetryAfter() {
        assertThat(call(FailureKind.DAY_QUOTA_SPENT, null)).isTrue();
        assertThat(hold.until()).isEqualTo("2026-11-24T08:00:00Z");
        assertThat(Duration.between(hold.until(), hold.resumeAt())).isLessThan(Duration.ofSeconds(31));

        now = hold.resumeAt();
        assertThat(call(FailureKind.DAY_QUOTA_SPENT, Duration.ofHours(3))).isTrue();
        assertThat(hold.until()).isEqualTo(now.plus(Duration.ofHours(3)));
    }

    @ParameterizedTest
    @EnumSource(
            value = FailureKind.class,
            names = {"OVERLOADED", "NOT_SENT", "PROVIDER_FAULT"})
    void consecutiveRefusalsHoldOneSecondDoublingToAMinute(FailureKind kind) {
        for (int i = 1; i < ModelHold.BREAKER_REFUSALS; i++) {
            assertThat(call(kind, null)).isFalse();
            assertThat(hold.wait(now)).isZero();
        }
        List<Long> seconds = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            // The fifth in a row, then each canary.
            assertThat(call(kind, null)).isTrue();
            seconds.add(Duration.between(now, hold.until()).toSeconds());
            now = hold.resumeAt();
        }

        assertThat(seconds).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L);
    }

    @Test
    void fewerRefusalsInARowDoNotHold() {
        for (int i = 0; i < 100; i++) {
            for (int row = 1; row < ModelHold.BREAKER_REFUSALS; row++) {
                assertThat(call(FailureKind.OVERLOADED, Duration.ofSeconds(9))).isFalse();
            }
            hold.answered(hold.begin(now));
        }

        assertThat(hold.wait(now)).isZero();
    }

    @ParameterizedTest
    @EnumSource(
            value = FailureKind.class,
            names = {
                "INPUT_REFUSED",
                "OUTPUT_REFUSED",
                "OUTPUT_REFUSED_REROLLABLE",
                "NO_IMAGE",
                "REQUEST_INVALID",
                "REQUEST_REFUSED",
                "STOPPED",
                "RESULT_INVALID"
            })
    void aFailureOfOneJobCountsAsAResponse(FailureKind kind) {
        hold(FailureCode.OVERLOADED, Duration.ofSeconds(5));

        assertThat(call(kind, null)).isFalse();
        assertThat(hold.callsMax()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(
            value = FailureKind.class,
            names = {"MODEL_GONE", "UNKNOWN_OUTCOME"})
    void aFailureUnrelatedToTheProvidersHealthOnlyEndsTheCall(FailureKind kind) {
        hold(Duration.ofSeconds(5));

        assertThat(call(kind, null)).isFalse();
        assertThat(hold.callsMax()).isEqualTo(1);
        assertThat(hold.wait(now)).isZero();
    }

    @Test
    void theRampUpDoublesConcurrencyUntilItExceedsTheFormerOne() {
        IntStream.range(0, 100).forEach(_ -> hold.begin(now));
        hold(FailureCode.OVERLOADED, Duration.ofSeconds(5));

        assertThat(roundsUntilUnlimited()).containsExactly(1, 2, 4, 8, 16, 32, 64);
        assertThat(hold.reason()).isNull();
        for (int i = 0; i < 2 * ModelState.UNLIMITED; i++) {
            assertThat(hold.wait(now)).isZero();
            hold.begin(now);
        }
    }

    @Test
    void afterARateLimitHalfTheFormerConcurrencyFollowsTheCanary() {
        IntStream.range(0, 100).forEach(_ -> hold.begin(now));
        hold(FailureCode.RATE_LIMITED, Duration.ofSeconds(5));
        assertThat(beginAll()).hasSize(1).allSatisfy(hold::answered);
        List<ModelHold.CallStart> half = beginAll();
        assertThat(half).hasSize(50);

        // A hold on the way back: what was usual is still known.
        assertThat(hold.refused(half.getFirst(), FailureKind.RATE_LIMITED, null, now))
                .isTrue();
        now = hold.resumeAt();
        assertThat(roundsUntilUnlimited()).containsExactly(1, 50, 100);
    }

    @Test
    void aCanaryInFlightTwiceAsLongAsARefusalCountsAsAdmitted() {
        List<ModelHold.CallStart> usual =
                IntStream.range(0, 100).mapToObj(_ -> hold.begin(now)).toList();
        refusedAfter(usual.getFirst(), Duration.ofMillis(400));

        ModelHold.CallStart canary = send();
        assertThat(hold.wait(now)).isEqualTo(Duration.ofMillis(800));
        now = now.plusMillis(799);
        assertThat(hold.wait(now)).isEqualTo(Duration.ofMillis(1));
        now = now.plusMillis(1);
        List<ModelHold.CallStart> half = beginAll();
        assertThat(half).hasSize(49); // The canary is one of the half.

        hold.answered(canary);
        assertThat(beginAll()).hasSize(2);
        refusedAfter(half.getFirst(), Duration.ofMillis(1));
        assertThat(beginAll()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"0, 250", "100, 250", "2000, 4000", "20000, 30000"})
    void theWaitForTheCanaryIsBounded(long refusalMillis, long watchedMillis) {
        ModelHold.CallStart first = hold.begin(now);
        hold.begin(now);
        refusedAfter(first, Duration.ofMillis(refusalMillis));

        send();
        assertThat(hold.wait(now)).isEqualTo(Duration.ofMillis(watchedMillis));
    }

    @Test
    void afterARemoteHoldARefusalIsAssumedToTakeHalfASecond() {
        IntStream.range(0, 10).forEach(_ -> hold.begin(now));
        hold(FailureCode.RATE_LIMITED, Duration.ofSeconds(5));

        send();
        assertThat(hold.wait(now)).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void afterAnOutageOnlyTheCanarysResponseCounts() {
        IntStream.range(0, 10).forEach(_ -> hold.begin(now));
        hold(FailureCode.OVERLOADED, Duration.ofSeconds(5));

        send();
        assertThat(hold.wait(now)).isEqualTo(ModelGate.UNTIL_SIGNALLED);
        now = now.plus(Duration.ofMinutes(5));
        assertThat(hold.wait(now)).isEqualTo(ModelGate.UNTIL_SIGNALLED);
    }

    /** Time spent on the claim and references does not count. */
    @Test
    void anUnsentCanaryIsNotAdmitted() {
        refusedAfter(hold.begin(now), Duration.ofMillis(100));
        ModelHold.CallStart canary = hold.begin(now);
        now = now.plus(Duration.ofMinutes(5));
        assertThat(hold.wait(now)).isEqualTo(ModelGate.UNTIL_SIGNALLED);

        canary = hold.sent(canary, now);
        assertThat(hold.wait(now)).isEqualTo(Duration.ofMillis(250));
        refusedAfter(canary, Duration.ofMillis(400));
        send();
        assertThat(hold.wait(now)).isEqualTo(Duration.ofMillis(800));
    }

    @Test
    void aCallOfAnEarlierEpochIsNotTheCanary() {
        ModelHold.CallStart late = hold.begin(now);
        hold(Duration.ofSeconds(5));
        hold.begin(now);

        hold.sent(late, now);
        assertThat(hold.wait(now)).isEqualTo(ModelGate.UNTIL_SIGNALLED);
    }

    @Test
    void aCallAdmittedAfterTheCanaryIsNotACanary() {
        refusedAfter(hold.begin(now), Duration.ofMillis(100));
        ModelHold.CallStart canary = send();
        now = now.plus(hold.wait(now));
        List<ModelHold.CallStart> half = beginAll();

        assertThat(hold.refused(half.getFirst(), FailureKind.OVERLOADED, null, now))
                .isFalse();
        assertThat(hold.refused(canary, FailureKind.OVERLOADED, null, now)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void aNewWorkerAssumesAllSlotsAsFormerConcurrency(int out) {
        IntStream.range(0, out).forEach(_ -> hold.begin(now));
        hold(FailureCode.RATE_LIMITED, Duration.ofSeconds(5));

        assertThat(roundsUntilUnlimited()).containsExactly(1, SLOTS / 2, SLOTS);
    }

    @Test
    void theFormerConcurrencyIsThePeakSinceTheLastHold() {
        List<ModelHold.CallStart> usual =
                IntStream.range(0, 20).mapToObj(_ -> hold.begin(now)).toList();
        usual.forEach(hold::answered);
        hold.begin(now);
        hold(FailureCode.RATE_LIMITED, Duration.ofSeconds(5));

        assertThat(roundsUntilUnlimited()).containsExactly(1, 10, 20);
    }

    @Test
    void theRampUpTakesAMinimumOfResponses() {
        for (int i = 0; i < ModelHold.STEADY_RESPONSES; i++) {
            hold.answered(hold.begin(now));
        }
        hold(FailureCode.RATE_LIMITED, Duration.ofSeconds(5));
        for (int i = 0; i < ModelHold.STEADY_RESPONSES; i++) {
            assertThat(hold.callsMax()).isEqualTo(i + 1);
            hold.answered(hold.begin(now));
        }
        assertThat(hold.callsMax()).isEqualTo(ModelState.UNLIMITED);
    }

    @Test
    void anUnusedCanaryAdmitsAnother() {
        hold(Duration.ofSeconds(5));

        ModelHold.CallStart canary = hold.begin(now);
        assertThat(hold.wait(now)).isPositive();
        hold.finished(canary);
        assertThat(beginAll()).hasSize(1);
    }

    @Test
    void aRefusedCanaryHoldsAgainButASingleRefusalInTheRampUpDoesNot() {
        hold(FailureCode.OVERLOADED, Duration.ofSeconds(5));
        assertThat(call(FailureKind.OVERLOADED, null)).isTrue();
        assertThat(hold.wait(now)).isPositive();
        now = hold.resumeAt();
        hold.answered(hold.begin(now));
        List<ModelHold.CallStart> two = beginAll();
        assertThat(two).hasSize(2);

        assertThat(hold.refused(two.getFirst(), FailureKind.OVERLOADED, null, now))
                .isFalse();
        hold.answered(two.getLast());
        assertThat(beginAll()).hasSize(3);
    }

    @Test
    void consecutiveRefusalsInTheRampUpHoldAgain() {
        hold(FailureCode.OVERLOADED, Duration.ofSeconds(5));
        hold.answered(hold.begin(now));
        for (int i = 1; i < ModelHold.BREAKER_REFUSALS; i++) {
            assertThat(call(FailureKind.OVERLOADED, null)).isFalse();
        }
        assertThat(call(FailureKind.OVERLOADED, null)).isTrue();
    }

    @Test
    void callsOfAnEarlierEpochNeitherExtendTheHoldNorCountInTheRampUp() {
        List<ModelHold.CallStart> out = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            out.add(hold.begin(now));
        }
        assertThat(hold.refused(out.removeFirst(), FailureKind.RATE_LIMITED, null, now))
                .isTrue();
        Instant end = hold.until();
        now = now.plusSeconds(1);
        for (int i = 0; i < 20; i++) {
            assertThat(hold.refused(out.removeFirst(), FailureKind.RATE_LIMITED, null, now))
                    .isFalse();
            assertThat(hold.refused(out.removeFirst(), FailureKind.OVERLOADED, null, now))
                    .isFalse();
            hold.answered(out.removeFirst());
        }

        assertThat(hold.until()).isEqualTo(end);
        now = hold.resumeAt();
        assertThat(beginAll()).hasSize(1);
        out.forEach(hold::answered);
        assertThat(hold.callsMax()).isEqualTo(1);
    }

    @Test
    void aCallOfAnEarlierEpochMayNameALaterEnd() {
        ModelHold.CallStart first = hold.begin(now);
        ModelHold.CallStart second = hold.begin(now);
        ModelHold.CallStart third = hold.begin(now);
        assertThat(hold.refused(first, FailureKind.RATE_LIMITED, Duration.ofSeconds(10), now))
                .isTrue();
        assertThat(hold.refused(second, FailureKind.RATE_LIMITED, Duration.ofSeconds(7), now))
                .isFalse();
        assertThat(hold.refused(third, FailureKind.DAY_QUOTA_SPENT, null, now)).isTrue();

        assertThat(hold.until()).isEqualTo("2026-11-24T08:00:00Z");
    }

    @Test
    void aHoldNeverShortensALongerOneAndIsBounded() {
        assertThat(hold.hold(now.plusSeconds(60), FailureCode.OVERLOADED, now)).isTrue();
        assertThat(hold.hold(now.plusSeconds(59), FailureCode.RATE_LIMITED, now))
                .isFalse();
        assertThat(hold.reason()).isEqualTo(FailureCode.OVERLOADED);

        assertThat(hold.hold(Instant.MAX, FailureCode.RATE_LIMITED, now)).isTrue();
        assertThat(hold.until()).isEqualTo(now.plus(HoldDurations.HOLD_MAX));
        assertThat(call(FailureKind.RATE_LIMITED, Duration.ofSeconds(Long.MAX_VALUE)))
                .isFalse();
    }

    @Test
    void anExpiredHoldIsIgnored() {
        assertThat(hold.hold(now, FailureCode.RATE_LIMITED, now)).isFalse();
        assertThat(hold.hold(Instant.MIN, FailureCode.RATE_LIMITED, now)).isFalse();
        assertThat(hold.wait(now)).isZero();
        assertThat(hold.callsMax()).isEqualTo(ModelState.UNLIMITED);
    }

    @Test
    void aNegativeRetryAfterIsIgnored() {
        assertThat(call(FailureKind.RATE_LIMITED, Duration.ofSeconds(-3))).isTrue();
        assertThat(hold.until()).isEqualTo(now.plusSeconds(5));
    }

    @Test
    void steadyResponsesResetTheBackoff() {
        for (int i = 0; i < 4; i++) {
            assertThat(call(FailureKind.RATE_LIMITED, null)).isTrue();
            now = hold.resumeAt();
        }
        for (int i = 0; i < ModelHold.STEADY_RESPONSES; i++) {
            hold.answered(hold.begin(now));
        }

        assertThat(call(FailureKind.RATE_LIMITED, null)).isTrue();
        assertThat(hold.until()).isEqualTo(now.plusSeconds(5));
    }

    /** Random sequences: no call begins during a hold, and the ramp-up keeps its bound. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void noCallBeginsDuringAHold(long seed) {
        var random = new Random(seed);
        List<ModelHold.CallStart> out = new ArrayList<>();
        Instant heldUntil = Instant.MIN;
        int holds = 0;
        for (int step = 0; step < 20_000; step++) {
            now = now.plusMillis(random.nextInt(4_000));
            if (hold.wait(now).isZero()) {
                assertThat(now).as("seed %d, step %d", seed, step).isAfter(heldUntil);
                out.add(random.nextBoolean() ? send() : hold.begin(now));
            }
            if (!out.isEmpty() && random.nextBoolean()) {
                Collections.shuffle(out, random);
                ModelHold.CallStart call = out.removeLast();
                if (random.nextInt(4) > 0) {
                    hold.answered(call);
                } else {
                    FailureKind kind = KINDS.get(random.nextInt(KINDS.size()));
                    Duration asked = random.nextBoolean() ? null : Duration.ofMillis(random.nextInt(5_000));
                    holds += hold.refused(call, kind, asked, now) ? 1 : 0;
                }
            }
            assertThat(hold.until()).as("seed %d, step %d", seed, step).isAfterOrEqualTo(heldUntil);
            heldUntil = hold.until();
        }
        assertThat(holds).as("seed %d", seed).isGreaterThan(50);
    }

    private ModelHold.CallStart send() {
        return hold.sent(hold.begin(now), now);
    }

    private boolean call(FailureKind kind, @Nullable Duration retryAfter) {
        return hold.refused(hold.begin(now), kind, retryAfter, now);
    }

    /** Refused for quota after so long; then the hold is over. */
    private void refusedAfter(ModelHold.CallStart call, Duration length) {
        now = call.at().plus(length).isAfter(now) ? call.at().plus(length) : now;
        assertThat(hold.refused(call, FailureKind.RATE_LIMITED, Duration.ofSeconds(1), now))
                .isTrue();
        now = hold.resumeAt();
    }

    private void hold(Duration length) {
        hold(FailureCode.RATE_LIMITED, length);
    }

    private void hold(FailureCode code, Duration length) {
        assertThat(hold.hold(now.plus(length), code, now)).isTrue();
        now = hold.resumeAt();
    }

    /** How many calls are allowed at once, round after round of calls that are all answered. */
    private List<Integer> roundsUntilUnlimited() {
        List<Integer> atOnce = new ArrayList<>();
        while (hold.callsMax() < ModelState.UNLIMITED) {
            List<ModelHold.CallStart> round = beginAll();
            atOnce.add(round.size());
            round.forEach(hold::answered);
        }
        return atOnce;
    }

    private List<ModelHold.CallStart> beginAll() {
        List<ModelHold.CallStart> begun = new ArrayList<>();
        while (hold.wait(now).isZero()) {
            begun.add(hold.begin(now));
        }
        return begun;
    }
}
