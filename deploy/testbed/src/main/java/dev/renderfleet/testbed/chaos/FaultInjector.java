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
 * Kills, pauses and restarts while jobs run, each at its own pace on its own thread, until the run calls it off. When, whom and for how
 * long is drawn from the seed.
 */
final class FaultInjector {

    private static final Duration LOOK = Duration.ofMillis(200);
    /** What a stopped worker has sent before reaches the simulator. */
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
    private final CountDownLatch calledOff = new CountDownLatch(1);

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

    /** No more of it: what has begun, such as a restart, is finished by its own thread. */
    void callOff() {
        calledOff.countDown();
    }

    /** Kills a worker again and again. */
    void killWorkers(Consumer<Runnable> asWell) {
        RandomGenerator random = plan.random("kills");
        while (wait(about(plan.killEvery(), random))) {
            Member member = members.takeAny(random);
            if (member == null) {
                continue;
            }
            int down = random.nextInt(DOWN_MILLIS_MAX);
            kill(member);
            asWell.accept(() -> restart(member.name(), down));
        }
    }

    private void kill(Member member) {
        stop(member);
        Set<InFlightCall> out = pool.lostWith(member.name(), calls.ofKilled(member.name()));
        Instant now = Instant.now();
        member.running().part().kill();
        int lost = killLog.killed(now, out);
        progress.accept("kill " + killLog.kills() + ": " + member.name() + " with " + lost + " calls out; "
                + events.outcomes() + " of " + plan.jobs() + " jobs have an outcome");
    }

    /** Pauses a worker for so long that others take it for dead, again and again. */
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
        // Asked while it is stopped: as soon as it goes on it joins anew.
        Optional<Set<String>> after = group.membersOf(member.name());
        member.running().part().resume();
        if (before.isPresent()
                && !before.get().isEmpty()
                && after.isPresent()
                && after.get().isEmpty()) {
            killLog.takenForDead();
            progress.accept(member.name() + " goes on, and the group has taken it for dead");
        }
    }

    /** Kills the broker, or stops it in order, in turn, when some of the jobs are done, spread over the run. */
    void restartBroker() {
        RandomGenerator random = plan.random("broker");
        boolean kill = random.nextBoolean();
        for (int number = 0; number < plan.brokerRestarts(); number++) {
            double share = (number + 0.25 + random.nextDouble() / 2) / plan.brokerRestarts();
            while (events.outcomes() < share * plan.jobs()) {
                if (!wait(LOOK)) {
                    return;
                }
            }
            int down = random.nextInt(DOWN_MILLIS_MAX);
            if (kill) {
                environment.killBroker();
                progress.accept("the broker is killed");
            } else {
                environment.stopBroker();
                progress.accept("the broker is stopped");
            }
            kill = !kill;
            wait(Duration.ofMillis(down));
            environment.startBroker();
            progress.accept("the broker is back");
        }
    }

    /** Starts again what has died by itself, as an orchestrator does. */
    void tend(Consumer<Runnable> asWell) {
        while (wait(LOOK)) {
            for (Member dead : members.takeDead()) {
                killLog.crashed();
                progress.accept(dead.name() + " has died by itself; its log: "
                        + dead.running().part().log());
                asWell.accept(() -> restart(dead.name(), 0));
            }
        }
    }

    private void restart(String name, int downMillis) {
        wait(Duration.ofMillis(downMillis));
        members.add(new Member(name, pool.start(name, null, 0)));
    }

    /** Between half of it and one and a half. */
    private static Duration about(Duration mean, RandomGenerator random) {
        return Duration.ofMillis((long) (mean.toMillis() * (0.5 + random.nextDouble())));
    }

    private void stop(Member member) {
        member.running().part().pause();
        wait(IN_SOCKETS);
    }

    /** False if it is called off, meanwhile or before. */
    private boolean wait(Duration time) {
        try {
            return !calledOff.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
