package dev.renderfleet.worker.references;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.job.Reference;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.egress.HostPolicy;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFolders;
import dev.renderfleet.worker.pictures.TestPictures;
import dev.renderfleet.worker.references.FetchOutcome.Fetched;
import dev.renderfleet.worker.references.FetchOutcome.Later;
import dev.renderfleet.worker.references.FetchOutcome.Refused;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import dev.renderfleet.worker.storage.StorageException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import okhttp3.Dns;
import okhttp3.OkHttpClient;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Waits and bounds. Buckets take the place of hosts, since all hosts are treated alike. */
@Timeout(60)
class ReferencePrefetcherTest {

    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final int HOST_MAX = ReferencePrefetcher.FETCHES_PER_HOST_MAX;
    private static final int MODEL_MAX = 4;

    @TempDir
    Path spool = Path.of("set by JUnit");

    private final SettableClock clock = new SettableClock(NOW);
    private final InMemoryObjectStore slow = new InMemoryObjectStore("slow", clock);
    private final InMemoryObjectStore quick = new InMemoryObjectStore("quick", clock);
    private final CountDownLatch answer = new CountDownLatch(1);
    private final AtomicInteger askedSlow = new AtomicInteger();
    /** Free bytes beside those that references hold. */
    private final AtomicLong room = new AtomicLong(Long.MAX_VALUE);

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private @Nullable ReferencePrefetcher opened;

    @BeforeEach
    void open() {
        for (var store : List.of(slow, quick)) {
            store.putBytes("inputs/acme/a.png", TestPictures.png(8, 8));
        }
        slow.beforeFetch(_ -> {
            askedSlow.incrementAndGet();
            await(answer);
        });
        var https = new HttpsSource(new OkHttpClient(), Dns.SYSTEM, HostPolicy.STRICT, HttpsTimeouts.DEFAULT, clock);
        var fetcher = new ReferenceFetcher(
                slow,
                List.of(new ReadableBucket(quick, "inputs/{tenant}/")),
                https,
                Spool.open(spool),
                ReferenceLimits.DEFAULT);
        opened = new ReferencePrefetcher(fetcher, MODEL_MAX, bytes -> room.get() >= bytes, clock);
    }

    @AfterEach
    void spoolIsEmpty() {
        answer.countDown();
        prefetcher().close();
        threads.close();
        assertThat(SpoolFolders.files(spool)).isEmpty();
        assertThat(prefetcher().downloads()).isZero();
    }

    @Test
    void aSlowHostDelaysOnlyTheJobsThatNameIt() throws Exception {
        var waiting = new ArrayList<Future<FetchOutcome>>();
        for (int i = 0; i < 3 * HOST_MAX; i++) {
            waiting.add(start("nano", "slow"));
            waiting.add(start("nano", "quick", "slow"));
        }
        Awaitility.await().until(() -> askedSlow.get() == HOST_MAX);

        fetched(start("nano", "quick")).close();
        fetched(start("other", "quick", "quick")).close();

        assertThat(askedSlow).as("downloads from one host").hasValue(HOST_MAX);
        assertThat(waiting).noneMatch(Future::isDone);
        answer.countDown();
        closeEachWhenFetched(waiting);
    }

    @Test
    void aHeldModelKeepsABoundedNumberOfFilesAndDelaysNoOtherModel() throws Exception {
        var jobs = new ArrayList<Future<FetchOutcome>>();
        for (int i = 0; i < MODEL_MAX; i++) {
            fetched(submitted(jobs, start("held", "quick")));
        }
        for (int i = 0; i < 5 * HOST_MAX; i++) {
            jobs.add(start("held", "quick"));
        }
        int filesMax = MODEL_MAX + HOST_MAX;
        Awaitility.await().until(() -> SpoolFolders.files(spool).size() == filesMax);

        for (int i = 0; i < 3 * HOST_MAX; i++) {
            fetched(start("other", "quick")).close();
        }

        assertThat(SpoolFolders.files(spool)).hasSize(filesMax);
        assertThat(jobs.stream().filter(Future::isDone)).hasSize(MODEL_MAX);
        closeEachWhenFetched(jobs);
    }

    @Test
    void aShutdownEndsAllWaitsAndDeletesFiles() throws Exception {
        var fetching = start("nano", "quick", "slow");
        for (int i = 0; i < HOST_MAX; i++) {
            var _ = start("nano", "slow");
        }
        Awaitility.await().until(() -> askedSlow.get() == HOST_MAX);
        var waiting = start("nano", "slow");
        var held = new ArrayList<Future<FetchOutcome>>();
        for (int i = 0; i < MODEL_MAX; i++) {
            fetched(submitted(held, start("held", "quick")));
        }
        var withFile = start("held", "quick");

        prefetcher().close();

        assertThat(waiting.get(20, TimeUnit.SECONDS)).isInstanceOf(FetchOutcome.Aborted.class);
        assertThat(withFile.get(20, TimeUnit.SECONDS)).isInstanceOf(FetchOutcome.Aborted.class);
        assertThat(start("nano", "quick").get(20, TimeUnit.SECONDS)).isInstanceOf(FetchOutcome.Aborted.class);
        answer.countDown();
        assertThat(fetching.get(20, TimeUnit.SECONDS)).isInstanceOf(FetchOutcome.Aborted.class);
        for (var one : held) {
            fetched(one).close();
        }
    }

    @Test
    void aReassignedJobIsNotFetched() {
        var job = prefetcher().of(new ReferenceDemand("acme", references("quick"), NOW, null, () -> true));

        assertThat(job.fetch("nano")).isInstanceOf(FetchOutcome.Aborted.class);
    }

    @Test
    void aFullDiskIsALocalFault() throws Exception {
        room.set(ReferenceLimits.DEFAULT.bytesMax() - 1);

        assertThat(start("nano", "slow").get(20, TimeUnit.SECONDS)).isInstanceOf(FetchOutcome.LocalFault.class);
        assertThat(askedSlow).hasValue(0);
    }

    @Test
    void referencesLeaveAsMuchRoomAsTheyTake() throws Exception {
        long one = TestPictures.png(8, 8).length;
        room.set(ReferenceLimits.DEFAULT.bytesMax() + 2 * one);

        try (var _ = fetched(start("nano", "quick", "quick"))) {
            fetched(start("nano", "quick")).close();
            room.addAndGet(-1);
            assertThat(start("nano", "quick").get(20, TimeUnit.SECONDS)).isInstanceOf(FetchOutcome.LocalFault.class);
        }
        fetched(start("nano", "quick")).close();
    }

    @Test
    void waitsLongerEachTimeAndForAnHourInAll() {
        quick.beforeFetch(_ -> {
            throw new StorageException("injected", null);
        });
        var job = prefetcher().of(new ReferenceDemand("acme", references("quick"), NOW, null, () -> false));
        var waits = new ArrayList<Duration>();

        FetchOutcome last = job.fetch("nano");
        while (last instanceof Later later) {
            waits.add(later.retryAfter());
            last = job.fetch("nano");
        }

        assertThat(waits)
                .startsWith(
                        Duration.ofSeconds(2), Duration.ofSeconds(4), Duration.ofSeconds(8), Duration.ofSeconds(16));
        assertThat(waits.stream().reduce(Duration.ZERO, Duration::plus)).isEqualTo(JobReferences.WAIT_MAX);
        assertThat(last)
                .isEqualTo(new Refused(
                        FailureCode.REFERENCE_UNAVAILABLE,
                        "references[0].uri",
                        "references[0].uri bucket quick cannot be read now, for 60 minutes"));
    }

    @Test
    void aTryBeginsWithTheReferenceThatFailedAndKeepsTheJobsOrder() {
        var asked = new ArrayList<String>();
        quick.putBytes("inputs/acme/b.png", TestPictures.png(9, 9));
        quick.beforeFetch(key -> {
            asked.add(key);
            if (key.endsWith("b.png") && asked.size() < 4) {
                throw new StorageException("injected", null);
            }
        });
        var references = Stream.of("a", "b", "a")
                .map(name -> new Reference(
                        URI.create("s3://quick/inputs/acme/" + name + ".png"), ReferenceRole.PRODUCT, null))
                .toList();
        var job = prefetcher().of(new ReferenceDemand("acme", references, NOW, null, () -> false));

        assertThat(job.fetch("nano")).isInstanceOf(Later.class);
        assertThat(job.fetch("nano")).isInstanceOf(Later.class);
        try (var fetched = (Fetched) job.fetch("nano")) {
            assertThat(fetched.references()).extracting(FetchedReference::width).containsExactly(8, 9, 8);
        }
        assertThat(asked)
                .extracting(key -> key.charAt("inputs/acme/".length()))
                .containsExactly('a', 'b', 'b', 'b', 'a', 'a');
    }

    @Test
    void aDeadlineNamesTheReferenceThatTheJobWaitedFor() {
        quick.beforeFetch(_ -> {
            throw new StorageException("injected", null);
        });
        var job =
                prefetcher().of(new ReferenceDemand("acme", references("quick"), NOW, NOW.plusSeconds(1), () -> false));
        job.fetch("nano");
        clock.advance(Duration.ofSeconds(2));

        assertThat(job.fetch("nano")).isInstanceOfSatisfying(Refused.class, refused -> {
            assertThat(refused.code()).isEqualTo(FailureCode.DEADLINE_PASSED);
            assertThat(refused.field()).isEqualTo("deadline");
            assertThat(refused.message()).contains("references[0].uri bucket quick cannot be read now");
        });
    }

    private ReferencePrefetcher prefetcher() {
        return Objects.requireNonNull(opened);
    }

    private static <T> Future<T> submitted(List<Future<T>> all, Future<T> one) {
        all.add(one);
        return one;
    }

    private Future<FetchOutcome> start(String model, String... hosts) {
        return threads.submit(() -> prefetcher()
                .of(new ReferenceDemand("acme", references(hosts), NOW, null, () -> false))
                .fetch(model));
    }

    private static List<Reference> references(String... hosts) {
        return Arrays.stream(hosts)
                .map(host ->
                        new Reference(URI.create("s3://" + host + "/inputs/acme/a.png"), ReferenceRole.PRODUCT, null))
                .toList();
    }

    private void closeEachWhenFetched(List<Future<FetchOutcome>> jobs) throws Exception {
        var closed = jobs.stream()
                .map(job -> threads.submit(() -> {
                    fetched(job).close();
                    return true;
                }))
                .toList();
        for (var one : closed) {
            one.get(20, TimeUnit.SECONDS);
        }
    }

    private static Fetched fetched(Future<FetchOutcome> job) throws Exception {
        FetchOutcome outcome = job.get(20, TimeUnit.SECONDS);
        assertThat(outcome).isInstanceOf(Fetched.class);
        return (Fetched) outcome;
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
