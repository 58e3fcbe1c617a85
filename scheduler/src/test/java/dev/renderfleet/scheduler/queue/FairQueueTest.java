package dev.renderfleet.scheduler.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

class FairQueueTest {

    private static final String MODEL = "model";
    private static final Instant START = Instant.parse("2026-11-30T12:00:00Z");

    private final FairQueue queue = new FairQueue();

    @Test
    void anUrgentJobPassesTheBacklogOfItsTenant() {
        queue.add(flow(1, "a", 5), START);
        Instant now = serve(100, START);

        queue.add(flow(2, "a", 9), now);

        assertThat(next(now)).isEqualTo(2);
    }

    /** Also where the backlog could not move for longer than the priority is worth: then it has one job first. */
    @Test
    void anUrgentJobPassesABacklogThatWasHeld() {
        queue.add(flow(1, "a", 5), START);
        Instant later = START.plus(Duration.ofHours(1));
        queue.add(flow(2, "a", 9), later);

        assertThat(List.of(next(later), next(later), next(later))).containsExactly(1L, 2L, 2L);
    }

    @Test
    void aPriorityDoesNotPassAnotherTenant() {
        queue.add(flow(1, "a", 9), START);
        queue.add(flow(2, "b", 0), START);

        assertThat(List.of(next(START), next(START), next(START), next(START))).containsExactly(1L, 2L, 1L, 2L);
    }

    @Test
    void flowsOfEqualRankAlternate() {
        queue.add(flow(1, "a", 5), START);
        Instant now = serve(1_000, START);
        queue.add(flow(2, "a", 5), now);
        queue.add(flow(3, "a", 5), now);

        List<Long> order = new ArrayList<>();
        for (int each = 0; each < 30; each++) {
            order.add(next(now));
        }

        assertThat(order.stream().filter(each -> each == 1)).hasSize(10);
        assertThat(order.stream().filter(each -> each == 2)).hasSize(10);
    }

    /** All ten priorities have work without end, at one release a second. */
    @Test
    void nothingStarves() {
        Map<Long, Instant> last = new HashMap<>();
        for (int priority = 0; priority <= Flow.PRIORITY_MAX; priority++) {
            queue.add(flow(priority, "a", priority), START);
            last.put((long) priority, START);
        }

        for (Instant now = START; now.isBefore(START.plus(Duration.ofHours(10))); now = now.plusSeconds(1)) {
            long served = next(now);
            Duration bound = Duration.ofMinutes(2).multipliedBy(9 - served).plusSeconds(10);
            assertThat(Duration.between(Objects.requireNonNull(last.put(served, now)), now))
                    .isLessThanOrEqualTo(bound);
        }

        assertThat(last.values()).allSatisfy(each -> assertThat(each).isAfter(START.plus(Duration.ofHours(9))));
    }

    @Test
    void aTenantRunsNoMoreThanItMayOverAllModels() {
        queue.tenant("a", new TenantShare(100, 3));
        queue.add(flow(1, "a", 5), START);
        queue.add(new Flow(2, "a", "other", 5), START);
        queue.add(flow(3, "b", 5), START);

        queue.released(1, START);
        queue.released(1, START);
        queue.released(2, START);

        assertThat(queue.first("other")).isNull();
        assertThat(List.of(next(START), next(START))).containsExactly(3L, 3L);
        queue.ended("a");
        assertThat(queue.first("other")).isNotNull();
        assertThat(next(START)).isEqualTo(1);
        assertThat(next(START)).isEqualTo(3);
        queue.tenant("a", new TenantShare(100, 4));
        assertThat(next(START)).isEqualTo(1);
    }

    @Test
    void whatRanBeforeTheLeaderCounts() {
        queue.tenant("a", new TenantShare(100, 2));
        queue.running("a", 2);
        queue.add(flow(1, "a", 5), START);

        assertThat(queue.first(MODEL)).isNull();
    }

    @Test
    void aParkedFlowIsServedOnceAllItsReasonsHaveEnded() {
        queue.add(flow(1, "a", 5), START);
        queue.add(flow(2, "a", 5), START);
        queue.park(1, Parking.BUDGET);
        queue.park(1, Parking.PAUSED);
        queue.add(flow(1, "a", 5), START);

        assertThat(List.of(next(START), next(START))).containsExactly(2L, 2L);
        queue.unpark(1, Parking.PAUSED);
        assertThat(next(START)).isEqualTo(2);
        queue.unparkAll(Parking.BUDGET, each -> each.tenant().equals("b"));
        assertThat(next(START)).isEqualTo(2);
        queue.unparkAll(Parking.BUDGET, each -> each.tenant().equals("a"));
        assertThat(next(START)).isEqualTo(1);
    }

    @Test
    void anEmptyFlowIsRemovedAndAddedAgain() {
        queue.add(flow(1, "a", 5), START);
        queue.remove(1);
        queue.remove(1);

        assertThat(queue.first(MODEL)).isNull();
        assertThat(queue.first("unheard of")).isNull();
        queue.add(flow(1, "a", 5), START);
        assertThat(next(START)).isEqualTo(1);
    }

    /** Otherwise a tenant that sends one job at a time would get more than its share. */
    @Test
    void leavingAndComingBackGainsNothing() {
        queue.add(flow(1, "steady", 5), START);
        int gained = 0;
        for (int turn = 0; turn < 1_000; turn++) {
            queue.add(flow(2, "leaving", 5), START);
            if (next(START) == 2) {
                gained++;
                queue.remove(2);
            }
        }

        assertThat(gained).isEqualTo(500);
    }

    /** Such as one that no cap admits and that is tried again and again. */
    @Test
    void aReleaseThatCameToNothingCostsNothing() {
        queue.tenant("a", new TenantShare(100, 1));
        queue.add(flow(1, "a", 5), START);
        queue.add(flow(2, "b", 5), START);
        for (int turn = 0; turn < 100; turn++) {
            queue.released(1, START);
            queue.withdrawn(flow(1, "a", 5));
        }
        queue.tenant("a", TenantShare.DEFAULT);

        int served = 0;
        for (int turn = 0; turn < 10; turn++) {
            served += next(START) == 1 ? 1 : 0;
        }
        assertThat(served).isEqualTo(5);
    }

    @Test
    void aChangedWeightCountsFromNowOn() {
        queue.add(flow(1, "a", 5), START);
        queue.add(flow(2, "b", 5), START);
        serve(100, START);

        queue.tenant("a", new TenantShare(300, 1_000));

        int served = 0;
        for (int turn = 0; turn < 100; turn++) {
            served += next(START) == 1 ? 1 : 0;
        }
        assertThat(served).isBetween(74, 76);
    }

    @Test
    void sharesAndStandingSayWhoIsBefore() {
        queue.tenant("b", new TenantShare(300, 10));
        queue.add(flow(1, "a", 5), START);
        queue.add(flow(2, "a", 7), START);
        queue.add(flow(3, "a", 5), START);
        queue.add(flow(4, "a", 1), START);
        queue.add(flow(5, "b", 5), START);
        queue.park(4, Parking.PAUSED);
        queue.released(5, START);

        assertThat(queue.shares(MODEL)).isEqualTo(Map.of("a", 0.25, "b", 0.75));
        assertThat(queue.standing(1))
                .isEqualTo(new Standing(
                        Set.of(), 0, Integer.MAX_VALUE, 0.25, List.of(flow(2, "a", 7)), List.of(flow(3, "a", 5))));
        assertThat(queue.standing(4)).extracting(Standing::parked).isEqualTo(Set.of(Parking.PAUSED));
        assertThat(queue.standing(5)).extracting(Standing::tenantRunning).isEqualTo(1);
        assertThat(queue.standing(6)).isNull();
    }

    /** Random changes: at each moment exactly those flows can be reached that may run. */
    @Test
    void noFlowIsLostWhateverHappens() {
        List<Parking> reasons = List.copyOf(EnumSet.allOf(Parking.class));
        for (int seed = 0; seed < 300; seed++) {
            RandomGenerator random =
                    RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
            FairQueue tried = new FairQueue();
            Map<Long, Set<Parking>> expected = new HashMap<>();
            for (int step = 0; step < 200; step++) {
                long flow = random.nextInt(20);
                Parking reason = reasons.get(random.nextInt(reasons.size()));
                switch (random.nextInt(7)) {
                    case 0, 1 -> {
                        tried.add(flow(flow, "t" + flow % 4, (int) flow % 10), START.plusSeconds(step));
                        expected.putIfAbsent(flow, EnumSet.noneOf(Parking.class));
                    }
                    case 2 -> {
                        tried.remove(flow);
                        expected.remove(flow);
                    }
                    case 3 -> {
                        tried.park(flow, reason);
                        expected.computeIfPresent(flow, (_, known) -> with(known, reason));
                    }
                    case 4 -> {
                        tried.unpark(flow, reason);
                        expected.computeIfPresent(flow, (_, known) -> without(known, reason));
                    }
                    case 5 -> tried.tenant("t" + flow % 4, new TenantShare(1 + random.nextInt(10_000), 1_000));
                    default -> {
                        Flow first = tried.first(MODEL);
                        if (first != null) {
                            tried.released(first.number(), START.plusSeconds(step));
                        }
                    }
                }
            }
            expected.values().removeIf(each -> !each.isEmpty());
            assertThat(drain(tried)).as("seed %d", seed).isEqualTo(expected.keySet());
        }
    }

    @Test
    void costsLittleMoreWithAHundredThousandFlows() {
        nanosPerRelease(1_000);
        long few = nanosPerRelease(100);
        long many = nanosPerRelease(100_000);

        assertThat(many).as("nanoseconds a release, %d with 100 flows", few).isLessThan(100 * few);
    }

    @Test
    void refusesWhatIsOutOfBounds() {
        assertThatThrownBy(() -> flow(1, "a", 10)).hasMessage("a priority is 0 to 9, not 10");
        assertThatThrownBy(() -> new TenantShare(0, 1)).hasMessage("a weight is 1 to 10000, not 0");
        assertThatThrownBy(() -> new TenantShare(1, 0)).hasMessage("a limit of running jobs is 1 or more, not 0");
    }

    private static long nanosPerRelease(int flows) {
        FairQueue big = new FairQueue();
        for (int each = 0; each < flows; each++) {
            big.add(flow(each, "t" + each % (flows / 10), each % 10), START);
        }
        int releases = 50_000;
        long start = System.nanoTime();
        for (int each = 0; each < releases; each++) {
            big.released(Objects.requireNonNull(big.first(MODEL)).number(), START.plusMillis(each));
        }
        return Math.max(1, (System.nanoTime() - start) / releases);
    }

    private static Set<Long> drain(FairQueue queue) {
        Set<Long> reached = new HashSet<>();
        for (Flow flow = queue.first(MODEL); flow != null; flow = queue.first(MODEL)) {
            assertThat(reached.add(flow.number())).isTrue();
            queue.remove(flow.number());
        }
        return reached;
    }

    private static Set<Parking> with(Set<Parking> reasons, Parking reason) {
        reasons.add(reason);
        return reasons;
    }

    private static Set<Parking> without(Set<Parking> reasons, Parking reason) {
        reasons.remove(reason);
        return reasons;
    }

    private Instant serve(int releases, Instant from) {
        Instant now = from;
        for (int each = 0; each < releases; each++) {
            next(now);
            now = now.plusMillis(100);
        }
        return now;
    }

    private long next(Instant now) {
        long flow = Objects.requireNonNull(queue.first(MODEL)).number();
        queue.released(flow, now);
        return flow;
    }

    private static Flow flow(long number, String tenant, int priority) {
        return new Flow(number, tenant, MODEL, priority);
    }
}
