package dev.renderfleet.testbed.chaos;

import dev.renderfleet.testbed.chaos.CallsInFlight.InFlightCall;
import dev.renderfleet.testbed.chaos.Members.Member;
import dev.renderfleet.testbed.jobs.WorkersGroup;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Kills, pauses and restarts processes during a run, each kind of fault in a thread of its own, until {@link #cancel}. Times, targets and durations
 * come from the seed.
 */
final class FaultInjector {

    private static final Duration LOOK = Duration.ofMillis(200);
    /** Until requests that a paused worker has sent reach the simulator. */
    private static final Duration IN_SOCKETS = Duration.ofMillis(100);

    private static final int DOWN_MILLIS_MAX = 2_000;

    private final ChaosPlan plan;
    private final TestEnvironment environment;
    private final WorkerPool pool;
    private final Members members;
    private final CallsInFlight calls;
    private final EventTracker events;
    private final KillLog killLog;
    private final Consumer<String> progress;
    private final CountDownLatch canceled = new CountDownLatch(1);

    FaultInjector(
            ChaosPlan plan,
            TestEnvironment environment,
            WorkerPool pool,
            Members members,
            CallsInFlight calls,
            EventTracker events,
            KillLog killLog,
            Consumer<String> progress) {
        this.plan = plan;
        this.environment = environment;
        this.pool = pool;
        this.members = members;
        this.calls = calls;
        this.events = events;
        this.killLog = killLog;
        this.progress = progress;
    }

    /** Ends fault injection. A restart that was begun is finished by its own thread. */
    void cancel() {
        canceled.countDown();
    }

    /** Kills random workers at random intervals. */
    void killWorkers(Consumer<Runnable> background) {
        RandomGenerator random = plan.random("kills");
        while (wait(about(plan.killEvery(), random))) {
            Member member = members.takeAny(random);
            if (member == null) {
                continue;
            }
            int down = random.nextInt(DOWN_MILLIS_MAX);
            kill(member);
            background.accept(() -> restart(member.name(), down));
        }
    }

    private void kill(Member member) {
        stop(member);
        Set<InFlightCall> out = pool.callsLostWith(member.name(), calls.ofKilled(member.name()));
        Instant now = Instant.now();
        member.running().part().kill();
        int lost = killLog.killed(now, out);
        progress.accept("kill " + killLog.kills() + ": " + member.name() + " with " + lost + " calls out; "
                + events.outcomes() + " of " + plan.jobs() + " jobs have an outcome");
    }

    /** Pauses random workers at random intervals, for longer than their session. */
    void pauseWorkers() {
        RandomGenerator random = plan.random("pauses");
        try (var group = new WorkersGroup(environment.endpoints().bootstrapServers())) {
            while (wait(about(plan.pauseEvery(), random))) {
                Member member = members.takeAny(random);
                if (member != null) {
                    pause(member, group);
                    members.add(member);
                }
            }
        }
    }

    private void pause(Member member, WorkersGroup group) {
        Optional<Set<String>> before = group.membersOf(member.name());
        stop(member);
        int lost = killLog.paused(Instant.now(), calls.ofPaused(member.name()));
        progress.accept("pause " + killLog.pauses().count() + ": " + member.name() + " with " + lost + " calls out");
        wait(plan.pauseFor());
        // Before it resumes: it rejoins at once.
        Optional<Set<String>> after = group.membersOf(member.name());
        member.running().part().resume();
        if (before.isPresent()
                && !before.get().isEmpty()
                && after.isPresent()
                && after.get().isEmpty()) {
            killLog.expiredWhilePaused();
            progress.accept(member.name() + " resumes after its session has expired");
        }
    }

    /** Kills and stops a service in turn, spread over the run by the share of jobs with an outcome. */
    void restart(RestartableSandbox service, int times) {
        RandomGenerator random = plan.random(service.name());
        boolean kill = random.nextBoolean();
        for (int number = 0; number < times; number++) {
            double share = (number + 0.25 + random.nextDouble() / 2) / times;
            while (events.outcomes() < share * plan.jobs()) {
                if (!wait(LOOK)) {
                    return;
                }
            }
            int down = random.nextInt(DOWN_MILLIS_MAX);
            if (kill) {
                service.kill();
            } else {
                service.stop();
            }
            progress.accept(service.name() + (kill ? " is killed" : " is stopped"));
            kill = !kill;
            wait(Duration.ofMillis(down));
            service.restart();
            progress.accept(service.name() + " is back");
        }
    }

    /** Restarts crashed workers, as an orchestrator does. */
    void restartCrashed(Consumer<Runnable> background) {
        while (wait(LOOK)) {
            for (Member crashed : members.takeCrashed()) {
                killLog.crashed();
                progress.accept(crashed.name() + " crashed; its log: "
                        + crashed.running().part().log());
                background.accept(() -> restart(crashed.name(), 0));
            }
        }
    }

    private void restart(String name, int downMillis) {
        wait(Duration.ofMillis(downMillis));
        members.add(new Member(name, pool.start(name, null, 0)));
    }

    /** Between 0.5 and 1.5 times the mean. */
    private static Duration about(Duration mean, RandomGenerator random) {
        return Duration.ofMillis((long) (mean.toMillis() * (0.5 + random.nextDouble())));
    }

    private void stop(Member member) {
        member.running().part().pause();
        wait(IN_SOCKETS);
    }

    /** False if canceled, before or during the wait. */
    private boolean wait(Duration time) {
        try {
            return !canceled.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
