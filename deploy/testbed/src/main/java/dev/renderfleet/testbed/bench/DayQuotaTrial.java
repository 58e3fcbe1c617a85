package dev.renderfleet.testbed.bench;

import dev.renderfleet.cli.cluster.JobPublisher;
import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.sandbox.simulators.Quota;
import dev.renderfleet.testbed.jobs.WorkersGroup;
import dev.renderfleet.testbed.system.FleetSystem.Running;
import dev.renderfleet.testbed.system.Paths;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How much one crew of workers uses of one day's quota, half as many again of jobs waiting, in a sandbox where nobody has worked
 * before. The provider refuses what is sent beyond. Used once, by one thread; wrong if midnight in Los Angeles falls into it.
 */
final class DayQuotaTrial {

    /** Of all workers together, so that a quota lasts as long whoever spends it. */
    private static final int SLOTS = 6;

    private static final int PICTURE_BYTES = 60_000;
    private static final double PERCENT = 100;
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final Duration SHARES_MAX = Duration.ofSeconds(60);
    private static final Duration TRIAL_MAX = Duration.ofMinutes(10);

    private final BenchFleet fleet;
    private final Path folder;
    private final WorkerCount crew;
    private final int quota;
    private final Duration quiet;
    private final QuotaMeter meter;
    private final Deque<Running> workers = new ArrayDeque<>();

    /**
     * @param quota calls a day
     * @param quiet the trial ends when no call has been sent for so long; longer than a worker takes to start
     */
    DayQuotaTrial(BenchFleet fleet, Paths places, WorkerCount crew, int quota, Duration quiet) {
        this.fleet = fleet;
        this.folder = places.state().resolve("bench");
        this.crew = crew;
        this.quota = quota;
        this.quiet = quiet;
        this.meter = new QuotaMeter(fleet);
    }

    /** Which workers there are; what changes does so when half of the quota is spent. */
    enum WorkerCount {
        ONE(1, "1 worker"),
        TWO(2, "2 workers"),
        ONE_LEAVES(3, "3, -1 SIGTERM"),
        ONE_DIES(3, "3, 1 killed and restarted");

        private final int workers;
        private final String words;

        WorkerCount(int workers, String words) {
            this.workers = workers;
            this.words = words;
        }
    }

    /** Runs to its end. */
    DayQuotaUse run() throws InterruptedException {
        fleet.simulator().latency(QuotaScenario.MODEL_SECONDS, QuotaScenario.MODEL_SECONDS);
        fleet.simulator().pictureBytes(PICTURE_BYTES);
        fleet.simulator().quota(new Quota(QuotaKind.MODEL, null, null, null, quota, null));
        int jobs = quota * 3 / 2;
        try {
            for (int number = 1; number <= crew.workers; number++) {
                workers.add(begin(name(number)));
            }
            workers.forEach(fleet::awaitReady);
            awaitShares();
            try (JobPublisher publisher = fleet.publisher()) {
                publisher.publish(fleet.jobs(name(0), jobs, OutputSize.K1));
            }
            Instant giveUp = Instant.now().plus(TRIAL_MAX);
            while (meter.requests() < quota / 2) {
                if (Instant.now().isAfter(giveUp)) {
                    throw new UserError("Half of a day's quota was not spent within " + TRIAL_MAX.toMinutes()
                            + " minutes; the workers' logs may say why.");
                }
                Thread.sleep(LOOK);
            }
            changeCrew();
            awaitQuiet(giveUp);
        } finally {
            workers.forEach(fleet::stop);
        }
        // Only now is each call either accepted or refused.
        return use(jobs);
    }

    /** A worker that got its partitions later would know nothing of what the others have spent. */
    private void awaitShares() throws InterruptedException {
        Instant giveUp = Instant.now().plus(SHARES_MAX);
        try (var group = new WorkersGroup(fleet.sandbox().bootstrapServers())) {
            while (group.owners() < crew.workers) {
                if (Instant.now().isAfter(giveUp)) {
                    throw new UserError("Not every worker had partitions within " + SHARES_MAX.toSeconds()
                            + " s; their logs may say why.");
                }
                Thread.sleep(LOOK);
            }
        }
    }

    private void changeCrew() {
        switch (crew) {
            case ONE, TWO -> {}
            case ONE_LEAVES -> fleet.stop(workers.removeFirst());
            case ONE_DIES -> {
                Running dies = workers.removeFirst();
                fleet.kill(dies);
                Running successor = begin(dies.part().name());
                workers.addLast(successor);
                fleet.awaitReady(successor);
            }
        }
    }

    private void awaitQuiet(Instant giveUp) throws InterruptedException {
        long sent = meter.requests();
        Instant latest = Instant.now();
        while (Instant.now().isBefore(latest.plus(quiet))) {
            if (Instant.now().isAfter(giveUp)) {
                throw new UserError("Calls were still sent after " + TRIAL_MAX.toMinutes()
                        + " minutes; a day's quota was to end them.");
            }
            Thread.sleep(LOOK);
            if (meter.requests() > sent) {
                sent = meter.requests();
                latest = Instant.now();
            }
        }
    }

    private Running begin(String name) {
        Path catalogue = QuotaKind.catalogue(folder, "requests-per-day", quota);
        return fleet.begin(
                name,
                List.of(),
                Map.of(
                        "RENDERFLEET_MODELS_FILE",
                        catalogue.toAbsolutePath().toString(),
                        "RENDERFLEET_WORKER_SLOTS",
                        Integer.toString(SLOTS / crew.workers)));
    }

    private String name(int number) {
        return "quota-day-" + crew.name().toLowerCase(Locale.ROOT).replace('_', '-') + "-" + number;
    }

    private DayQuotaUse use(int jobs) {
        int accepted = meter.accepted().size();
        long sent = meter.requests();
        return new DayQuotaUse(
                crew.words,
                quota,
                jobs,
                accepted,
                PERCENT * accepted / quota,
                sent,
                PERCENT * sent / quota,
                sent - accepted);
    }
}
