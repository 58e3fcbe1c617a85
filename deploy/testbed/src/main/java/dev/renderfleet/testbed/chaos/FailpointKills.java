package dev.renderfleet.testbed.chaos;

import dev.renderfleet.cli.cluster.JobPublisher;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.testbed.chaos.Members.Member;
import dev.renderfleet.testbed.system.FleetSystem.RunningProcess;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Kills one worker at failpoints, one after the other, while the others keep running. Publishes a few jobs at a time, so that there is
 * always a job to reach the next failpoint.
 */
final class FailpointKills {

    private static final Duration LOOK = Duration.ofMillis(100);
    private static final Duration BATCH_EVERY = Duration.ofMillis(500);
    private static final Duration REACHED_WITHIN = Duration.ofSeconds(60);
    private static final int HITS_MAX = 2;
    private static final int BATCHES = 10;

    private final List<FailpointName> points;
    private final WorkerPool pool;
    private final Members members;
    private final CallsInFlight calls;
    private final KillLog killLog;
    private final RandomGenerator random;
    private final Consumer<String> progress;

    FailpointKills(
            ChaosPlan plan,
            WorkerPool pool,
            Members members,
            CallsInFlight calls,
            KillLog killLog,
            Consumer<String> progress) {
        this.points = plan.points();
        this.pool = pool;
        this.members = members;
        this.calls = calls;
        this.killLog = killLog;
        this.random = plan.random("points");
        this.progress = progress;
    }

    /** Publishes all records and returns the failpoints at which the worker was not killed. At the end the worker runs without a failpoint. */
    List<FailpointName> run(String worker, List<RenderJob> records, JobPublisher publisher)
            throws InterruptedException {
        List<FailpointName> missed = new ArrayList<>();
        int published = 0;
        int share = records.size() / points.size();
        for (FailpointName point : points) {
            RunningProcess victim = pool.start(worker, point, 1 + random.nextInt(HITS_MAX));
            int until = published + share;
            Instant giveUp = Instant.now().plus(REACHED_WITHIN);
            Instant next = Instant.now();
            while (victim.part().alive() && Instant.now().isBefore(giveUp)) {
                if (published < until && Instant.now().isAfter(next)) {
                    int end = Math.min(until, published + Math.max(1, share / BATCHES));
                    publisher.publish(records.subList(published, end));
                    published = end;
                    next = Instant.now().plus(BATCH_EVERY);
                }
                TimeUnit.MILLISECONDS.sleep(LOOK.toMillis());
            }
            if (victim.part().alive()) {
                missed.add(point);
                progress.accept(point + ": " + worker + " did not die within " + REACHED_WITHIN.toSeconds() + " s");
                pool.stop(victim);
            } else {
                int lost = killLog.killed(Instant.now(), pool.callsLostWith(worker, calls.ofKilled(worker)));
                progress.accept(point + ": " + worker + " died with " + lost + " calls out");
            }
        }
        members.add(new Member(worker, pool.start(worker, null, 0)));
        publisher.publish(records.subList(published, records.size()));
        return missed;
    }
}
