package dev.renderfleet.worker.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class TokenBucketTest {

    private static final Instant START = Instant.parse("2026-11-23T12:00:00Z");
    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void startsEmptyAndRefillsEvenly() {
        var bucket = new TokenBucket(60, 0.5, START);

        assertThat(bucket.wait(1, START)).isEqualTo(Duration.ofSeconds(2));
        assertThat(bucket.wait(1, START.plus(SECOND))).isEqualTo(SECOND);
        assertThat(bucket.wait(1, START.plusSeconds(2))).isZero();
        bucket.take(1);
        assertThat(bucket.wait(1, START.plusSeconds(2))).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void anIdleHourAccumulatesOneSecondsWorthAndOneCall() {
        var bucket = new TokenBucket(600, 1, START);

        assertThat(burst(bucket, START.plus(Duration.ofHours(1)))).isEqualTo(11);
    }

    @Test
    void aCallLargerThanASecondsWorthWaitsForItsFullAmount() {
        var bucket = new TokenBucket(60_000, 1, START);

        assertThat(bucket.wait(5_000, START)).isEqualTo(Duration.ofSeconds(5));
        assertThat(bucket.wait(5_000, START.plusSeconds(5))).isZero();
        bucket.take(5_000);
        assertThat(bucket.wait(1_000, START.plusSeconds(5))).isEqualTo(SECOND);
    }

    @Test
    void aChangedShareCreatesNoTokens() {
        var bucket = new TokenBucket(600, 1, START);
        Instant now = START.plusSeconds(60);
        for (double fraction : new double[] {0.25, 1, 0, 1, 0.5, 1}) {
            bucket.share(fraction, now);
        }

        assertThat(burst(bucket, now)).isLessThanOrEqualTo(11);
        bucket.share(0.1, now);
        assertThat(bucket.wait(1, now)).isEqualTo(SECOND);
    }

    @Test
    void tokensRefilledBeforeAChangeAreKept() {
        var bucket = new TokenBucket(60, 1, START);
        assertThat(bucket.wait(1, START)).isEqualTo(SECOND);

        bucket.share(0.1, START.plusMillis(500));
        assertThat(bucket.wait(1, START.plusMillis(500))).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void aShareOfZeroPermitsNothing() {
        var bucket = new TokenBucket(60, 1, START);
        assertThat(bucket.wait(1, START.plusSeconds(1))).isZero();

        bucket.share(0, START.plusSeconds(1));
        assertThat(bucket.wait(1, START.plusSeconds(100))).isEqualTo(ModelGate.UNTIL_SIGNALLED);
    }

    @Test
    void refundsUpToTheCapacity() {
        var bucket = new TokenBucket(60, 1, START);
        Instant now = START.plusSeconds(1);
        assertThat(bucket.wait(1, now)).isZero();
        bucket.take(1);
        bucket.refund(1);
        assertThat(bucket.wait(1, now)).isZero();

        for (int i = 0; i < 100; i++) {
            bucket.refund(1);
        }
        assertThat(burst(bucket, now)).isEqualTo(2);
    }

    @Test
    void aClockSetBackDoesNotStopTheRefill() {
        var bucket = new TokenBucket(60, 1, START);

        Instant earlier = START.minusSeconds(3_600);
        assertThat(bucket.wait(1, earlier)).isEqualTo(SECOND);
        assertThat(bucket.wait(1, earlier.plus(SECOND))).isZero();
    }

    private static int burst(TokenBucket bucket, Instant now) {
        int taken = 0;
        while (bucket.wait(1, now).isZero()) {
            bucket.take(1);
            taken++;
        }
        return taken;
    }
}
