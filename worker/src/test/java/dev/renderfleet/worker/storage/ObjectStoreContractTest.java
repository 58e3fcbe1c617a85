package dev.renderfleet.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.worker.storage.ObjectStore.FetchResult;
import dev.renderfleet.worker.storage.ObjectStore.PutResult;
import dev.renderfleet.worker.storage.ObjectStore.StoredObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every {@link ObjectStore} promises. Run on the fake and on the real adapter, so that both behave alike. */
abstract class ObjectStoreContractTest {

    private static final int JSON_BYTES_MAX = 1024;
    private static final int CLAIMANTS = 32;
    private static final int COUNTERS = 8;
    private static final int INCREMENTS_EACH = 10;

    @TempDir
    Path folder = Path.of("set by JUnit");

    /** Unique for each test, since the real bucket is shared. */
    private final String key = "ledger/contract/" + UUID.randomUUID();

    abstract ObjectStore store();

    @Test
    void createsAnAbsentKey() {
        var result = store().putIfAbsent(key, "{\"n\":1}");

        assertThat(result).isEqualTo(new PutResult.Written(read().etag()));
        assertThat(read().json()).isEqualTo("{\"n\":1}");
    }

    @Test
    void refusesToCreateAnExistingKey() {
        store().putIfAbsent(key, "{\"n\":1}");

        var result = store().putIfAbsent(key, "{\"n\":2}");

        assertThat(result).isEqualTo(new PutResult.Refused());
        assertThat(read().json()).isEqualTo("{\"n\":1}");
    }

    @Test
    void replacesTheContentOfTheGivenEtag() {
        store().putIfAbsent(key, "{\"n\":1}");

        var result = store().putIfMatch(key, read().etag(), "{\"n\":2}");

        assertThat(result).isEqualTo(new PutResult.Written(read().etag()));
        assertThat(read().json()).isEqualTo("{\"n\":2}");
    }

    @Test
    void refusesToReplaceUnderAnOutdatedEtag() {
        store().putIfAbsent(key, "{\"n\":1}");
        var outdated = read().etag();
        store().putIfMatch(key, outdated, "{\"n\":2}");

        var result = store().putIfMatch(key, outdated, "{\"n\":3}");

        assertThat(result).isEqualTo(new PutResult.Refused());
        assertThat(read().json()).isEqualTo("{\"n\":2}");
    }

    @Test
    void refusesToReplaceADeletedKey() {
        store().putIfAbsent(key, "{\"n\":1}");
        var etag = read().etag();
        store().delete(key);

        var result = store().putIfMatch(key, etag, "{\"n\":2}");

        assertThat(result).isEqualTo(new PutResult.Refused());
        assertThat(store().get(key, JSON_BYTES_MAX)).isNull();
    }

    @Test
    void readsNullForAnAbsentKey() {
        assertThat(store().get(key, JSON_BYTES_MAX)).isNull();
        assertThat(store().fetch(key, folder.resolve("nothing"), JSON_BYTES_MAX))
                .isEqualTo(new FetchResult.Absent());
    }

    @Test
    void deletesAnAbsentKey() {
        store().delete(key);

        assertThat(store().get(key, JSON_BYTES_MAX)).isNull();
    }

    @Test
    void readsUpToTheByteLimit() {
        var json = "{\"word\":\"ü\"}";
        store().putIfAbsent(key, json);

        assertThat(store().get(key, 13)).extracting(StoredObject::json).isEqualTo(json);
        assertThatThrownBy(() -> store().get(key, 12))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("larger than 12");
    }

    @Test
    void reportsLastModifiedAndReadTimeByTheStoresClock() {
        store().putIfAbsent(key, "{}");

        var stored = read();

        assertThat(stored.readAt()).isAfterOrEqualTo(stored.lastModified());
        assertThat(Duration.between(stored.lastModified(), stored.readAt())).isLessThan(Duration.ofMinutes(1));
        assertThat(stored.readAt()).isEqualTo(stored.readAt().truncatedTo(ChronoUnit.SECONDS));
    }

    @Test
    void keepsAFileByteForByte() throws IOException {
        var file = randomFile(300_000);
        store().putFile(key, file, "image/png");
        store().putFile(key, file, "image/png");

        var result = store().fetch(key, folder.resolve("copy"), 300_000);

        assertThat(result).isEqualTo(new FetchResult.Fetched(300_000));
        assertThat(folder.resolve("copy")).hasSameBinaryContentAs(file);
    }

    @Test
    void stopsFetchingWhatIsTooLarge() throws IOException {
        store().putFile(key, randomFile(300_000), "image/png");

        var result = store().fetch(key, folder.resolve("copy"), 299_999);

        assertThat(result).isEqualTo(new FetchResult.TooLarge());
    }

    @Test
    void keepsAnEmptyFile() throws IOException {
        store().putFile(key, Files.createFile(folder.resolve("empty")), "image/png");

        assertThat(store().fetch(key, folder.resolve("copy"), 1)).isEqualTo(new FetchResult.Fetched(0));
    }

    @Test
    void exactlyOneOfManyConcurrentCreatesSucceeds() throws Exception {
        var results = simultaneously(CLAIMANTS, n -> () -> store().putIfAbsent(key, "{\"claimant\":" + n + "}"));

        var winners = IntStream.range(0, CLAIMANTS)
                .filter(n -> results.get(n) instanceof PutResult.Written)
                .boxed()
                .toList();
        assertThat(winners).hasSize(1);
        assertThat(read().json()).isEqualTo("{\"claimant\":" + winners.getFirst() + "}");
    }

    @Test
    void losesNoneOfManyConcurrentUpdates() throws Exception {
        store().putIfAbsent(key, "0 by nobody");

        simultaneously(COUNTERS, n -> () -> {
            for (int done = 0; done < INCREMENTS_EACH; ) {
                var seen = read();
                var next = count(seen) + 1;
                if (store().putIfMatch(key, seen.etag(), next + " by " + n) instanceof PutResult.Written) {
                    done++;
                }
            }
            return n;
        });

        assertThat(count(read())).isEqualTo(COUNTERS * INCREMENTS_EACH);
    }

    private static int count(StoredObject stored) {
        return Integer.parseInt(stored.json().substring(0, stored.json().indexOf(' ')));
    }

    @Test
    void passesTheConditionalPutProbeAndLeavesNoObject() {
        var names = new ArrayList<String>();
        var probe = new ConditionalPutProbe(store(), () -> {
            names.add(UUID.randomUUID().toString());
            return names.getLast();
        });

        assertThat(probe.probeRaces()).isEqualTo(new ConditionalPutProbe.ProbeResult.Honoured());
        assertThat(names)
                .allSatisfy(name -> assertThat(store().get(ObjectKeys.probe(name), JSON_BYTES_MAX))
                        .isNull());
    }

    private StoredObject read() {
        @Nullable StoredObject stored = store().get(key, JSON_BYTES_MAX);
        if (stored == null) {
            throw new AssertionError("nothing under " + key);
        }
        return stored;
    }

    private Path randomFile(int bytes) throws IOException {
        var content = new byte[bytes];
        new Random(bytes).nextBytes(content);
        return Files.write(folder.resolve("original"), content);
    }

    private interface Part<T> {
        Callable<T> of(int n);
    }

    private static <T> List<T> simultaneously(int threads, Part<T> part) throws Exception {
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = IntStream.range(0, threads)
                    .mapToObj(n -> executor.submit(part.of(n)))
                    .toList();
            var results = new ArrayList<T>();
            for (Future<T> one : running) {
                results.add(one.get());
            }
            return results;
        }
    }
}
