package dev.renderfleet.testbed.bench;

import dev.renderfleet.cli.cluster.EventConsumer;
import dev.renderfleet.cli.cluster.JobPublisher;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.testbed.bench.BenchFleet.TimedEvent;
import dev.renderfleet.testbed.bench.SteadyClient.Answered;
import dev.renderfleet.testbed.figures.Distribution;
import dev.renderfleet.testbed.system.FleetSystem.Running;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What it costs that outcomes and offsets settle in one Kafka transaction: beside each other a worker as it is, and one that sends
 * events at once and commits offsets now and then. Each has a broker, a store and a model of its own, since all workers of a fleet are
 * one group. They take turns, so that what else the machine does hits both.
 */
final class ExactlyOnceScenario {

    /** Each is one turn of both; one more of warm-up goes before. */
    private static final int TURNS = 4;

    private static final int PER_SECOND = 20;
    /** So many jobs of a turn at once for each that is published on the beat. */
    private static final int SATURATING_PER_STEADY = 4;

    /** Small, so that settling is a large part of the work. */
    private static final int PICTURE_BYTES = 60_000;

    private static final Duration OUTCOMES_MAX = Duration.ofMinutes(10);

    private ExactlyOnceScenario() {}

    /** All jobs of a turn at once. Processor time is of the process that is named. */
    record Saturated(int jobs, double jobsPerSecond, double workerCpuMillisPerJob, double brokerCpuMillisPerJob) {}

    /**
     * One of both.
     *
     * @param visible milliseconds from the client's send to the event in the hands of a {@code read_committed} reader, at a low rate,
     *     over all turns; the model takes no time
     */
    record Side(Distribution visible, List<Saturated> turns) {
        Side {
            turns = List.copyOf(turns);
        }

        private double median(ToDoubleFunction<Saturated> of) {
            return turns.stream().mapToDouble(of).sorted().toArray()[turns.size() / 2];
        }

        private String line(String who) {
            return String.format(
                    Locale.ROOT,
                    "  %-34s %9.1f %15.2f %15.2f",
                    who,
                    median(Saturated::jobsPerSecond),
                    median(Saturated::workerCpuMillisPerJob),
                    median(Saturated::brokerCpuMillisPerJob));
        }
    }

    /**
     * Ratios are with transactions against without, of medians over the turns.
     *
     * @param visibleMedianMoreMillis what the median event is later with transactions
     */
    record Result(
            int perSecond,
            int pictureBytes,
            Side with,
            Side without,
            double visibleMedianMoreMillis,
            double throughputRatio,
            double workerCpuRatio,
            double brokerCpuRatio)
            implements Figures {

        static Result of(Side with, Side without) {
            return new Result(
                    PER_SECOND,
                    PICTURE_BYTES,
                    with,
                    without,
                    with.visible().median() - without.visible().median(),
                    ratio(with, without, Saturated::jobsPerSecond),
                    ratio(with, without, Saturated::workerCpuMillisPerJob),
                    ratio(with, without, Saturated::brokerCpuMillisPerJob));
        }

        private static double ratio(Side with, Side without, ToDoubleFunction<Saturated> of) {
            return with.median(of) / without.median(of);
        }

        @Override
        public List<String> lines() {
            return List.of(
                    String.format(
                            Locale.ROOT,
                            "Exactly once: model 0 ms, pictures of %d bytes, %d turns of each, alternating",
                            pictureBytes,
                            with.turns().size()),
                    String.format(
                            Locale.ROOT,
                            " publish to visible for a read_committed reader, ms; %d jobs each, %d a second",
                            with.visible().count(),
                            perSecond),
                    Distribution.HEADING,
                    with.visible().row("with transactions"),
                    without.visible().row("without"),
                    String.format(Locale.ROOT, "  median with transactions later by %.1f ms", visibleMedianMoreMillis),
                    String.format(
                            Locale.ROOT,
                            " at saturation: medians of turns of %d jobs, %d at a time",
                            with.turns().getFirst().jobs(),
                            BenchFleet.SLOTS),
                    String.format(Locale.ROOT, "  %-34s %9s %15s %15s", "", "jobs/s", "worker CPU ms", "broker CPU ms"),
                    with.line("with transactions"),
                    without.line("without"),
                    String.format(
                            Locale.ROOT,
                            "  %-34s %9.2f %15.2f %15.2f",
                            "with against without",
                            throughputRatio,
                            workerCpuRatio,
                            brokerCpuRatio));
        }
    }

    static Result run(Twins twins, int jobs) throws InterruptedException {
        try (var with = Contender.begin(twins.one(), "with", Map.of());
                var without =
                        Contender.begin(twins.other(), "without", Map.of("RENDERFLEET_CHAOS_BUG", "NO_TRANSACTION"))) {
            for (int turn = 0; turn <= TURNS; turn++) {
                with.turn(turn, jobs);
                without.turn(turn, jobs);
            }
            return Result.of(with.side(), without.side());
        }
    }

    /** A worker and what was measured of it so far. */
    private record Contender(String name, BenchFleet fleet, Running worker, List<Double> visible, List<Saturated> turns)
            implements AutoCloseable {

        static Contender begin(BenchFleet fleet, String name, Map<String, String> settings) {
            fleet.simulator().latency(0, 0);
            fleet.simulator().pictureBytes(PICTURE_BYTES);
            Running worker = fleet.begin("exactly-once-" + name, List.of(), settings);
            fleet.awaitReady(worker);
            return new Contender(name, fleet, worker, new ArrayList<>(), new ArrayList<>());
        }

        /** Turn 0 is the warm-up. The same jobs for both sides. */
        void turn(int number, int jobs) throws InterruptedException {
            int steady = Math.max(1, jobs / SATURATING_PER_STEADY);
            List<Answered> answers =
                    SteadyClient.run(fleet, fleet.jobs("steady-" + number, steady, OutputSize.K1), PER_SECOND);
            answers.forEach(answer -> answer.arrival().completed());
            Saturated saturated = saturate(fleet.jobs("saturated-" + number, jobs, OutputSize.K1));
            if (number > 0) {
                answers.forEach(answer -> visible.add(answer.millis()));
                turns.add(saturated);
            }
        }

        private Saturated saturate(List<RenderJob> jobs) throws InterruptedException {
            long pid = worker.part().pid();
            try (EventConsumer reader = fleet.reader();
                    JobPublisher publisher = fleet.publisher()) {
                Duration cpu = Processes.cpu(pid);
                Duration brokerCpu = Processes.cpu(fleet.brokerPid());
                long start = System.nanoTime();
                publisher.publish(jobs);
                Map<String, TimedEvent> arrivals = BenchFleet.allArrivals(reader, jobs, OUTCOMES_MAX);
                arrivals.values().forEach(TimedEvent::completed);
                long end = arrivals.values().stream()
                        .mapToLong(TimedEvent::nanoTime)
                        .max()
                        .orElse(start);
                return new Saturated(
                        jobs.size(),
                        jobs.size() / ((end - start) / 1e9),
                        Processes.cpu(pid).minus(cpu).toNanos() / 1e6 / jobs.size(),
                        Processes.cpu(fleet.brokerPid()).minus(brokerCpu).toNanos() / 1e6 / jobs.size());
            }
        }

        Side side() {
            return new Side(Distribution.of(visible), turns);
        }

        @Override
        public void close() {
            fleet.stop(worker);
        }
    }
}
