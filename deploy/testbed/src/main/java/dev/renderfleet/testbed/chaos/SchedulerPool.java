package dev.renderfleet.testbed.chaos;

import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.sandbox.SandboxEndpoints;
import dev.renderfleet.testbed.chaos.Members.Member;
import dev.renderfleet.testbed.system.FleetSystem;
import dev.renderfleet.testbed.system.FleetSystem.RunningProcess;
import dev.renderfleet.testbed.system.Metrics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Two schedulers, one of which leads. Kills and pauses either of them, or both at once, until {@link #cancel}. Times and targets come from
 * the seed. Safe for use by many threads.
 */
final class SchedulerPool {

    private static final String LEADS = "renderfleet_scheduler_leader";
    private static final int SCHEDULERS = 2;
    private static final Duration STOP_GRACE = Duration.ofSeconds(20);
    /** Longer than the lease. */
    private static final Duration PAUSE = Duration.ofSeconds(8);

    private static final int DOWN_MILLIS_MAX = 2_000;
    private static final int STARTS_MAX = 20;

    private final FleetSystem system;
    private final ChaosPlan plan;
    private final Map<String, String> settings;
    private final Consumer<String> progress;
    private final Members members = new Members();
    private final CountDownLatch canceled = new CountDownLatch(1);
    private int kills;
    private int killsOfLeaders;
    private int pauses;
    private int crashes;

    /** @param models the workers' catalogue */
    SchedulerPool(FleetSystem system, ChaosPlan plan, Path models, Consumer<String> progress) {
        this.system = system;
        this.plan = plan;
        this.progress = progress;
        this.settings = new TreeMap<>(FleetSystem.schedulerEnvironment(system.endpoints()));
        settings.put("RENDERFLEET_MODELS_FILE", models.toString());
    }

    /** Faults so far. */
    record FaultCount(int kills, int killsOfLeaders, int pauses, int crashes) {}

    Members members() {
        return members;
    }

    /** Starts both, the first one before the second, so that it leads, and plants a bug. Blocks until they are ready. */
    void start(SchedulerPlan with) {
        for (int number = 1; number <= SCHEDULERS; number++) {
            start("scheduler-" + number);
        }
        if (with.bug() != null) {
            SandboxEndpoints.Postgres database = system.endpoints().database();
            with.bug().plant(database.jdbcUrl(), database.user(), database.password());
        }
    }

    private void start(String name) {
        for (int tries = 1; ; tries++) {
            RunningProcess scheduler = system.startScheduler(name, settings);
            try {
                system.awaitReady(scheduler);
                members.add(new Member(name, scheduler));
                return;
            } catch (UserError e) {
                scheduler.part().kill();
                if (tries == STARTS_MAX) {
                    throw e;
                }
            }
        }
    }

    /** Kills one or both, or pauses one, at random intervals; not where {@code every} is zero. */
    void injectFaults(Duration every, Consumer<Runnable> background) {
        RandomGenerator random = plan.random("schedulers");
        try (var metrics = new Metrics()) {
            while (every.isPositive()
                    && wait(Duration.ofMillis((long) (every.toMillis() * (0.5 + random.nextDouble()))))) {
                restartCrashed(background);
                // The first time both, so that a short run kills a leader too.
                int kind = faults().kills() == 0 ? 0 : random.nextInt(4);
                for (int i = 0; i < (kind == 0 ? SCHEDULERS : 1); i++) {
                    Member member = members.takeAny(random);
                    if (member != null && kind == 1) {
                        pause(member);
                    } else if (member != null) {
                        kill(member, metrics);
                        int down = random.nextInt(DOWN_MILLIS_MAX);
                        background.accept(() -> {
                            wait(Duration.ofMillis(down));
                            start(member.name());
                        });
                    }
                }
            }
        }
    }

    private void kill(Member member, Metrics metrics) {
        boolean leads = metrics.read(member.running(), LEADS).orElse(0) > 0;
        member.running().part().kill();
        synchronized (this) {
            kills++;
            killsOfLeaders += leads ? 1 : 0;
        }
        progress.accept(member.name() + " is killed" + (leads ? ", the leader" : ""));
    }

    private void pause(Member member) {
        member.running().part().pause();
        progress.accept(member.name() + " is paused");
        wait(PAUSE);
        member.running().part().resume();
        members.add(member);
        synchronized (this) {
            pauses++;
        }
    }

    private void restartCrashed(Consumer<Runnable> background) {
        for (Member crashed : members.takeCrashed()) {
            synchronized (this) {
                crashes++;
            }
            progress.accept(crashed.name() + " crashed; its log: "
                    + crashed.running().part().log());
            background.accept(() -> start(crashed.name()));
        }
    }

    synchronized FaultCount faults() {
        return new FaultCount(kills, killsOfLeaders, pauses, crashes);
    }

    /** Ends fault injection. A restart that was begun is finished by its own thread. */
    void cancel() {
        canceled.countDown();
    }

    /** Stops them in an orderly way. */
    void stop() {
        members.takeAll().stream()
                .map(member -> CompletableFuture.runAsync(() -> system.stop(member.running(), STOP_GRACE)))
                .toList()
                .forEach(CompletableFuture::join);
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
