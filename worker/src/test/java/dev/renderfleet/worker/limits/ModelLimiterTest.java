package dev.renderfleet.worker.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.renderfleet.worker.providers.FailureKind;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Order of the queue, quota, slots, deadlines and shutdown. */
class ModelLimiterTest extends LimiterScenario {

    @Test
    void permitsAreGrantedInOrderOfArrival() {
        limiter.share(1);
        for (int i = 0; i < 5; i++) {
            ask("job " + i, LIMITED, null);
            awaitWaiting(LIMITED, i + 1);
        }

        for (int i = 0; i < 5; i++) {
            pass(SECOND);
            assertThat(next().name()).isEqualTo("job " + i);
        }
    }

    /** A job taken over from an expired member was published before most jobs in the queue. */
    @Test
    void theOldestJobGoesFirst() {
        limiter.share(1);
        ask("new", LIMITED, START.plusSeconds(9), null);
        awaitWaiting(LIMITED, 1);
        ask("old", LIMITED, START, null);
        awaitWaiting(LIMITED, 2);

        pass(SECOND);
        assertThat(next().name()).isEqualTo("old");
        pass(SECOND);
        assertThat(next().name()).isEqualTo("new");
    }

    @Test
    void aJobThatWaitsForQuotaHoldsNoSlot() {
        limiter.share(1);
        ask("first", LIMITED, null);
        ask("second", LIMITED, null);
        awaitWaiting(LIMITED, 2);
        assertThat(slots.acquired()).isZero();

        pass(SECOND);
        try (Permit permit = next().permit()) {
            awaitWaiting(LIMITED, 1);
            assertThat(slots.used()).isEqualTo(1);
            permit.answered();
        }
        assertThat(slots.used()).isZero();
    }

    /** Over both models of the provider, which takes four tasks at a time of the whole fleet. */
    @Test
    void aWorkerHasNoMoreCallsInProgressThanItsShareOfTheProvidersLimit() {
        var one = new QuotaDemand("tasks", "flux-a", 1, 10);
        var other = new QuotaDemand("tasks", "flux-b", 1, 10);
        limiter.share(0.5);
        ask("first", one, null);
        ask("second", other, null);
        List<Job> running = next(2);
        ask("third", one, null);
        awaitWaiting(one, 1);
        pass(Duration.ofMinutes(5));
        awaitWaiting(one, 1);

        running.forEach(job -> job.permit().close());

        next().permit().close();
        assertThat(slots.used()).isZero();
    }

    /** Its result would expire. */
    @Test
    void aRunningTaskWaitsForNoLimitAndNewCallsWaitForIt() {
        var demand = new QuotaDemand("tasks", "flux-a", 1, 10);
        limiter.share(0.25);
        ask("running", demand, null);
        Job running = next();

        try (TaskPlace task = limiter.taskPlace()) {
            task.at(Stream.of(QuotaDemand.ofTask("tasks", "flux-b")));
            ask("new", demand, null);
            awaitWaiting(demand, 1);
            running.permit().close();
            pass(Duration.ofMinutes(5));
            awaitWaiting(demand, 1);
        }

        next().permit().close();
    }

    @Test
    void aSmallShareOfAProvidersLimitIsOneCall() {
        var demand = new QuotaDemand("tasks", "flux-a", 1, 10);
        limiter.share(0.01);
        ask("first", demand, null);
        Job running = next();
        ask("second", demand, null);
        awaitWaiting(demand, 1);

        limiter.share(1);

        next().permit().close();
        running.permit().close();
    }

    @Test
    void quotaIsTakenOnlyWithASlot() {
        limiter.share(1);
        slots.fill();
        ask("first", LIMITED, null);
        awaitWaiting(LIMITED, 1);
        pass(SECOND);
        await().until(() -> slots.waiting() == 1);

        // Its quota is still available after the wait: here the share is set to 0 meanwhile.
        limiter.share(0);
        slots.free();
        await().until(() -> slots.acquired() == 1 && slots.used() == 0);
        assertThat(waiting(LIMITED)).isEqualTo(1);
        limiter.share(1);
        assertThat(next().permit()).isNotNull();
    }

    /** As after a fault of the worker between the call and its result. */
    @Test
    void aCallThatWasSentDoesNotReturnItsQuota() {
        limiter.share(1);
        ask("first", LIMITED, null);
        awaitWaiting(LIMITED, 1);
        pass(SECOND);
        try (Permit permit = next().permit()) {
            permit.sent();
            permit.unused();
        }

        ask("second", LIMITED, START.plusSeconds(2));
        awaitWaiting(LIMITED, 1);
        pass(Duration.ofMillis(999));
        awaitWaiting(LIMITED, 1);
    }

    @Test
    void unusedPermitsReturnTheirQuota() {
        limiter.share(1);
        ask("first", LIMITED, null);
        awaitWaiting(LIMITED, 1);
        pass(SECOND);
        try (Permit permit = next().permit()) {
            permit.unused();
            permit.unused();
        }

        ask("second", LIMITED, null);
        assertThat(next().name()).isEqualTo("second");
        ask("third", LIMITED, START.plusSeconds(2));
        awaitWaiting(LIMITED, 1);
        pass(Duration.ofMillis(999));
        awaitWaiting(LIMITED, 1);
        assertThat(results).isEmpty();
    }

    @Test
    void onlyTheFirstResultCounts() {
        refuse(FREE, FailureKind.RATE_LIMITED, Duration.ofSeconds(1));
        pass(Duration.ofSeconds(2));
        ask("canary", FREE, null);
        Permit canary = next().permit();
        canary.answered();
        canary.refused(FailureKind.RATE_LIMITED, null);
        canary.close();
        canary.close();

        assertThat(state(FREE).callsMax()).isEqualTo(CountedSlots.COUNT / 2);
        assertThat(state(FREE).heldUntil()).isNull();
        assertThat(slots.used()).isZero();
    }

    @Test
    void aDeadlinePassesAtAnyPlaceInTheQueue() {
        limiter.applyRemote(hold("free", START.plus(Duration.ofHours(1))));
        ask("patient", FREE, null);
        awaitWaiting(FREE, 1);
        ask("hasty", FREE, START.plusSeconds(30));
        awaitWaiting(FREE, 2);
        pass(Duration.ofSeconds(30));

        assertThat(next()).isEqualTo(new Job("hasty", new PermitResult.DeadlinePassed()));
        assertThat(waiting(FREE)).isEqualTo(1);
        assertThat(slots.acquired()).isZero();
    }

    @Test
    void aDeadlineThatPassesDuringTheWaitForASlotGrantsNoPermit() {
        slots.fill();
        ask("hasty", FREE, START.plusSeconds(30));
        await().until(() -> slots.waiting() == 1);
        clock.advance(Duration.ofSeconds(31));
        slots.free();

        assertThat(next().result()).isEqualTo(new PermitResult.DeadlinePassed());
        assertThat(slots.used()).isZero();
    }

    @Test
    void shutdownAbortsAllWaits() {
        limiter.applyRemote(hold("free", START.plusSeconds(60)));
        for (int i = 0; i < 20; i++) {
            ask("held " + i, FREE, i % 2 == 0 ? null : START.plusSeconds(3_600));
            ask("without a share " + i, LIMITED, null);
        }
        awaitWaiting(FREE, 20);
        awaitWaiting(LIMITED, 20);
        limiter.shutdown();

        assertThat(next(40)).extracting(Job::result).containsOnly(new PermitResult.Aborted());
        assertThat(slots.acquired()).isZero();
        assertThat(limiter.acquire(OTHER, Instant.EPOCH, null, Instant.MAX, () -> false))
                .as("also for a model used later")
                .isEqualTo(new PermitResult.Aborted());
    }

    @Test
    void shutdownAbortsTheQueueBehindAJobThatWaitsForASlot() {
        slots.fill();
        ask("first", FREE, null);
        await().until(() -> slots.waiting() == 1);
        ask("second", FREE, null);
        ask("third", FREE, null);
        awaitWaiting(FREE, 3);
        limiter.shutdown();

        assertThat(next(2)).extracting(Job::name).containsExactlyInAnyOrder("second", "third");
        slots.free();
        assertThat(next()).isEqualTo(new Job("first", new PermitResult.Aborted()));
        assertThat(slots.used()).isZero();
    }

    @Test
    void closingTheSlotsAbortsTheWaitForASlot() {
        slots.fill();
        ask("first", FREE, null);
        await().until(() -> slots.waiting() == 1);
        slots.close();

        assertThat(next().result()).isEqualTo(new PermitResult.Aborted());
        assertThat(waiting(FREE)).isZero();
    }

    @Test
    void aReassignedJobIsAbortedAtOnce() {
        limiter.share(1);
        threads.add(Thread.ofVirtual()
                .start(() -> results.add(
                        new Job("theirs", limiter.acquire(LIMITED, START, null, Instant.MAX, () -> true)))));

        assertThat(next().result()).isEqualTo(new PermitResult.Aborted());
        assertThat(slots.acquired()).isZero();
    }

    @Test
    void anInterruptAbortsTheWait() {
        ask("without a share", LIMITED, null);
        awaitWaiting(LIMITED, 1);
        threads.getFirst().interrupt();

        assertThat(next().result()).isEqualTo(new PermitResult.Aborted());
    }

    @Test
    void withoutAShareAModelWithAQuotaIsNotCalled() {
        ask("first", LIMITED, null);
        awaitWaiting(LIMITED, 1);
        pass(Duration.ofHours(1));
        assertThat(results).isEmpty();

        limiter.share(0.5);
        pass(Duration.ofSeconds(2));
        assertThat(next().name()).isEqualTo("first");
        assertThatIllegalArgumentException().isThrownBy(() -> limiter.share(1.01));
        assertThatIllegalArgumentException().isThrownBy(() -> limiter.share(Double.NaN));
    }

    @Test
    void reportsStates() {
        limiter.applyRemote(hold("free", START.plusSeconds(60)));
        ask("held", FREE, null);
        ask("without a share", LIMITED, null);
        awaitWaiting(FREE, 1);
        awaitWaiting(LIMITED, 1);

        assertThat(limiter.states()).extracting(ModelState::model).containsExactly("free", "limited");
        assertThat(state(LIMITED)).isEqualTo(new ModelState("gemini", "limited", 1, null, null, ModelState.UNLIMITED));
    }
}
