package dev.renderfleet.scheduler.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.scheduler.queue.Simulation.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fair shares on a virtual clock. Prints the waits. */
class FairnessTest {

    private static final double PER_SECOND = 10;

    /** At once, and each at its own time within twenty minutes. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1_200})
    void oneTenantWithAHundredThousandJobsAndFiftyWithTen(int spreadSeconds) {
        RandomGenerator random = random(7);
        Simulation simulation = new Simulation(PER_SECOND);
        simulation.arrive("noisy", Duration.ZERO, 100_000);
        for (int quiet = 1; quiet <= 50; quiet++) {
            simulation.arrive("quiet-" + quiet, Duration.ofSeconds(random.nextInt(spreadSeconds + 1)), 10);
        }

        simulation.run();

        List<Row> quiet =
                simulation.rows().stream().filter(each -> each.jobs() == 10).toList();
        double jain = simulation.jain(9);
        print("1 x 100,000 and 50 x 10 within %d s".formatted(spreadSeconds), simulation, jain);
        assertThat(jain).isGreaterThanOrEqualTo(0.99);
        assertThat(quiet)
                .hasSize(50)
                .allSatisfy(each -> assertThat(each.p99()).isLessThanOrEqualTo(2 * each.idealP99()));
    }

    /** Tenants who ask for less than their share wait as in the ideal, however much the others ask for. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void tenantsOfUnequalDemandAndWeight(long seed) {
        Simulation simulation = Simulation.zipf(random(seed), 100, PER_SECOND, 1.2, Duration.ofMinutes(30))
                .run();

        double jain = simulation.jain(10);
        print("100 tenants by Zipf, load 1.2, seed " + seed, simulation, jain);
        assertThat(jain).isGreaterThanOrEqualTo(0.99);
        assertThat(simulation.rows())
                .allSatisfy(each -> assertThat(each.p99()).isLessThanOrEqualTo(2 * each.idealP99()));
    }

    @Test
    void twoTenantsShareByWeightAtEachMoment() {
        Simulation simulation = new Simulation(PER_SECOND);
        simulation.weight("three", 300);
        simulation.weight("one", 100);
        simulation.arrive("three", Duration.ZERO, 3_000);
        simulation.arrive("one", Duration.ZERO, 1_000);

        simulation.run();

        for (int end = 1; end <= simulation.order.size(); end++) {
            int one = Collections.frequency(simulation.order.subList(Math.max(0, end - 40), end), "one");
            assertThat(end < 40 ? 10 : one).isBetween(9, 11);
        }
    }

    @Test
    void whatOneLeavesTheOtherBorrowsAndKeepsNoCredit() {
        Simulation simulation = new Simulation(PER_SECOND);
        simulation.arrive("idle", Duration.ofMinutes(10), 1_000);
        simulation.arrive("busy", Duration.ZERO, 10_000);

        simulation.run();

        assertThat(simulation.order.subList(0, 6_000)).containsOnly("busy");
        assertThat(simulation.order.get(6_000)).isEqualTo("idle");
        assertThat(Collections.frequency(simulation.order.subList(6_000, 7_000), "idle"))
                .isEqualTo(500);
    }

    @Test
    void theSameArrivalsAreReleasedInTheSameOrder() {
        List<List<String>> orders = new ArrayList<>();
        for (int run = 0; run < 2; run++) {
            orders.add(Simulation.zipf(random(5), 50, PER_SECOND, 1.5, Duration.ofMinutes(10))
                    .run()
                    .order);
        }

        assertThat(orders.getFirst()).isEqualTo(orders.getLast()).hasSizeGreaterThan(5_000);
    }

    private static void print(String name, Simulation simulation, double jain) {
        List<Row> rows = simulation.rows();
        System.out.printf(
                "%s: least Jain index of a minute %.4f, worst p99 to ideal %.2f%n%s%n",
                name,
                jain,
                rows.stream()
                        .mapToDouble(each -> each.p99() / each.idealP99())
                        .max()
                        .orElseThrow(),
                Simulation.table(rows.size() <= 10 ? rows : sample(rows)));
    }

    private static List<Row> sample(List<Row> rows) {
        return Arrays.stream(new int[] {0, 1, 2, 5, 10, 20, 50, rows.size() - 1})
                .filter(each -> each < rows.size())
                .mapToObj(rows::get)
                .distinct()
                .toList();
    }

    private static RandomGenerator random(long seed) {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    }
}
