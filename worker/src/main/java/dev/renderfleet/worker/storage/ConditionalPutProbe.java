package dev.renderfleet.worker.storage;

import dev.renderfleet.worker.storage.ObjectStore.PutResult.Refused;
import dev.renderfleet.worker.storage.ObjectStore.PutResult.Written;
import dev.renderfleet.worker.storage.ObjectStore.StoredObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Checks that a bucket honours conditional puts, also under concurrent writers (ADR 5). A worker starts only on such a bucket,
 * since the ledger depends on them. Writes small objects below {@code ledger/.probe/} and deletes them.
 */
public final class ConditionalPutProbe {

    /**
     * Enough to catch a store that checks before it writes, as S3Proxy 4.1.0 on a file system does for If-Match: one update by
     * each of 8 writers found it in 14 of 30 runs, three updates each in 29 of 30.
     */
    static final int RACERS = 8;

    static final int CLAIM_RACES = 4;
    static final int UPDATES_EACH = 3;

    /** More than enough: each refusal means that another racer completed one of its updates. */
    private static final int TRIES_MAX = 4 * RACERS * UPDATES_EACH;

    private static final int PROBE_BYTES_MAX = 1024;

    private static final String REMEDY =
            "use a store whose PUT honours If-None-Match and If-Match atomically (Amazon S3 and current versions of"
                    + " SeaweedFS or RustFS are meant to), and look whether a proxy or gateway in front of it drops these"
                    + " headers";

    private final ObjectStore store;
    private final Supplier<String> names;

    /** @param names yields names never used before in this bucket, since several workers may probe at the same time */
    public ConditionalPutProbe(ObjectStore store, Supplier<String> names) {
        this.store = store;
        this.names = names;
    }

    /** Whether the bucket is fit for the ledger. */
    public sealed interface ProbeResult {
        /** The bucket is fit for the ledger. */
        record Honoured() implements ProbeResult {}

        /**
         * The bucket is not fit for the ledger.
         *
         * @param what names the bucket and the violation
         * @param remedy what the operator can do
         */
        record NotHonoured(String what, String remedy) implements ProbeResult {}

        /** The store failed; the probe is inconclusive. */
        record Unreachable(String reason) implements ProbeResult {}
    }

    /** Checks sequential and concurrent puts. Blocks for some hundred small requests, about 250 ms to a local store. */
    public ProbeResult probeRaces() {
        return run(2 + CLAIM_RACES, keys -> {
            checkSequentialPuts(keys.get(0));
            raceUpdates(keys.get(1));
            for (var key : keys.subList(2, keys.size())) {
                raceCreates(key);
            }
        });
    }

    /** Checks sequential puts only, for a bucket that passed {@link #probeRaces} before. Blocks for seven small requests. */
    public ProbeResult probeOnce() {
        return run(1, keys -> checkSequentialPuts(keys.getFirst()));
    }

    @FunctionalInterface
    private interface Probe {
        void run(List<String> keys) throws ViolationException;
    }

    private ProbeResult run(int probes, Probe probe) {
        var keys = Stream.generate(names).limit(probes).map(ObjectKeys::probe).toList();
        try {
            probe.run(keys);
            return new ProbeResult.Honoured();
        } catch (ViolationException violation) {
            return new ProbeResult.NotHonoured(
                    "bucket " + store.bucket() + " does not honour conditional puts: " + violation.getMessage(),
                    REMEDY);
        } catch (StorageException e) {
            return new ProbeResult.Unreachable("bucket " + store.bucket()
                    + " could not be asked whether it honours conditional puts: " + e.getMessage());
        } finally {
            keys.forEach(this::delete);
        }
    }

    private void checkSequentialPuts(String key) throws ViolationException {
        if (!(store.putIfAbsent(key, content("first", 0)) instanceof Written(String first))) {
            throw new ViolationException("a put with If-None-Match: * to a free key was refused");
        }
        if (!(store.putIfAbsent(key, content("second", 0)) instanceof Refused)) {
            throw new ViolationException("a put with If-None-Match: * overwrote an existing key");
        }
        if (!(store.putIfMatch(key, first, content("third", 0)) instanceof Written)) {
            throw new ViolationException("a put with If-Match and the current etag was refused");
        }
        if (!(store.putIfMatch(key, first, content("fourth", 0)) instanceof Refused)) {
            throw new ViolationException("a put with If-Match and an outdated etag overwrote the key");
        }
        checkContent(key, content("third", 0));
    }

    /** Of concurrent creates of a key exactly one may succeed. */
    private void raceCreates(String key) throws ViolationException {
        var results = race(racer -> store.putIfAbsent(key, content("claim", racer)));
        var winners = IntStream.range(0, RACERS)
                .filter(racer -> results.get(racer) instanceof Written)
                .boxed()
                .toList();
        if (winners.size() != 1) {
            throw new ViolationException(
                    "of " + RACERS + " simultaneous puts with If-None-Match: * to the same free key, " + winners.size()
                            + " succeeded instead of exactly one");
        }
        checkContent(key, content("claim", winners.getFirst()));
    }

    /** No concurrent read-modify-write may be lost. */
    private void raceUpdates(String key) throws ViolationException {
        if (!(store.putIfAbsent(key, content("initial", 0)) instanceof Written)) {
            throw new ViolationException("a put with If-None-Match: * to a free key was refused");
        }
        int made = race(racer -> countUp(key, "racer " + racer)).stream()
                .mapToInt(Integer::intValue)
                .sum();
        int counted = count(read(key));
        if (made != RACERS * UPDATES_EACH) {
            throw new ViolationException("puts with If-Match and the etag just read keep being refused");
        }
        if (counted != made) {
            throw new ViolationException(
                    "of " + made + " simultaneous updates with If-Match that all were said to have succeeded, "
                            + (made - counted) + " were overwritten unseen");
        }
    }

    /** Returns the number of successful updates. */
    private int countUp(String key, String writer) {
        int made = 0;
        for (int attempt = 0; attempt < TRIES_MAX && made < UPDATES_EACH; attempt++) {
            var seen = read(key);
            if (store.putIfMatch(key, seen.etag(), content(writer, count(seen) + 1)) instanceof Written) {
                made++;
            }
        }
        return made;
    }

    private StoredObject read(String key) {
        var stored = store.get(key, PROBE_BYTES_MAX);
        if (stored == null) {
            throw new StorageException("the probe " + key + " is gone", null);
        }
        return stored;
    }

    private void checkContent(String key, String json) throws ViolationException {
        if (!read(key).json().equals(json)) {
            throw new ViolationException("a read after a successful put did not show what was put");
        }
    }

    private static <T> List<T> race(IntFunction<T> action) {
        var start = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = IntStream.range(0, RACERS)
                    .mapToObj(racer -> threads.submit(() -> {
                        start.await();
                        return action.apply(racer);
                    }))
                    .toList();
            start.countDown();
            var results = new ArrayList<T>(RACERS);
            for (var racer : running) {
                results.add(racer.get());
            }
            return results;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof StorageException storage
                    ? storage
                    : new StorageException("a probe failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StorageException("interrupted while probing the store", e);
        }
    }

    private static String content(String writer, int count) {
        return "{\"probe\":\"" + writer + "\",\"count\":" + count + "}";
    }

    private static int count(StoredObject probe) {
        var json = probe.json();
        return Integer.parseInt(json.substring(json.lastIndexOf(':') + 1, json.length() - 1));
    }

    private void delete(String key) {
        try {
            store.delete(key);
        } catch (StorageException e) {
            // A leftover object does no harm and does not change the result.
        }
    }

    private static final class ViolationException extends Exception {
        private static final long serialVersionUID = 1L;

        ViolationException(String what) {
            super(what);
        }
    }
}
