package dev.renderfleet.scheduler.queue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Tenants that share one model at a steady rate, on a virtual clock, beside the fluid ideal: a model that serves all tenants at once,
 * each at its weight's share of the rate. Waits are from arrival to the end of a job's service.
 */
final class Simulation {

    static final String MODEL = "model";
    static final Instant START = Instant.parse("2026-11-30T12:00:00Z");

    private final Duration slot;
    private final FairQueue queue = new FairQueue();
    private final Map<String, Integer> weights = new TreeMap<>();
    private final Map<String, Long> numbers = new HashMap<>();
    private final List<Arrival> arrivals = new ArrayList<>();
    private final Map<Long, Queue<Instant>> flows = new HashMap<>();

    /** Tenants in the order of their releases. */
    final List<String> order = new ArrayList<>();

    private final Map<String, List<Double>> waits = new TreeMap<>();
    private final Map<String, List<Double>> idealWaits = new TreeMap<>();
    /** Served jobs by minute and tenant. */
    private final List<Map<String, Double>> served = new ArrayList<>();

    private final List<Map<String, Double>> idealServed = new ArrayList<>();

    private record Arrival(Instant at, Flow flow) {}

    /** A tenant's line. */
    record Row(String tenant, int weight, int jobs, double p50, double p99, double idealP50, double idealP99) {}

    Simulation(double perSecond) {
        this.slot = Duration.ofNanos((long) (1e9 / perSecond));
    }

    /** Tenants of which the n-th asks for 1/n^1.1 of all, which is {@code load} of what the model can do. Weights are 50, 100 or 200. */
    static Simulation zipf(RandomGenerator random, int tenants, double perSecond, double load, Duration length) {
        Simulation simulation = new Simulation(perSecond);
        double all = 0;
        for (int rank = 1; rank <= tenants; rank++) {
            all += Math.pow(rank, -1.1);
        }
        for (int rank = 1; rank <= tenants; rank++) {
            String tenant = String.format(Locale.ROOT, "tenant-%03d", rank);
            simulation.weight(tenant, 50 << random.nextInt(3));
            double rate = load * perSecond * Math.pow(rank, -1.1) / all;
            double at = random.nextExponential() / rate;
            while (at < length.toSeconds()) {
                simulation.arrive(tenant, Duration.ofMillis((long) (at * 1_000)), 1);
                at += random.nextExponential() / rate;
            }
        }
        return simulation;
    }

    void weight(String tenant, int weight) {
        weights.put(tenant, weight);
        queue.tenant(tenant, new TenantShare(weight, Integer.MAX_VALUE));
    }

    void arrive(String tenant, Duration after, int jobs) {
        weights.putIfAbsent(tenant, TenantShare.DEFAULT.weight());
        long number = numbers.computeIfAbsent(tenant, _ -> numbers.size() + 1L);
        for (int job = 0; job < jobs; job++) {
            arrivals.add(new Arrival(START.plus(after), new Flow(number, tenant, MODEL, 5)));
        }
    }

    /** Runs until everything is served. */
    Simulation run() {
        arrivals.sort(Comparator.comparing(Arrival::at));
        runQueue();
        runIdeal();
        return this;
    }

    private void runQueue() {
        Queue<Arrival> coming = new ArrayDeque<>(arrivals);
        int left = arrivals.size();
        for (Instant now = START; left > 0; now = now.plus(slot)) {
            while (!coming.isEmpty() && !coming.element().at().isAfter(now)) {
                Arrival arrival = coming.remove();
                flows.computeIfAbsent(arrival.flow().number(), _ -> new ArrayDeque<>())
                        .add(arrival.at());
                queue.add(arrival.flow(), arrival.at());
            }
            Flow flow = queue.first(MODEL);
            if (flow != null) {
                Queue<Instant> jobs = Objects.requireNonNull(flows.get(flow.number()));
                queue.released(flow.number(), now);
                note(waits, served, flow.tenant(), jobs.remove(), now.plus(slot));
                order.add(flow.tenant());
                if (jobs.isEmpty()) {
                    queue.remove(flow.number());
                }
                left--;
            }
        }
    }

    private void runIdeal() {
        Queue<Arrival> coming = new ArrayDeque<>(arrivals);
        Map<String, Queue<Instant>> jobs = new TreeMap<>();
        Map<String, Double> begun = new HashMap<>();
        int left = arrivals.size();
        for (Instant now = START; left > 0; now = now.plus(slot)) {
            while (!coming.isEmpty() && !coming.element().at().isAfter(now)) {
                Arrival arrival = coming.remove();
                jobs.computeIfAbsent(arrival.flow().tenant(), _ -> new ArrayDeque<>())
                        .add(arrival.at());
            }
            double rest = 1;
            while (rest > 1e-9 && !jobs.isEmpty()) {
                double all = jobs.keySet().stream().mapToInt(this::weightOf).sum();
                // Until the first tenant has nothing left, or the slot is used up.
                double part = rest / all;
                for (Map.Entry<String, Queue<Instant>> each : jobs.entrySet()) {
                    double backlog = each.getValue().size() - begun.getOrDefault(each.getKey(), 0.0);
                    part = Math.min(part, backlog / weightOf(each.getKey()));
                }
                for (String tenant : List.copyOf(jobs.keySet())) {
                    double done = begun.merge(tenant, part * weightOf(tenant), Double::sum);
                    minute(idealServed, now).merge(tenant, part * weightOf(tenant), Double::sum);
                    Queue<Instant> waiting = Objects.requireNonNull(jobs.get(tenant));
                    while (done > 1 - 1e-6 && !waiting.isEmpty()) {
                        idealWaits
                                .computeIfAbsent(tenant, _ -> new ArrayList<>())
                                .add(ReleaseRate.seconds(Duration.between(waiting.remove(), now.plus(slot))));
                        done -= 1;
                        left--;
                    }
                    begun.put(tenant, waiting.isEmpty() ? 0 : Math.max(0, done));
                    if (waiting.isEmpty()) {
                        jobs.remove(tenant);
                    }
                }
                rest -= part * all;
            }
        }
    }

    private static void note(
            Map<String, List<Double>> waits,
            List<Map<String, Double>> served,
            String tenant,
            Instant arrived,
            Instant finished) {
        waits.computeIfAbsent(tenant, _ -> new ArrayList<>())
                .add(ReleaseRate.seconds(Duration.between(arrived, finished)));
        minute(served, finished).merge(tenant, 1.0, Double::sum);
    }

    private static Map<String, Double> minute(List<Map<String, Double>> minutes, Instant at) {
        int minute = (int) Duration.between(START, at).toMinutes();
        while (minutes.size() <= minute) {
            minutes.add(new TreeMap<>());
        }
        return minutes.get(minute);
    }

    /**
     * The least Jain index of all minutes: (sum x)² / (n sum x²) with x = served / ideal, of the tenants of which the ideal serves at
     * least {@code jobsMin} in that minute.
     */
    double jain(double jobsMin) {
        double least = 1;
        for (int minute = 0; minute < idealServed.size(); minute++) {
            Map<String, Double> really = minute < served.size() ? served.get(minute) : Map.of();
            double[] parts = idealServed.get(minute).entrySet().stream()
                    .filter(each -> each.getValue() >= jobsMin)
                    .mapToDouble(each -> really.getOrDefault(each.getKey(), 0.0) / each.getValue())
                    .toArray();
            double sum = 0;
            double squares = 0;
            for (double each : parts) {
                sum += each;
                squares += each * each;
            }
            least = parts.length < 2 ? least : Math.min(least, sum * sum / (parts.length * squares));
        }
        return least;
    }

    List<Row> rows() {
        return waits.entrySet().stream()
                .map(each -> {
                    List<Double> ideal = Objects.requireNonNull(idealWaits.get(each.getKey()));
                    return new Row(
                            each.getKey(),
                            weightOf(each.getKey()),
                            each.getValue().size(),
                            percentile(each.getValue(), 50),
                            percentile(each.getValue(), 99),
                            percentile(ideal, 50),
                            percentile(ideal, 99));
                })
                .toList();
    }

    private int weightOf(String tenant) {
        return Objects.requireNonNull(weights.get(tenant));
    }

    static String table(List<Row> rows) {
        StringBuilder table = new StringBuilder("tenant        weight    jobs  p50 s (ideal)        p99 s (ideal)\n");
        rows.forEach(row -> table.append(String.format(
                Locale.ROOT,
                "%-12s %7d %7d  %8.1f (%8.1f)  %8.1f (%8.1f)%n",
                row.tenant(),
                row.weight(),
                row.jobs(),
                row.p50(),
                row.idealP50(),
                row.p99(),
                row.idealP99())));
        return table.toString();
    }

    static double percentile(List<Double> values, int percent) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(Math.min(sorted.size() - 1, (int) Math.ceil(sorted.size() * percent / 100.0) - 1));
    }
}
