package dev.renderfleet.scheduler.queue;

import static dev.renderfleet.scheduler.queue.SimulatedFleet.MODEL;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelWindowTest {

    private static final ZoneId PACIFIC = ZoneId.of("America/Los_Angeles");
    private static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");
    private static final Duration CALL = Duration.ofSeconds(20);
    private static final double AHEAD = ReleaseRate.seconds(ModelWindow.AHEAD);

    private final ReleaseWindows windows = new ReleaseWindows(4);
    private long jobs;

    /** A fleet under a quota in several forms: its quota is used, its line is short. */
    @ParameterizedTest
    @CsvSource({
        // seed, partitions, workers, per second, seconds of a call
        "1, 12, 4, 10, 20",
        "2, 12, 1, 10, 20",
        "3, 12, 12, 10, 20",
        "4, 12, 4, 1, 20",
        "5, 24, 4, 50, 2",
        "6, 6, 6, 2.5, 60"
    })
    void usesTheQuotaWithAShortLine(long seed, int partitions, int workers, double perSecond, int callSeconds) {
        SimulatedFleet fleet =
                new SimulatedFleet(seed, partitions, workers, 500, perSecond, Duration.ofSeconds(callSeconds));
        fleet.windows.model(MODEL, Duration.ofSeconds(callSeconds), limits(perSecond, null));

        fleet.run(Duration.ofMinutes(30));

        report("steady " + seed, fleet, perSecond, fleet.available);
        assertThat(fleet.calls / fleet.available).isGreaterThanOrEqualTo(0.98);
        assertThat((double) fleet.refused / fleet.calls).isLessThanOrEqualTo(0.001);
        assertThat(fleet.waitingSeconds(0, 1_800, perSecond))
                .isLessThanOrEqualTo(Math.max(4 * AHEAD, 2 * partitions / perSecond));
    }

    /** Three of four workers are killed and come back, the operator halves the rate for a while, the provider refuses twice. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void usesTheQuotaWhileEverythingChanges(long seed) {
        SimulatedFleet fleet = new SimulatedFleet(seed, 12, 4, 300, 10, CALL);
        ModelWindow window = fleet.windows.model(MODEL, CALL, limits(10.0, null));

        fleet.run(Duration.ofMinutes(5));
        fleet.kill(3);
        fleet.run(Duration.ofMinutes(7));
        fleet.start(3);
        fleet.run(Duration.ofMinutes(6));
        fleet.refuse(Duration.ofSeconds(20));
        fleet.run(Duration.ofMinutes(6));
        window.limits(limits(10.0, 5.0), fleet.now);
        fleet.run(Duration.ofMinutes(5));
        window.limits(limits(10.0, null), fleet.now);
        fleet.run(Duration.ofMinutes(6));
        fleet.refuse(Duration.ofMinutes(2));
        fleet.run(Duration.ofMinutes(7));

        double wanted = fleet.available - 5 * 60 * 5;
        report("changes " + seed, fleet, 10, wanted);
        assertThat(fleet.calls / wanted).isBetween(0.98, 1.02);
        assertThat((double) fleet.refused / fleet.calls).isLessThanOrEqualTo(0.005);
    }

    /** The workers' slots admit a quarter of the quota: the line follows what they really do, and the whole when they come back. */
    @Test
    void followsWorkersThatAreSlowerThanTheQuota() {
        SimulatedFleet fleet = new SimulatedFleet(1, 12, 4, 50, 10, CALL);
        fleet.windows.model(MODEL, CALL, limits(10.0, null));
        fleet.run(Duration.ofMinutes(5));

        fleet.kill(3);
        fleet.run(Duration.ofMinutes(10));
        long before = fleet.calls;
        fleet.start(3);
        fleet.run(Duration.ofMinutes(10));

        report("slots", fleet, 10, fleet.available);
        System.out.printf("slots: waiting after five minutes up to %.1f s%n", fleet.waitingSeconds(600, 900, 2.5));
        assertThat(fleet.waitingSeconds(600, 900, 2.5)).isLessThanOrEqualTo(30);
        assertThat(fleet.calls - before).isGreaterThan((long) (0.9 * 600 * 10));
    }

    /** No quota is known: 32 slots of two seconds are 16 a second. */
    @Test
    void learnsTheSpeedOfAModelWithoutQuota() {
        SimulatedFleet fleet = new SimulatedFleet(1, 6, 2, 16, 1_000_000, Duration.ofSeconds(2));
        fleet.windows.model(MODEL, Duration.ofSeconds(10), limits(null, null));

        fleet.run(Duration.ofMinutes(2));
        long before = fleet.calls;
        fleet.run(Duration.ofMinutes(10));

        report("learned", fleet, 16, 720 * 16);
        assertThat(fleet.calls - before).isGreaterThan((long) (0.95 * 600 * 16));
        assertThat(fleet.waitingSeconds(120, 720, 16)).isLessThanOrEqualTo(4 * AHEAD);
    }

    /** The provider takes three times as long as before. */
    @Test
    void followsAModelThatBecomesSlow() {
        SimulatedFleet fleet = new SimulatedFleet(1, 12, 4, 500, 10, CALL);
        fleet.windows.model(MODEL, CALL, limits(10.0, null));
        fleet.run(Duration.ofMinutes(5));

        fleet.meanCall(CALL.multipliedBy(3));
        fleet.run(Duration.ofMinutes(4));
        long before = fleet.calls;
        fleet.run(Duration.ofMinutes(5));

        report("slow", fleet, 10, fleet.available);
        assertThat(fleet.calls - before).isGreaterThan((long) (0.97 * 300 * 10));
    }

    @Test
    void partitionsTakeTurnsAndAFullOneIsPassedOver() {
        windows.model(MODEL, Duration.ofSeconds(1), limits(4.0, null));
        assertThat(List.of(release(NOON), release(NOON), release(NOON), release(NOON), release(NOON)))
                .containsExactly(0, 1, 2, 3, 0);
        for (int second = 1; second < 10; second++) {
            releaseAll(NOON.plusSeconds(second));
        }

        windows.ended(MODEL, 3, FlightTiming.NO_CALL, NOON.plusSeconds(20));

        assertThat(release(NOON.plusSeconds(20))).isEqualTo(2);
        assertThat(windows.partition(MODEL, NOON.plusSeconds(20))).isEmpty();
    }

    /** A worker can use its share of a quota only for a job that it has. */
    @Test
    void eachPartitionHasAJobHoweverSmallTheQuota() {
        windows.model(MODEL, CALL, limits(0.01, null));

        for (int each = 0; each < 4; each++) {
            release(NOON);
        }

        assertThat(windows.partition(MODEL, NOON)).isEmpty();
        assertThat(windows.partition(MODEL, NOON.plusSeconds(90))).isEmpty();
    }

    @Test
    void releasesAFewSecondsOfWorkAtOnceAndThenTheRate() {
        windows.model(MODEL, CALL, limits(10.0, null));

        assertThat(releaseAll(NOON)).isEqualTo(30);
        assertThat(releaseAll(NOON.plusSeconds(1))).isEqualTo(10);
        assertThat(releaseAll(NOON.plusSeconds(2))).isEqualTo(10);
        for (int second = 3; second < 100; second++) {
            releaseAll(NOON.plusSeconds(second));
        }
        assertThat(windows.flights()).as("in calls and in line").isEqualTo(4 * 65);
    }

    @Test
    void nothingIsReleasedDuringAHoldAndLittleAfterIt() {
        ModelWindow window = windows.model(MODEL, CALL, limits(10.0, null));

        window.hold(NOON.plusSeconds(60), "rate_limited", NOON);
        window.hold(NOON.plusSeconds(30), "rate_limited", NOON);

        assertThat(releaseAll(NOON.plusSeconds(59))).isZero();
        assertThat(window.state(NOON.plusSeconds(59)).hold())
                .isEqualTo(new WindowState.ModelHeld(NOON.plusSeconds(60), "rate_limited"));
        assertThat(releaseAll(NOON.plusSeconds(60)))
                .as("one for each partition")
                .isEqualTo(4);
        assertThat(releaseAll(NOON.plusSeconds(62))).isBetween(1, 10);
        assertThat(releaseAll(NOON.plusSeconds(70))).isBetween(25, 30);
        assertThat(releaseAll(NOON.plusSeconds(71))).isEqualTo(10);
        assertThat(window.state(NOON.plusSeconds(71)).hold()).isNull();
    }

    @Test
    void changedLimitsCountAtOnce() {
        ModelWindow window = windows.model(MODEL, CALL, limits(10.0, null));
        int released = releaseAll(NOON);
        for (int job = 1; job <= released; job++) {
            windows.ended(MODEL, job, new FlightTiming(Duration.ZERO, CALL), NOON);
        }

        window.limits(limits(10.0, 1.0), NOON);

        assertThat(releaseAll(NOON.plusSeconds(10))).isZero();
        assertThat(releaseAll(NOON.plusSeconds(30))).isEqualTo(1);
        assertThat(releaseAll(NOON.plusMillis(30_500))).isZero();
        assertThat(releaseAll(NOON.plusSeconds(31))).isEqualTo(1);
        window.limits(limits(20.0, null), NOON.plusSeconds(31));
        assertThat(releaseAll(NOON.plusSeconds(31))).isGreaterThan(50);
    }

    @Test
    void aDayHasItsQuotaUntilMidnightAtTheProvider() {
        ModelWindow window = windows.model(MODEL, CALL, new ModelLimits(10.0, null, 20, PACIFIC, null));
        window.releasedToday(15, NOON);

        assertThat(releaseAll(NOON)).isEqualTo(5);
        Instant midnight = Instant.parse("2026-12-01T08:00:00Z");
        assertThat(window.state(NOON).day()).isEqualTo(new WindowState.ModelDay(20, 20, midnight));
        assertThat(releaseAll(midnight.minusSeconds(1))).isZero();
        assertThat(releaseAll(midnight)).isEqualTo(20);
    }

    @Test
    void callsInProgressLimitTheRate() {
        windows.model(MODEL, CALL, new ModelLimits(100.0, null, null, PACIFIC, 24));

        int released = releaseAll(NOON);
        for (int second = 1; second < 120; second++) {
            released += releaseAll(NOON.plusSeconds(second));
        }

        assertThat(released).as("24 calls and a short line").isBetween(28, 40);
    }

    /** A job whose claim a killed worker holds must not keep a partition from its quota. */
    @Test
    void aFlightThatManyHaveOvertakenTakesNoPlace() {
        ReleaseWindows one = new ReleaseWindows(1);
        ModelWindow window = one.model(MODEL, Duration.ofSeconds(1), limits(10.0, null));
        int stuck = window.state(NOON).flightsMax() - 1;
        Deque<Long> moving = new ArrayDeque<>();
        long newest = 0;
        for (int second = 0; second < 120; second++) {
            Instant now = NOON.plusSeconds(second);
            for (Long job = moving.poll(); job != null; job = moving.poll()) {
                one.ended(MODEL, job, new FlightTiming(Duration.ofSeconds(1), Duration.ofSeconds(1)), now);
            }
            while (one.partition(MODEL, now).isPresent()) {
                one.released(MODEL, ++newest, 0, now);
                if (newest > stuck) {
                    moving.add(newest);
                }
            }
        }

        assertThat(moving).as("released in the last second").hasSizeGreaterThanOrEqualTo(10);
        assertThat(one.flights()).isEqualTo(stuck + moving.size());
    }

    /** Such as one that no cap admits: otherwise those that may run would wait for it. */
    @Test
    void aReleaseWithoutACallTakesNothingFromTheOthers() {
        ModelWindow window = windows.model(MODEL, CALL, new ModelLimits(10.0, null, 1_000, PACIFIC, null));
        for (int each = 1; each <= 500; each++) {
            release(NOON);
            windows.ended(MODEL, each, FlightTiming.NO_CALL, NOON);
        }

        assertThat(window.state(NOON).day().released()).isZero();
        assertThat(releaseAll(NOON)).isEqualTo(30);
    }

    @Test
    void anotherLeaderGoesOnWhereTheFormerStopped() {
        windows.model(MODEL, CALL, limits(10.0, null));
        ReleaseWindows next = new ReleaseWindows(4);
        next.model(MODEL, CALL, limits(10.0, null));
        for (int second = 0; second < 20; second++) {
            Instant now = NOON.plusSeconds(second);
            OptionalInt partition = windows.partition(MODEL, now);
            while (partition.isPresent()) {
                windows.released(MODEL, ++jobs, partition.getAsInt(), now);
                next.released(MODEL, jobs, partition.getAsInt(), now);
                partition = windows.partition(MODEL, now);
            }
        }

        Instant now = NOON.plusSeconds(20);
        assertThat(next.model(MODEL).state(now)).isEqualTo(windows.model(MODEL).state(now));
    }

    @Test
    void noModelTakesAllFlights() {
        windows.model("slow", Duration.ofMinutes(10), limits(1_000.0, null));
        windows.model(MODEL, CALL, limits(100.0, null));
        Instant now = NOON;
        for (int second = 0; second < 60; second++) {
            now = now.plusSeconds(1);
            while (windows.partition("slow", now).isPresent()) {
                windows.released("slow", ++jobs, windows.partition("slow", now).getAsInt(), now);
            }
        }

        assertThat(windows.flights()).isEqualTo(2_500);
        assertThat(releaseAll(now)).isEqualTo(300);
    }

    @Test
    void anOutcomeOfAnUnknownFlightChangesNothing() {
        windows.model(MODEL, CALL, limits(10.0, null));
        release(NOON);

        windows.ended(MODEL, 99, FlightTiming.NO_CALL, NOON);
        windows.ended(MODEL, 1, FlightTiming.NO_CALL, NOON);
        windows.ended(MODEL, 1, FlightTiming.NO_CALL, NOON);

        assertThat(windows.flights()).isZero();
    }

    private int release(Instant now) {
        int partition = windows.partition(MODEL, now).orElseThrow();
        windows.released(MODEL, ++jobs, partition, now);
        return partition;
    }

    private int releaseAll(Instant now) {
        int released = 0;
        while (windows.partition(MODEL, now).isPresent()) {
            release(now);
            released++;
        }
        return released;
    }

    private static void report(String name, SimulatedFleet fleet, double perSecond, double wanted) {
        List<Integer> sorted = fleet.waiting.stream().sorted().toList();
        System.out.printf(
                "%s: quota used %.1f %%, refused %.2f %%, waiting mean %.1f s, p99 %.1f s, max %.1f s%n",
                name,
                100 * fleet.calls / wanted,
                100.0 * fleet.refused / fleet.calls,
                sorted.stream().mapToInt(Integer::intValue).average().orElseThrow() / perSecond,
                sorted.get(sorted.size() * 99 / 100) / perSecond,
                sorted.getLast() / perSecond);
    }

    private static ModelLimits limits(@Nullable Double perSecond, @Nullable Double operator) {
        return new ModelLimits(perSecond, operator, null, PACIFIC, null);
    }
}
