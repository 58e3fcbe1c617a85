package dev.renderfleet.worker.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.providers.FailureKind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PacingTest {

    private static final Instant START = Instant.parse("2026-11-23T12:00:00Z");
    private static final Need FREE = new Need("gemini", "free", 1, 100);
    private static final Need PACED = new Need("gemini", "paced", 1, 100);
    private static final Need OTHER = new Need("gemini", "other", 1, 100);
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final SettableClock clock = new SettableClock(START);
    private final CountedSlots slots = new CountedSlots();
    private final List<Hold> told = new CopyOnWriteArrayList<>();
    private final Pacing pacing = new Pacing(
            Map.of("paced", new Quota(60, null, null, null)), slots, told::add, "worker-1", clock, new Random(1));
    private final BlockingQueue<Job> through = new LinkedBlockingQueue<>();
    private final List<Thread> threads = new ArrayList<>();

    /** A job that is past the gate, or away from it. */
    private record Job(String name, Entry entry) {
        Permit permit() {
            assertThat(entry).isInstanceOf(Entry.Admitted.class);
            return ((Entry.Admitted) entry).permit();
        }
    }

    @AfterEach
    void nobodyIsLeftBehind() throws InterruptedException {
        pacing.leave();
        slots.close();
        for (Thread thread : threads) {
            assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
        }
    }

    @Test
    void jobsPassInTheOrderOfAsking() {
        pacing.share(1);
        for (int i = 0; i < 5; i++) {
            ask("job " + i, PACED, null);
            awaitWaiting(PACED, i + 1);
        }

        for (int i = 0; i < 5; i++) {
            pass(SECOND);
            assertThat(next().name()).isEqualTo("job " + i);
        }
    }

    /** What comes back from a dead worker was published before most of what is here already. */
    @Test
    void theLongestWaitingGoesFirst() {
        pacing.share(1);
        ask("new", PACED, START.plusSeconds(9), null);
        awaitWaiting(PACED, 1);
        ask("old", PACED, START, null);
        awaitWaiting(PACED, 2);

        pass(SECOND);
        assertThat(next().name()).isEqualTo("old");
        pass(SECOND);
        assertThat(next().name()).isEqualTo("new");
    }

    @Test
    void whoeverWaitsAtTheGateHasNoSlot() {
        pacing.share(1);
        ask("first", PACED, null);
        ask("second", PACED, null);
        awaitWaiting(PACED, 2);
        assertThat(slots.entered()).isZero();

        pass(SECOND);
        try (Permit permit = next().permit()) {
            awaitWaiting(PACED, 1);
            assertThat(slots.inUse()).isEqualTo(1);
            permit.answered();
        }
        assertThat(slots.inUse()).isZero();
    }

    @Test
    void quotaIsTakenOnlyByAJobThatHasItsSlot() {
        pacing.share(1);
        slots.fill();
        ask("first", PACED, null);
        awaitWaiting(PACED, 1);
        pass(SECOND);
        await().until(() -> slots.waiting() == 1);

        // What it would have used is not lost while it waits: here to a share of nothing.
        pacing.share(0);
        slots.free();
        await().until(() -> slots.entered() == 1 && slots.inUse() == 0);
        assertThat(waiting(PACED)).isEqualTo(1);
        pacing.share(1);
        assertThat(next().permit()).isNotNull();
    }

    @Test
    void aHoldThatComesWhileAJobWaitsForItsSlotSendsItBackToTheGate() {
        slots.fill();
        ask("first", FREE, null);
        await().until(() -> slots.waiting() == 1);
        pacing.heard(hold("free", START.plusSeconds(60)));
        slots.free();

        await().until(() -> slots.entered() == 1 && slots.inUse() == 0);
        assertThat(waiting(FREE)).isEqualTo(1);
        assertThat(through).isEmpty();
        pass(Duration.ofSeconds(67));
        assertThat(next().name()).isEqualTo("first");
    }

    @Test
    void afterAnOutageOneCanaryGoesFirstAndThenMoreAndMore() {
        pacing.heard(hold("free", START.plusSeconds(10)));
        for (int i = 0; i < 30; i++) {
            ask("job " + i, FREE, null);
        }
        awaitWaiting(FREE, 30);
        assertThat(slots.entered()).isZero();

        pass(Duration.ofSeconds(12));
        List<Job> round = List.of(next());
        int left = 29;
        for (int expected : new int[] {2, 4, 8}) {
            awaitWaiting(FREE, left);
            assertThat(through).isEmpty();
            assertThat(slots.inUse()).isEqualTo(round.size());
            round.forEach(PacingTest::answer);
            round = next(expected);
            left -= expected;
        }
        assertThat(slots.mostInUse()).isLessThanOrEqualTo(15);
    }

    @Test
    void aCanaryThatIsRefusedHoldsAgain() {
        refuse(FREE, FailureKind.RATE_LIMITED, null);
        ask("canary", FREE, null);
        awaitWaiting(FREE, 1);
        pass(Duration.ofSeconds(6));
        try (Permit canary = next().permit()) {
            canary.refused(FailureKind.RATE_LIMITED, null);
        }

        assertThat(state(FREE).heldUntil()).isAfter(clock.instant().plusSeconds(10));
        assertThat(told)
                .extracting(Hold::until)
                .containsExactly(START.plusSeconds(5), clock.instant().plusSeconds(10));
    }

    @Test
    void otherModelsAreNotAffected() {
        refuse(FREE, FailureKind.RATE_LIMITED, Duration.ofSeconds(10));
        ask("held", FREE, null);
        ask("without a share", PACED, null);
        awaitWaiting(FREE, 1);
        awaitWaiting(PACED, 1);

        ask("other", OTHER, null);
        assertThat(next().name()).isEqualTo("other");
    }

    @Test
    void aHoldIsToldToTheSiblingsOnceAndNotForEachCallThatWasOut() {
        List<Permit> out = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            ask("job " + i, FREE, null);
            out.add(next().permit());
        }
        for (Permit permit : out) {
            clock.advance(Duration.ofMillis(5));
            permit.refused(FailureKind.RATE_LIMITED, Duration.ofSeconds(30));
        }

        assertThat(told)
                .containsExactly(new Hold(
                        "gemini", "free", START.plusMillis(5).plusSeconds(30), FailureCode.RATE_LIMITED, "worker-1"));
        assertThat(state(FREE).heldUntil()).isAfter(clock.instant().plusSeconds(30));
    }

    @Test
    void aHoldThatWasHeardHoldsAndIsNotToldAgain() {
        pacing.heard(hold("free", START.plusSeconds(60)));
        ask("held", FREE, null);
        awaitWaiting(FREE, 1);

        assertThat(state(FREE).heldUntil()).isBetween(START.plusSeconds(60), START.plusSeconds(67));
        assertThat(state(FREE).reason()).isEqualTo(FailureCode.OVERLOADED);
        assertThat(told).isEmpty();
        pass(Duration.ofSeconds(67));
        assertThat(next().permit()).isNotNull();
    }

    @Test
    void ownHoldsAndHoldsThatAreOverAreNotHeeded() {
        pacing.heard(new Hold("gemini", "free", START.plusSeconds(60), FailureCode.RATE_LIMITED, "worker-1"));
        pacing.heard(hold("free", START.minusSeconds(1)));
        pacing.heard(hold("free", START));
        ask("free", FREE, null);

        assertThat(next().permit()).isNotNull();
    }

    @Test
    void holdsOfModelsThatNobodyAsksForTakeBoundedRoom() {
        for (int i = 0; i < 2 * Pacing.GATES_MAX; i++) {
            pacing.heard(hold("model-" + i, START.plusSeconds(60)));
        }

        assertThat(pacing.states()).hasSize(Pacing.GATES_MAX);
        ask("other", OTHER, null);
        assertThat(next().permit()).isNotNull();
    }

    @Test
    void aWorkerWithoutALineHoldsItselfOnly() {
        for (int i = 0; i < ModelHold.BREAKER_REFUSALS; i++) {
            refuse(FREE, FailureKind.NOT_SENT, null);
        }

        assertThat(state(FREE).reason()).isEqualTo(FailureCode.PROVIDER_UNREACHABLE);
        assertThat(told).isEmpty();
    }

    @Test
    void siblingsThatCannotBeToldAreNoReasonToFail() {
        var mute = new Pacing(
                Map.of(),
                slots,
                _ -> {
                    throw new IllegalStateException("no line to the siblings");
                },
                "worker-1",
                clock,
                new Random(1));
        var entry = (Entry.Admitted) mute.enter(FREE, Instant.EPOCH, null, () -> false);
        entry.permit().refused(FailureKind.RATE_LIMITED, null);

        assertThat(mute.states().getFirst().heldUntil()).isNotNull();
    }

    @Test
    void tokensOfUnusedPermitsGoBack() {
        pacing.share(1);
        ask("first", PACED, null);
        awaitWaiting(PACED, 1);
        pass(SECOND);
        try (Permit permit = next().permit()) {
            permit.unused();
            permit.unused();
        }

        ask("second", PACED, null);
        assertThat(next().name()).isEqualTo("second");
        ask("third", PACED, START.plusSeconds(2));
        awaitWaiting(PACED, 1);
        pass(Duration.ofMillis(999));
        awaitWaiting(PACED, 1);
        assertThat(through).isEmpty();
    }

    @Test
    void whatIsToldFirstCounts() {
        refuse(FREE, FailureKind.RATE_LIMITED, Duration.ofSeconds(1));
        pass(Duration.ofSeconds(2));
        ask("canary", FREE, null);
        Permit canary = next().permit();
        canary.answered();
        canary.refused(FailureKind.RATE_LIMITED, null);
        canary.close();
        canary.close();

        assertThat(state(FREE).callsMax()).isEqualTo(CountedSlots.PLACES / 2);
        assertThat(state(FREE).heldUntil()).isNull();
        assertThat(slots.inUse()).isZero();
    }

    @Test
    void aPermitThatIsClosedWithoutAWordMakesRoomForTheNextCanary() {
        refuse(FREE, FailureKind.RATE_LIMITED, Duration.ofSeconds(1));
        pass(Duration.ofSeconds(2));
        ask("canary", FREE, null);
        next().permit().close();
        ask("next", FREE, null);

        assertThat(next().permit()).isNotNull();
        assertThat(state(FREE).callsMax()).isEqualTo(1);
    }

    @Test
    void aJobWithABoundLearnsThatItIsTooLateWhereverItStandsInLine() {
        pacing.heard(hold("free", START.plus(Duration.ofHours(1))));
        ask("patient", FREE, null);
        awaitWaiting(FREE, 1);
        ask("hasty", FREE, START.plusSeconds(30));
        awaitWaiting(FREE, 2);
        pass(Duration.ofSeconds(30));

        assertThat(next()).isEqualTo(new Job("hasty", new Entry.TooLate()));
        assertThat(waiting(FREE)).isEqualTo(1);
        assertThat(slots.entered()).isZero();
    }

    @Test
    void aBoundOutlastedByTheWaitForASlotIsNotFollowedByACall() {
        slots.fill();
        ask("hasty", FREE, START.plusSeconds(30));
        await().until(() -> slots.waiting() == 1);
        clock.advance(Duration.ofSeconds(31));
        slots.free();

        assertThat(next().entry()).isEqualTo(new Entry.TooLate());
        assertThat(slots.inUse()).isZero();
    }

    @Test
    void leavingFreesAll() {
        pacing.heard(hold("free", START.plusSeconds(60)));
        for (int i = 0; i < 20; i++) {
            ask("held " + i, FREE, i % 2 == 0 ? null : START.plusSeconds(3_600));
            ask("without a share " + i, PACED, null);
        }
        awaitWaiting(FREE, 20);
        awaitWaiting(PACED, 20);
        pacing.leave();

        assertThat(next(40)).extracting(Job::entry).containsOnly(new Entry.Leaving());
        assertThat(slots.entered()).isZero();
        assertThat(pacing.enter(OTHER, Instant.EPOCH, null, () -> false))
                .as("also at a gate made later")
                .isEqualTo(new Entry.Leaving());
    }

    @Test
    void leavingDoesNotWaitForTheFirstInLineToGetItsSlot() {
        slots.fill();
        ask("first", FREE, null);
        await().until(() -> slots.waiting() == 1);
        ask("second", FREE, null);
        ask("third", FREE, null);
        awaitWaiting(FREE, 3);
        pacing.leave();

        assertThat(next(2)).extracting(Job::name).containsExactlyInAnyOrder("second", "third");
        slots.free();
        assertThat(next()).isEqualTo(new Job("first", new Entry.Leaving()));
        assertThat(slots.inUse()).isZero();
    }

    @Test
    void aWorkerThatLeavesWhileAJobWaitsForItsSlotGetsItBack() {
        slots.fill();
        ask("first", FREE, null);
        await().until(() -> slots.waiting() == 1);
        slots.close();

        assertThat(next().entry()).isEqualTo(new Entry.Leaving());
        assertThat(waiting(FREE)).isZero();
    }

    /** Its partition has gone to another worker, which has the job now. */
    @Test
    void aJobThatNobodyNeedsHereLeavesWithoutItsTurn() {
        pacing.share(1);
        threads.add(Thread.ofVirtual()
                .start(() -> through.add(new Job("theirs", pacing.enter(PACED, START, null, () -> true)))));

        assertThat(next().entry()).isEqualTo(new Entry.Leaving());
        assertThat(slots.entered()).isZero();
    }

    @Test
    void aJobThatIsInterruptedLeaves() {
        ask("without a share", PACED, null);
        awaitWaiting(PACED, 1);
        threads.getFirst().interrupt();

        assertThat(next().entry()).isEqualTo(new Entry.Leaving());
    }

    @Test
    void withoutAShareNothingOfAPacedModelStarts() {
        ask("first", PACED, null);
        awaitWaiting(PACED, 1);
        pass(Duration.ofHours(1));
        assertThat(through).isEmpty();

        pacing.share(0.5);
        pass(Duration.ofSeconds(2));
        assertThat(next().name()).isEqualTo("first");
        assertThatIllegalArgumentException().isThrownBy(() -> pacing.share(1.01));
        assertThatIllegalArgumentException().isThrownBy(() -> pacing.share(Double.NaN));
    }

    @Test
    void tellsHowItStands() {
        pacing.heard(hold("free", START.plusSeconds(60)));
        ask("held", FREE, null);
        ask("without a share", PACED, null);
        awaitWaiting(FREE, 1);
        awaitWaiting(PACED, 1);

        assertThat(pacing.states()).extracting(ModelState::model).containsExactly("free", "paced");
        assertThat(state(PACED)).isEqualTo(new ModelState("gemini", "paced", 1, null, null, ModelState.OPEN));
    }

    private void ask(String name, Need need, @Nullable Instant until) {
        ask(name, need, START, until);
    }

    private void ask(String name, Need need, Instant since, @Nullable Instant until) {
        threads.add(Thread.ofVirtual()
                .start(() -> through.add(new Job(name, pacing.enter(need, since, until, () -> false)))));
    }

    /** Lets time pass for everybody. */
    private void pass(Duration time) {
        clock.advance(time);
        pacing.recheck();
    }

    private Job next() {
        try {
            Job job = through.poll(10, TimeUnit.SECONDS);
            assertThat(job).as("somebody passes").isNotNull();
            return job;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private List<Job> next(int count) {
        List<Job> jobs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            jobs.add(next());
        }
        return jobs;
    }

    private static void answer(Job job) {
        try (Permit permit = job.permit()) {
            permit.answered();
        }
    }

    private void refuse(Need need, FailureKind kind, @Nullable Duration retryAfter) {
        ask("refused", need, null);
        try (Permit permit = next().permit()) {
            permit.refused(kind, retryAfter);
        }
    }

    private Hold hold(String model, Instant until) {
        return new Hold("gemini", model, until, FailureCode.OVERLOADED, "worker-2");
    }

    private void awaitWaiting(Need need, int count) {
        await().until(() -> waiting(need) == count);
    }

    private int waiting(Need need) {
        return pacing.states().stream()
                .filter(state -> state.model().equals(need.model()))
                .mapToInt(ModelState::waiting)
                .sum();
    }

    private ModelState state(Need need) {
        return pacing.states().stream()
                .filter(state -> state.model().equals(need.model()))
                .findFirst()
                .orElseThrow();
    }

    /** A hundred places, all of which may be taken. */
    private static final class CountedSlots implements SlotPort {
        private static final int PLACES = 100;

        private final Semaphore places = new Semaphore(PLACES, true);
        private final AtomicInteger entered = new AtomicInteger();
        private final AtomicInteger inUse = new AtomicInteger();
        private final AtomicInteger mostInUse = new AtomicInteger();
        private volatile boolean closed;

        @Override
        public int count() {
            return PLACES;
        }

        @Override
        public boolean enter() {
            places.acquireUninterruptibly();
            if (closed) {
                return false;
            }
            mostInUse.accumulateAndGet(inUse.incrementAndGet(), Math::max);
            entered.incrementAndGet();
            return true;
        }

        @Override
        public void leave() {
            inUse.decrementAndGet();
            places.release();
        }

        void fill() {
            places.acquireUninterruptibly(PLACES);
        }

        void free() {
            places.release(PLACES);
        }

        void close() {
            closed = true;
            places.release(PLACES);
        }

        int entered() {
            return entered.get();
        }

        int inUse() {
            return inUse.get();
        }

        int mostInUse() {
            return mostInUse.get();
        }

        int waiting() {
            return places.getQueueLength();
        }
    }
}
