package dev.renderfleet.worker.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.failpoint.Failpoint;
import dev.renderfleet.worker.limits.Slots;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFolders;
import dev.renderfleet.worker.pictures.TestPictures;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import dev.renderfleet.worker.storage.StorageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** References are fetched before a job takes anything that others wait for. */
@Timeout(60)
class ReferenceOrderTest {

    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final String SHOE = "inputs/acme/shoe.png";
    private static final String WITH_SHOE = "'references':[{'uri':'s3://renderfleet/" + SHOE + "','role':'product'}]";

    @TempDir
    Path spoolFolder = Path.of("set by JUnit");

    private final SettableClock clock = new SettableClock(NOW);
    private final InMemoryObjectStore store = new InMemoryObjectStore("renderfleet", clock);
    private final Slots slots = new Slots(1);
    private final RunnerFixture fixture = new RunnerFixture(store, clock, slots);
    private final AtomicInteger fetches = new AtomicInteger();
    private final List<Duration> waits = new ArrayList<>();
    private @Nullable ScriptedModel scripted;
    private @Nullable JobRunner built;

    @BeforeEach
    void build() {
        store.putBytes(SHOE, TestPictures.png(64, 64));
        store.beforeFetch(_ -> fetches.incrementAndGet());
        Spool spool = Spool.open(spoolFolder);
        scripted = new ScriptedModel(spool, clock);
        built = fixture.runner("worker-a", spool, scripted, wait -> {
            waits.add(wait);
            clock.advance(wait);
            return true;
        });
    }

    @AfterEach
    void nothingIsLeft() {
        assertThat(SpoolFolders.files(spoolFolder)).isEmpty();
        assertThat(slots.used()).isZero();
    }

    @Test
    void aFetchHoldsNeitherSlotNorClaim() throws Exception {
        var answer = new CountDownLatch(1);
        store.beforeFetch(_ -> {
            fetches.incrementAndGet();
            await(answer);
        });
        AcceptedJob slow = job(WITH_SHOE + ",'idempotencyKey':'slow'");
        var result = start(() -> runner().run(slow));
        Awaitility.await().until(() -> fetches.get() == 1);

        assertThat(slots.used()).isZero();
        assertThat(store.keys("ledger/")).isEmpty();
        model().then(FailureKind.RATE_LIMITED, Duration.ofSeconds(10)).thenDraws(ScriptedModel.PICTURE);
        assertThat(completed(job("")).attempts())
                .as("a job without references calls, begins a hold, and is its canary")
                .hasSize(2);

        answer.countDown();
        assertThat(result.get(20, TimeUnit.SECONDS)).isInstanceOf(JobResult.Outcome.class);
    }

    /** Such as a 403 RequestTimeTooSkewed from our own store. */
    @Test
    void aTransientFailureIsWaitedForWithoutAnAttempt() {
        store.beforeFetch(_ -> {
            if (fetches.incrementAndGet() < 4) {
                throw new StorageException("HTTP 403 RequestTimeTooSkewed", null);
            }
            assertThat(store.keys("ledger/")).isEmpty();
        });

        RenderCompleted event = completed(job(WITH_SHOE));

        assertThat(event.attempts()).extracting(Attempt::outcome).containsExactly("drawn");
        assertThat(waits).containsExactly(Duration.ofSeconds(2), Duration.ofSeconds(4), Duration.ofSeconds(8));
    }

    @Test
    void aLastingFailureRejectsTheJobAfterAnHourOfWaits() {
        store.beforeFetch(_ -> {
            throw new StorageException("HTTP 503 SlowDown", null);
        });

        RenderRejected event = rejected(job(WITH_SHOE));

        assertThat(event.code()).isEqualTo(FailureCode.REFERENCE_UNAVAILABLE);
        assertThat(event.field()).isEqualTo("references[0].uri");
        assertThat(clock.instant()).isEqualTo(NOW.plus(Duration.ofHours(1)));
        assertThat(model().calls()).isEmpty();
    }

    /** Until storage is back the ledger cannot be read either, and such waits have no bound. */
    @Test
    void anOutageOfOurOwnStoreRejectsNoJob() {
        store.beforeFetch(_ -> {
            if (fetches.incrementAndGet() == 1) {
                store.failNextReads(3_000);
                throw new StorageException("injected", null);
            }
        });

        assertThat(completed(job(WITH_SHOE)).attempts()).hasSize(1);
        assertThat(clock.instant()).isAfter(NOW.plus(Duration.ofHours(3)));
    }

    @Test
    void aFaultOfTheOwnDiskIsNotTheJobs() {
        store.beforeFetch(_ -> {
            if (fetches.incrementAndGet() < 2_000) {
                throw new UncheckedIOException("cannot write", new IOException("No space left on device"));
            }
        });

        assertThat(completed(job(WITH_SHOE)).attempts()).hasSize(1);
    }

    @Test
    void aDeadlineEndsTheWaitForAReference() {
        store.beforeFetch(_ -> {
            throw new StorageException("injected", null);
        });

        RenderRejected event = rejected(job(WITH_SHOE + ",'deadline':'" + NOW.plusSeconds(30) + "'"));

        assertThat(event.code()).isEqualTo(FailureCode.DEADLINE_PASSED);
        assertThat(event.message()).contains("references[0].uri");
    }

    @Test
    void aDuplicateIsReplayedWithoutAFetch() {
        RenderCompleted first = completed(job(WITH_SHOE));
        store.delete(SHOE);

        RenderCompleted again = completed(fixture.job(WITH_SHOE, "render.jobs/0/8"));

        assertThat(again.replay()).isTrue();
        assertThat(again.images()).isEqualTo(first.images());
        assertThat(fetches).hasValue(1);
    }

    @Test
    void aDamagedReferenceRejectsTheJobBeforeAnyCall() {
        byte[] whole = TestPictures.png(64, 64);
        store.putBytes(SHOE, Arrays.copyOf(whole, whole.length / 2));

        RenderRejected event = rejected(job(WITH_SHOE));

        assertThat(event.code()).isEqualTo(FailureCode.REFERENCE_INVALID);
        assertThat(event.message()).isEqualTo("references[0].uri is a damaged image: ends in the middle");
        assertThat(model().calls()).isEmpty();
    }

    @Test
    void filesOfAJobThatWaitsForItsModelAreDeletedOnReassignment() throws Exception {
        var reassigned = new AtomicBoolean();
        AcceptedJob with = job(WITH_SHOE);
        var waiting = new AcceptedJob(with.job(), with.id(), with.fingerprint(), with.submission(), () -> {
            // As soon as it has its file.
            return reassigned.get() || !SpoolFolders.files(spoolFolder).isEmpty();
        });

        assertThat(runner().run(waiting)).isInstanceOf(JobResult.Released.class);

        assertThat(fetches).hasValue(1);
        assertThat(store.keys("ledger/")).isEmpty();
    }

    @Test
    void filesOfAJobThatWaitsForASlotAreDeletedOnADrain() throws Exception {
        store.beforeFetch(_ -> slots.acquire());
        AcceptedJob job = job(WITH_SHOE);
        var result = start(() -> runner().run(job));
        Awaitility.await()
                .until(() -> SpoolFolders.files(spoolFolder).stream()
                        .anyMatch(file -> file.toFile().length() > 0));

        slots.close();

        assertThat(result.get(20, TimeUnit.SECONDS)).isInstanceOf(JobResult.Released.class);
        assertThat(store.keys("ledger/")).isEmpty();
        slots.release();
    }

    @Test
    void filesAreDeletedOnAFaultOfTheWorker() {
        fixture.failpoints(point -> {
            if (point == Failpoint.CLAIMED) {
                throw new IllegalStateException("injected");
            }
        });
        build();

        assertThatThrownBy(() -> runner().run(job(WITH_SHOE))).hasMessage("injected");

        assertThat(fetches).hasValue(1);
    }

    @Test
    void eachAttemptFetchesAnewAndLeavesNoFile() {
        model().then(FailureKind.RATE_LIMITED, Duration.ofSeconds(10)).thenDraws(ScriptedModel.PICTURE);

        assertThat(completed(job(WITH_SHOE)).attempts()).hasSize(2);

        assertThat(fetches).hasValue(2);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static <T> CompletableFuture<T> start(Supplier<T> job) {
        return CompletableFuture.supplyAsync(job, Thread::startVirtualThread);
    }

    private JobRunner runner() {
        return Objects.requireNonNull(built);
    }

    private ScriptedModel model() {
        return Objects.requireNonNull(scripted);
    }

    private AcceptedJob job(String fields) {
        return fixture.job(fields, "render.jobs/0/7");
    }

    private RenderEvent outcome(AcceptedJob job) {
        return ((JobResult.Outcome) runner().run(job)).event();
    }

    private RenderCompleted completed(AcceptedJob job) {
        return (RenderCompleted) outcome(job);
    }

    private RenderRejected rejected(AcceptedJob job) {
        return (RenderRejected) outcome(job);
    }
}
