package dev.renderfleet.worker.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.renderfleet.catalogue.Quota;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.providers.FailureKind;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** A limiter whose jobs wait on threads of their own, by a clock that the test moves. */
abstract class LimiterScenario {

    static final Instant START = Instant.parse("2026-11-23T12:00:00Z");
    static final QuotaDemand FREE = new QuotaDemand("gemini", "free", 1, 100);
    static final QuotaDemand LIMITED = new QuotaDemand("gemini", "limited", 1, 100);
    static final QuotaDemand OTHER = new QuotaDemand("gemini", "other", 1, 100);
    static final Duration SECOND = Duration.ofSeconds(1);

    final SettableClock clock = new SettableClock(START);
    final CountedSlots slots = new CountedSlots();
    final List<Hold> published = new CopyOnWriteArrayList<>();
    final List<String> accountsHeld = new CopyOnWriteArrayList<>();
    final ModelLimiter limiter = new ModelLimiter(
            new FleetQuotas(
                    Map.of("limited", new Quota(60, null, null, null), "daily", new Quota(null, null, null, 1)),
                    Map.of("tasks", 4),
                    Map.of("dashscope", ZoneId.of("Asia/Shanghai"))),
            slots,
            new HoldListener() {
                @Override
                public void held(Hold hold) {
                    published.add(hold);
                }

                @Override
                public void accountHeld(
                        String provider, Instant until, FailureCode reason, @Nullable Instant refusedSince) {
                    accountsHeld.add(provider + " " + reason.wireName() + " " + until + " since " + refusedSince);
                }
            },
            "worker-1",
            clock,
            new Random(1));
    final BlockingQueue<Job> results = new LinkedBlockingQueue<>();
    final List<Thread> threads = new ArrayList<>();

    /** A job whose wait has ended. */
    record Job(String name, PermitResult result) {
        Permit permit() {
            assertThat(result).isInstanceOf(PermitResult.Granted.class);
            return ((PermitResult.Granted) result).permit();
        }
    }

    @AfterEach
    void allThreadsEnd() throws InterruptedException {
        limiter.shutdown();
        slots.close();
        for (Thread thread : threads) {
            assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
        }
    }

    void ask(String name, QuotaDemand demand, @Nullable Instant until) {
        ask(name, demand, START, until);
    }

    void ask(String name, QuotaDemand demand, Instant since, @Nullable Instant until) {
        ask(name, demand, since, until, Instant.MAX);
    }

    void ask(String name, QuotaDemand demand, Instant since, @Nullable Instant until, Instant heldUntilMax) {
        threads.add(Thread.ofVirtual()
                .start(() ->
                        results.add(new Job(name, limiter.acquire(demand, since, until, heldUntilMax, () -> false)))));
    }

    /** Advances the clock and wakes all waiting jobs. */
    void pass(Duration time) {
        clock.advance(time);
        limiter.recheck();
    }

    Job next() {
        try {
            Job job = results.poll(10, TimeUnit.SECONDS);
            assertThat(job).as("a job gets its result").isNotNull();
            return job;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    List<Job> next(int count) {
        List<Job> jobs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            jobs.add(next());
        }
        return jobs;
    }

    static void answer(Job job) {
        try (Permit permit = job.permit()) {
            permit.answered();
        }
    }

    void refuse(QuotaDemand demand, FailureKind kind, @Nullable Duration retryAfter) {
        ask("refused", demand, null);
        try (Permit permit = next().permit()) {
            permit.refused(kind, retryAfter);
        }
    }

    Hold hold(String model, Instant until) {
        return new Hold("gemini", model, until, FailureCode.OVERLOADED, "worker-2");
    }

    void awaitWaiting(QuotaDemand demand, int count) {
        await().until(() -> waiting(demand) == count);
    }

    int waiting(QuotaDemand demand) {
        return limiter.states().stream()
                .filter(state -> state.model().equals(demand.model()))
                .mapToInt(ModelState::waiting)
                .sum();
    }

    ModelState state(QuotaDemand demand) {
        return limiter.states().stream()
                .filter(state -> state.model().equals(demand.model()))
                .findFirst()
                .orElseThrow();
    }

    /** Counts the slots acquired through the limiter. */
    static final class CountedSlots extends Slots {
        static final int COUNT = 100;

        final AtomicInteger acquired = new AtomicInteger();
        final AtomicInteger mostInUse = new AtomicInteger();

        CountedSlots() {
            super(COUNT);
        }

        @Override
        public boolean acquire() {
            if (!super.acquire()) {
                return false;
            }
            acquired.incrementAndGet();
            mostInUse.accumulateAndGet(used(), Math::max);
            return true;
        }

        void fill() {
            for (int i = 0; i < COUNT; i++) {
                super.acquire();
            }
        }

        void free() {
            for (int i = 0; i < COUNT; i++) {
                super.release();
            }
        }

        int acquired() {
            return acquired.get();
        }

        int mostInUse() {
            return mostInUse.get();
        }
    }
}
