package dev.renderfleet.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.signal.Cancel;
import dev.renderfleet.contracts.signal.FleetSetup;
import dev.renderfleet.contracts.signal.ProviderHold;
import dev.renderfleet.worker.CapturedLog;
import dev.renderfleet.worker.ops.FleetTie.Member;
import dev.renderfleet.worker.ops.StartChecks.Result;
import dev.renderfleet.worker.signals.FleetHistory;
import dev.renderfleet.worker.signals.FleetRecords;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.errors.TimeoutException;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FleetTieTest {

    private static final String BUCKET = "http://s3:9000/pictures";
    private static final Map<String, String> ACCESS =
            Map.of("gemini", "GEMINI_API_KEY or renderfleet.providers.gemini.api-key");
    private static final String OTHER = "http://s3:9000/picturs";

    private final Records records = new Records();
    private final List<String> happened = new CopyOnWriteArrayList<>();
    private final List<ProviderHold> holds = new ArrayList<>();
    private final List<Cancel> cancels = new ArrayList<>();

    private static final class Records implements FleetRecords {
        private final List<FleetSetup> all = new CopyOnWriteArrayList<>();
        private final AtomicInteger reads = new AtomicInteger();
        private final AtomicInteger readsAtOnce = new AtomicInteger();
        private volatile int mostReadsAtOnce;
        private volatile Runnable beforeWrite = () -> {};
        private volatile Runnable beforeRead = () -> {};
        private boolean unreadable;
        private List<ProviderHold> holds = List.of();
        private List<Cancel> cancels = List.of();

        @Override
        public FleetHistory read() {
            mostReadsAtOnce = Math.max(mostReadsAtOnce, readsAtOnce.incrementAndGet());
            try {
                reads.incrementAndGet();
                beforeRead.run();
                return new FleetHistory(unreadable ? List.of() : all, holds, cancels);
            } finally {
                readsAtOnce.decrementAndGet();
            }
        }

        @Override
        public void write(FleetSetup setup) {
            Runnable before = beforeWrite;
            beforeWrite = () -> {};
            before.run();
            all.add(setup);
        }

        /** As compaction does. */
        void keepTheLast() {
            all.retainAll(List.of(all.getLast()));
        }
    }

    /** Later reads are of the set-up only: then this worker has seen by itself whether the account is refused. */
    @Test
    void holdsOfAccountsAndCancelsApplyOnceBeforeTheFirstJob() {
        records.holds = List.of(new ProviderHold(
                "gemini", "9f86d081", Instant.EPOCH, FailureCode.PROVIDER_AUTH, Instant.EPOCH, "worker-2"));
        records.cancels = List.of(new Cancel("0".repeat(40), "render.jobs/0/7", Instant.EPOCH, "scheduler-1"));
        FleetTie tie = tie(BUCKET, "gemini");
        tie.check();
        tie.refresh();

        assertThat(holds).isEqualTo(records.holds);
        assertThat(cancels).isEqualTo(records.cancels);
    }

    @Test
    void aSecondBucketUnderOneFleetIsRefusedWithBothNames() {
        assertThat(tie(BUCKET, "gemini").check()).isInstanceOf(Result.Passed.class);
        assertThat(tie(BUCKET, "gemini").check()).isInstanceOf(Result.Passed.class);

        assertThat(tie(OTHER, "gemini").check()).isInstanceOfSatisfying(Result.Refused.class, refused -> {
            assertThat(refused.what()).contains(BUCKET, OTHER);
            assertThat(refused.remedy()).contains("renderfleet.s3.moved-from=" + BUCKET);
        });
    }

    @Test
    void ofTwoFirstWorkersTheFirstRecordDecidesAlsoAfterCompaction() {
        records.beforeWrite = () -> assertThat(tie(BUCKET, "gemini").check()).isInstanceOf(Result.Passed.class);

        assertThat(tie(OTHER, "gemini").check()).isInstanceOf(Result.Refused.class);
        records.keepTheLast();
        assertThat(tie(BUCKET, "gemini").check()).isInstanceOf(Result.Passed.class);
    }

    @Test
    void aFleetMovesOnPurposeAndItsFormerWorkersEnd() {
        FleetTie former = tie(BUCKET, "gemini");
        former.check();

        assertThat(tie(OTHER, BUCKET, Set.of("gemini"), Set.of()).check()).isInstanceOf(Result.Passed.class);
        assertThat(tie(OTHER, BUCKET, Set.of("gemini"), Set.of()).check()).isInstanceOf(Result.Passed.class);
        assertThat(tie(BUCKET, "gemini").check()).isInstanceOf(Result.Refused.class);
        assertThat(happened).isEmpty();
        former.refresh();
        assertThat(happened).containsExactly("gave up");
    }

    /** Each worker reads all records when it starts, before its own check. */
    @Test
    void aWorkerThatMovesTheFleetIsNotEndedByRecordsOfThePast() {
        tie(BUCKET, null, Set.of("gemini"), Set.of(), "worker-2").check();
        FleetTie moving = tie(OTHER, BUCKET, Set.of("gemini"), Set.of());

        moving.recorded(records.all.getLast());

        assertThat(moving.check()).isInstanceOf(Result.Passed.class);
        assertThat(happened).isEmpty();
    }

    @Test
    void aWorkerWithoutAKeyForAProviderOfTheFleetTakesNoJobs() {
        tie(BUCKET, "gemini").check();

        assertThat(tie(BUCKET).check())
                .isInstanceOfSatisfying(
                        Result.NotYet.class,
                        notYet -> assertThat(notYet.reason())
                                .contains(ACCESS.get("gemini"), "renderfleet.providers.gemini.enabled=false"));
        assertThat(tie(BUCKET, "gemini", "openai").check()).isInstanceOf(Result.Passed.class);
        assertThat(tie(BUCKET, "gemini").check()).isInstanceOf(Result.NotYet.class);
    }

    @Test
    void aProviderThatNoWorkerCanCallIsNoReasonToWaitAndIsWarnedOf() {
        try (var log = new CapturedLog(FleetTie.class)) {
            assertThat(tie(BUCKET, "openai").check()).isInstanceOf(Result.Passed.class);

            assertThat(log.lines()).hasSize(2);
            assertThat(log.lines().getFirst()).isEqualTo("INFO providers set up, own=[openai] fleet=[openai]");
            assertThat(log.lines().getLast())
                    .startsWith("WARN no worker of the fleet can call this provider")
                    .contains("provider=gemini", "GEMINI_API_KEY");
        }
    }

    @Test
    void aProviderThatThisWorkerCanCallIsNotWarnedOf() {
        try (var log = new CapturedLog(FleetTie.class)) {
            tie(BUCKET, "gemini").check();

            assertThat(log.lines()).containsExactly("INFO providers set up, own=[gemini] fleet=[gemini]");
        }
    }

    @Test
    void aProviderThatTheFleetGivesUpIsRemoved() {
        tie(BUCKET, "gemini").check();
        assertThat(tie(BUCKET, null, Set.of(), Set.of("gemini")).check()).isInstanceOf(Result.Passed.class);
        records.keepTheLast();

        assertThat(tie(BUCKET).check()).isInstanceOf(Result.Passed.class);
    }

    @Test
    void ofTwoWorkersThatRecordAtOnceBothProvidersStay() {
        tie(BUCKET).check();
        records.beforeWrite = () -> tie(BUCKET, "openai").check();
        tie(BUCKET, "gemini").check();

        assertThat(FleetRecords.current(records.all))
                .isNotNull()
                .extracting(FleetSetup::providers, LIST)
                .containsExactlyInAnyOrder("gemini", "openai");
    }

    /** It rejected its share of all jobs. */
    @Test
    void aRunningWorkerWithoutTheKeyTakesNoJobsOnceAnotherWorkerHasIt() {
        FleetTie running = tie(BUCKET);
        running.check();
        running.onChange(() -> happened.add("changed"));
        running.recorded(records.all.getLast());
        assertThat(running.fault()).isNull();

        tie(BUCKET, null, Set.of("gemini"), Set.of(), "worker-2").check();
        running.recorded(records.all.getLast());

        Awaitility.await().until(() -> running.fault() != null);
        assertThat(running.fault()).contains("GEMINI_API_KEY");
        Awaitility.await().until(() -> happened.equals(List.of("changed")));
    }

    /** Its signal comes while this worker does not listen yet. */
    @Test
    void aSetUpRecordedWhileAWorkerStartsIsSeenAndNotHidden() {
        tie(BUCKET, "gemini").check();
        FleetTie starting = tie(BUCKET, "gemini");
        records.beforeWrite = () -> {
            tie(BUCKET, null, Set.of("gemini", "openai"), Set.of(), "worker-2").check();
            starting.recorded(records.all.getLast());
        };

        assertThat(starting.check())
                .isInstanceOfSatisfying(
                        Result.NotYet.class,
                        notYet -> assertThat(notYet.reason()).contains("openai"));
        records.keepTheLast();
        assertThat(FleetRecords.current(records.all))
                .isNotNull()
                .extracting(FleetSetup::providers, LIST)
                .contains("openai");
    }

    /** It must not take one job more: the moved fleet would pay it too. */
    @Test
    void aWorkerThatStartsWhileTheFleetMovesTakesNoJobs() {
        tie(BUCKET, "gemini").check();
        FleetTie starting = tie(BUCKET, "gemini");
        records.beforeWrite =
                () -> tie(OTHER, BUCKET, Set.of("gemini"), Set.of(), "worker-2").check();

        assertThat(starting.check())
                .isInstanceOfSatisfying(
                        Result.NotYet.class,
                        notYet -> assertThat(notYet.reason()).contains(OTHER));
        assertThat(starting.fault()).isNotNull();
        assertThat(happened).containsExactly("gave up");
    }

    /** The signal was lost, or came before its partition was read. */
    @Test
    void aSetUpWithoutASignalIsSeenWhenTheOwnOneIsRecordedAgain() {
        FleetTie running = tie(BUCKET);
        running.check();
        tie(BUCKET, null, Set.of("gemini"), Set.of(), "worker-2").check();

        running.refresh();

        assertThat(running.fault()).contains("GEMINI_API_KEY");
    }

    @Test
    void aFormerWorkerEndsThoughItsFirstReadsFail() {
        FleetTie former = tie(BUCKET, "gemini");
        former.check();
        tie(OTHER, BUCKET, Set.of("gemini"), Set.of(), "worker-2").check();
        int before = records.reads.get();
        records.beforeRead = () -> {
            if (records.reads.get() < before + 3) {
                throw new TimeoutException("Kafka does not answer");
            }
        };

        former.recorded(records.all.getLast());

        Awaitility.await().until(() -> happened.equals(List.of("gave up")));
    }

    @Test
    void signalsDuringAReadLeadToOneMoreRead() {
        FleetTie running = tie(BUCKET);
        running.check();
        tie(BUCKET, null, Set.of("gemini"), Set.of(), "worker-2").check();
        int before = records.reads.get();
        var released = new CountDownLatch(1);
        records.beforeRead = () -> awaited(released);
        running.recorded(records.all.getLast());
        Awaitility.await().until(() -> records.reads.get() == before + 1);

        for (int i = 0; i < 10; i++) {
            running.recorded(records.all.getLast());
        }
        released.countDown();

        Awaitility.await().until(() -> records.reads.get() == before + 2 && running.fault() != null);
        assertThat(records.mostReadsAtOnce).isOne();
    }

    private static void awaited(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aSetUpThatCannotBeReadBackIsWaitedFor() {
        records.unreadable = true;

        assertThat(tie(BUCKET, "gemini").check())
                .isInstanceOfSatisfying(
                        Result.NotYet.class,
                        notYet -> assertThat(notYet.reason()).contains("render.signals"));
        assertThat(records.all).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void theSetUpIsRecordedAgainWhereOldRecordsAreDeleted() {
        FleetTie running = tie(BUCKET, "gemini");
        running.check();
        records.all.clear();
        running.refresh();

        assertThat(tie(OTHER).check()).isInstanceOf(Result.Refused.class);
    }

    private FleetTie tie(String bucket, String... providers) {
        return tie(bucket, null, Set.of(providers), Set.of());
    }

    private FleetTie tie(String bucket, @Nullable String movedFrom, Set<String> providers, Set<String> withdrawn) {
        return tie(bucket, movedFrom, providers, withdrawn, "worker-1");
    }

    private FleetTie tie(
            String bucket, @Nullable String movedFrom, Set<String> providers, Set<String> withdrawn, String origin) {
        return new FleetTie(
                records,
                holds::add,
                cancels::add,
                new Member(bucket, movedFrom, providers, withdrawn, ACCESS, origin),
                _ -> true,
                () -> happened.add("gave up"));
    }
}
