package dev.renderfleet.testbed.bench;

import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.sandbox.SandboxControl;
import dev.renderfleet.sandbox.s3.S3Fault;
import dev.renderfleet.sandbox.simulators.Rule;
import dev.renderfleet.testbed.bench.Contestant.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What faults cost with a worker of any make: calls that are paid again, jobs without an outcome and jobs with two. */
final class BesideFaults {

    private static final List<Integer> KILLED_AFTER_OUTCOMES = List.of(40, 100, 160);
    private static final int JOBS_OF_KILLS = 256;
    private static final int JOBS = 80;

    private static final Duration CLOSED = Duration.ofSeconds(20);

    /** Twice what the slowest peer takes until it goes on with a killed worker's jobs. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** In which an outcome too many would have come. */
    private static final Duration MORE_OUTCOMES_WITHIN = Duration.ofSeconds(3);

    private static final Duration POLL = Duration.ofMillis(20);

    private BesideFaults() {}

    /** Each time as many outcomes are there; a new worker is started at once. */
    static Map<String, Double> kills(BenchFleet fleet, Contestant contestant) throws InterruptedException {
        fleet.model(1, 2);
        return during(fleet, contestant, "kills", () -> {
            List<RenderJob> all = jobs(fleet, contestant, "kills", JOBS_OF_KILLS);
            contestant.submit(all);
            List<Outcome> outcomes = new ArrayList<>();
            for (int count : KILLED_AFTER_OUTCOMES) {
                contestant.gather(all, count, PATIENCE, outcomes);
                contestant.kill();
                contestant.begin("beside-kills");
            }
            rest(contestant, all, outcomes);
            return figures(fleet, "256 jobs, worker killed 3 times", all, outcomes);
        });
    }

    /** The provider refuses each call and says when to come back. */
    static Map<String, Double> closedQuota(BenchFleet fleet, Contestant contestant) throws InterruptedException {
        fleet.model(1, 0.2);
        return during(fleet, contestant, "quota", () -> {
            long before = requests(fleet);
            fleet.simulator().addRule(Rule.always("429").option("retryDelay", "5s"));
            List<RenderJob> all = jobs(fleet, contestant, "quota", JOBS);
            contestant.submit(all);
            Thread.sleep(CLOSED);
            fleet.simulator().clearRules();
            long opened = System.nanoTime();
            List<Outcome> outcomes = rest(contestant, all, new ArrayList<>());
            Map<String, Double> figures = new LinkedHashMap<>();
            figures.put("quota closed for 20 s, 80 jobs: calls refused", (double)
                    (requests(fleet) - before - fleet.simulator().ledger().calls()));
            figures.putAll(figures(fleet, "quota closed for 20 s", all, outcomes));
            figures.put("quota closed for 20 s: last outcome after it opened [s]", secondsAfter(opened, outcomes));
            return figures;
        });
    }

    /** A client that is not sure of its first try. */
    static Map<String, Double> submittedTwice(BenchFleet fleet, Contestant contestant) throws InterruptedException {
        fleet.model(1, 1);
        return during(fleet, contestant, "twice", () -> {
            List<RenderJob> all = jobs(fleet, contestant, "twice", JOBS);
            contestant.submit(all);
            contestant.submit(all);
            rest(contestant, all, new ArrayList<>());
            return Map.of("80 jobs, each submitted twice: calls paid", (double)
                    fleet.simulator().ledger().calls());
        });
    }

    /** From the first call on. */
    static Map<String, Double> storeOutage(BenchFleet fleet, Contestant contestant) throws InterruptedException {
        fleet.model(ThroughputScenario.PICTURE_BYTES, 1);
        var store = new SandboxControl(fleet.sandbox().control());
        return during(fleet, contestant, "outage", () -> {
            List<RenderJob> all = jobs(fleet, contestant, "outage", JOBS);
            contestant.submit(all);
            while (fleet.simulator().ledger().calls() == 0) {
                Thread.sleep(POLL);
            }
            store.s3Faults(S3Fault.of(S3Fault.Kind.DOWN));
            try {
                Thread.sleep(CLOSED);
            } finally {
                store.clearS3Faults();
            }
            long back = System.nanoTime();
            List<Outcome> outcomes = rest(contestant, all, new ArrayList<>());
            Map<String, Double> figures = figures(fleet, "store away for 20 s, 80 jobs", all, outcomes);
            figures.put("store away for 20 s: last outcome after it was back [s]", secondsAfter(back, outcomes));
            return figures;
        });
    }

    @FunctionalInterface
    private interface Trial {
        Map<String, Double> run() throws InterruptedException;
    }

    /** With a worker that has done a job, and nothing on the bill. */
    private static Map<String, Double> during(BenchFleet fleet, Contestant contestant, String part, Trial trial)
            throws InterruptedException {
        contestant.begin("beside-" + part);
        try {
            List<RenderJob> one = jobs(fleet, contestant, part + "-warm-up", 1);
            contestant.submit(one);
            List<Outcome> outcomes = new ArrayList<>();
            contestant.gather(one, 1, PATIENCE, outcomes);
            if (outcomes.isEmpty()) {
                throw new UserError(contestant.title() + " does no job; its log may say why.");
            }
            fleet.simulator().resetLedger();
            return trial.run();
        } finally {
            fleet.simulator().clearRules();
            contestant.stop();
        }
    }

    /** Adds what comes until each job has an outcome, and a little longer. */
    private static List<Outcome> rest(Contestant contestant, List<RenderJob> jobs, List<Outcome> outcomes)
            throws InterruptedException {
        contestant.gather(jobs, jobs.size(), PATIENCE, outcomes);
        contestant.gather(jobs, Integer.MAX_VALUE, MORE_OUTCOMES_WITHIN, outcomes);
        return outcomes;
    }

    private static Map<String, Double> figures(
            BenchFleet fleet, String what, List<RenderJob> jobs, List<Outcome> outcomes) {
        long told = outcomes.stream().map(Outcome::jobId).distinct().count();
        long completed = outcomes.stream()
                .filter(Outcome::completed)
                .map(Outcome::jobId)
                .distinct()
                .count();
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put(what + ": calls paid", (double) fleet.simulator().ledger().calls());
        figures.put(what + ": jobs lost or failed", (double) (jobs.size() - completed));
        figures.put(what + ": outcomes told twice", (double) (outcomes.size() - told));
        return figures;
    }

    private static double secondsAfter(long nanoTime, List<Outcome> outcomes) {
        return outcomes.stream()
                .mapToDouble(outcome -> (outcome.nanoTime() - nanoTime) / 1e9)
                .max()
                .orElse(Double.NaN);
    }

    /** All that the simulator ever had. */
    private static long requests(BenchFleet fleet) {
        return fleet.simulator().requests(1).path(0).path("number").asLong();
    }

    private static List<RenderJob> jobs(BenchFleet fleet, Contestant contestant, String part, int count) {
        return fleet.jobs(contestant.title() + "-" + part, BenchModel.GEMINI.id(), count, OutputSize.K1);
    }
}
