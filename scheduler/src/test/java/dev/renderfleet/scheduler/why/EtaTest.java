package dev.renderfleet.scheduler.why;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.scheduler.queue.FairQueue;
import dev.renderfleet.scheduler.queue.Flow;
import dev.renderfleet.scheduler.queue.Standing;
import dev.renderfleet.scheduler.queue.TenantShare;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class EtaTest {

    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
    private static final String MODEL = "painter";

    private final EtaScore score = new EtaScore();

    @Test
    void aheadAreHigherFlowsAndEqualOnesInTurn() {
        Flow higher = new Flow(1, "a", MODEL, 9);
        Flow longer = new Flow(2, "a", MODEL, 5);
        Flow shorter = new Flow(3, "a", MODEL, 5);
        Standing standing = new Standing(Set.of(), 0, 1, 1, List.of(higher), List.of(longer, shorter));
        Map<Flow, Long> waiting = Map.of(higher, 7L, longer, 1_000L, shorter, 2L);

        assertThat(Eta.ahead(10, standing, each -> Objects.requireNonNull(waiting.get(each))))
                .isEqualTo(10 + 7 + 11 + 2);
    }

    @Test
    void ofOthersOnlyTheirShareCounts() {
        Map<String, Long> waiting = Map.of("big", 100_000L, "small", 3L, "own", 50L);
        Map<String, Double> shares = Map.of("big", 0.6, "small", 0.2, "own", 0.2);

        assertThat(Eta.others(49, "own", shares, each -> Objects.requireNonNull(waiting.get(each))))
                .isEqualTo(150 + 3);
        assertThat(Eta.others(49, "absent", shares, each -> Objects.requireNonNull(waiting.get(each))))
                .isEqualTo(100_053);
    }

    /** Tenants and flows of many lengths: each estimate, made at the start, is within a tenth or two of the place in the real order. */
    @Test
    void anEstimateComesTrueWhereNothingIsAdded() {
        FairQueue queue = new FairQueue();
        Map<Flow, Long> waiting = new HashMap<>();
        for (int tenant = 0; tenant < 8; tenant++) {
            queue.tenant("t" + tenant, new TenantShare(50 << (tenant % 3), Integer.MAX_VALUE));
            for (int flow = 0; flow < 3; flow++) {
                Flow added = new Flow(tenant * 10 + flow, "t" + tenant, MODEL, flow == 2 ? 9 : 5);
                queue.add(added, NOW);
                waiting.put(added, 20L + 37L * tenant + 11L * flow);
            }
        }
        Map<Long, Long> estimates = new HashMap<>();
        for (Flow flow : waiting.keySet()) {
            Standing standing = Objects.requireNonNull(queue.standing(flow.number()));
            long ahead = Eta.ahead(Objects.requireNonNull(waiting.get(flow)) - 1, standing, waiting::get);
            long others = Eta.others(
                    ahead,
                    flow.tenant(),
                    queue.shares(MODEL),
                    tenant -> waiting.entrySet().stream()
                            .filter(each -> each.getKey().tenant().equals(tenant))
                            .mapToLong(Map.Entry::getValue)
                            .sum());
            estimates.put(flow.number(), ahead + others);
        }

        Map<Flow, Long> left = new HashMap<>(waiting);
        long released = 0;
        for (Flow flow = queue.first(MODEL); flow != null; flow = queue.first(MODEL)) {
            queue.released(flow.number(), NOW);
            if (left.merge(flow, -1L, Long::sum) == 0) {
                long estimate = Objects.requireNonNull(estimates.get(flow.number()));
                assertThat(estimate).as("%s", flow).isCloseTo(released, Percentage.withPercentage(15));
                queue.remove(flow.number());
            }
            released++;
        }
    }

    @Test
    void aScoreIsTheMeanErrorByWait() {
        assertThat(score.errorRatio()).isEmpty();

        score.add(NOW, NOW.plusSeconds(100), NOW.plusSeconds(200));
        assertThat(score.errorRatio()).hasValue(0.5);

        score.add(NOW, NOW.plusSeconds(10), NOW.plusSeconds(10));
        assertThat(score.errorRatio()).hasValue(0.25);
    }

    @Test
    void aShortWaitIsJudgedAsOneSecond() {
        score.add(NOW, NOW.plusMillis(300), NOW.plusMillis(100));

        assertThat(score.errorRatio()).hasValue(0.2);
    }

    @Test
    void onlyTheLastThousandCount() {
        score.add(NOW, NOW.plusSeconds(1_000_000), NOW.plusSeconds(1));
        for (int each = 0; each < 1_000; each++) {
            score.add(NOW, NOW.plusSeconds(20), NOW.plusSeconds(10));
        }

        assertThat(score.errorRatio().orElseThrow()).isCloseTo(1, Percentage.withPercentage(0.001));
    }
}
