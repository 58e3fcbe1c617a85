package dev.renderfleet.worker.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.catalogue.Quota;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A changing set of workers with more jobs than quota, against a provider that enforces one minute's worth of quota, refilled
 * evenly. Simulates half an hour.
 */
class QuotaSimulationTest {

    private static final Instant START = Instant.parse("2026-11-23T12:00:00Z");
    private static final int MINUTES = 30;
    private static final int PARTITIONS = 12;
    private static final QuotaDemand DEMAND = new QuotaDemand("gemini", "m", 1, 500);
    private static final Duration WAKES_LATE_MAX = Duration.ofMillis(50);
    private static final Duration HANDED_ON = Duration.ofNanos(50_000);

    static Stream<Arguments> fleets() {
        return Stream.of(1, 2, 4)
                .flatMap(workers -> Stream.of(10, 60, 600, 3_000)
                        .flatMap(perMinute -> Stream.of(11L, 12L).map(seed -> Arguments.of(workers, perMinute, seed))));
    }

    @ParameterizedTest(name = "{0} workers, {1} a minute, seed {2}")
    @MethodSource("fleets")
    void theQuotaIsUsedUpAndNotExceeded(int workersMax, int perMinute, long seed) {
        var fleet = new Fleet(workersMax, perMinute, new Random(seed));
        List<Instant> calls = fleet.run(START.plus(Duration.ofMinutes(MINUTES)));

        assertThat(calls.size() - fleet.provider.refused).as("used").isGreaterThanOrEqualTo((int)
                (0.98 * perMinute * MINUTES));
        assertThat(fleet.provider.refused).as("refused").isLessThanOrEqualTo(calls.size() / 200);
        if (workersMax > 1) {
            assertThat(fleet.changes).as("changes of ownership").isGreaterThan(20);
        }
        // Beyond the quota: a second's worth, and of each worker the call that it was about to make.
        int callsMax = perMinute + perMinute / 60 + workersMax;
        for (int second = 0; second < (MINUTES - 1) * 60; second++) {
            Instant from = START.plusSeconds(second);
            int inMinute = countBefore(calls, from.plusSeconds(60)) - countBefore(calls, from);
            assertThat(inMinute)
                    .as("calls in the minute from second %d", second)
                    .isLessThanOrEqualTo(callsMax);
        }
    }

    private static int countBefore(List<Instant> sorted, Instant end) {
        int low = 0;
        int high = sorted.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sorted.get(middle).isBefore(end)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** A bucket that holds a minute's worth and is full at first. */
    private static final class Provider {
        private final int perMinute;
        private double level;
        private Instant at = START;
        private int refused;

        Provider(int perMinute) {
            this.perMinute = perMinute;
            this.level = perMinute;
        }

        void call(Instant now) {
            double seconds = Duration.between(at, now).toNanos() / 1e9;
            level = Math.min(perMinute, level + seconds * perMinute / 60);
            at = now;
            if (level >= 1) {
                level--;
            } else {
                refused++;
            }
        }
    }

    /** One worker: its share, and when its first queued job polls again. */
    private static final class Worker {
        private final QuotaShare share;
        private Instant looksAt = START;

        Worker(int perMinute) {
            this.share = new QuotaShare(
                    new Quota(perMinute, perMinute, perMinute * 500, null), new QuotaDay(ZoneOffset.UTC), 0, START);
        }
    }

    private static final class Fleet {
        private final List<Worker> workers;
        private final Provider provider;
        private final Random random;
        private int changes = -1;

        Fleet(int workersMax, int perMinute, Random random) {
            this.workers = IntStream.range(0, workersMax)
                    .mapToObj(_ -> new Worker(perMinute))
                    .toList();
            this.provider = new Provider(perMinute);
            this.random = random;
        }

        List<Instant> run(Instant end) {
            List<Instant> calls = new ArrayList<>();
            Instant nextChange = START;
            while (true) {
                Worker next = workers.stream()
                        .min((one, other) -> one.looksAt.compareTo(other.looksAt))
                        .orElseThrow();
                Instant now = next.looksAt.isBefore(nextChange) ? next.looksAt : nextChange;
                if (!now.isBefore(end)) {
                    return calls;
                }
                if (now.equals(nextChange)) {
                    assignPartitions(now);
                    nextChange = workers.size() == 1 ? end : now.plusMillis(5_000 + random.nextInt(70_000));
                } else {
                    look(next, now, calls);
                }
            }
        }

        private void look(Worker worker, Instant now, List<Instant> calls) {
            Duration wait = worker.share.wait(DEMAND, now);
            if (wait.isZero()) {
                worker.share.take(DEMAND);
                provider.call(now);
                calls.add(now);
                wait = worker.share.wait(DEMAND, now);
            }
            // The next in line is woken at once; only a sleeping thread wakes late.
            Duration late = wait.isZero() ? HANDED_ON : Duration.ofNanos(random.nextLong(WAKES_LATE_MAX.toNanos()));
            worker.looksAt = now.plus(wait).plus(late);
        }

        /** Assigns each partition to one of some workers. */
        private void assignPartitions(Instant now) {
            changes++;
            int[] owned = new int[workers.size()];
            int present = 1 + random.nextInt(workers.size());
            int first = random.nextInt(workers.size());
            for (int partition = 0; partition < PARTITIONS; partition++) {
                owned[(first + partition % present) % workers.size()]++;
            }
            for (int i = 0; i < owned.length; i++) {
                workers.get(i).share.share((double) owned[i] / PARTITIONS, now);
                workers.get(i).looksAt = now;
            }
        }
    }
}
