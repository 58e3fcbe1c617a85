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
 * Proves at start that a bucket honours conditional puts, also in a race. The job ledger stands on them: a store that
 * ignores them would let two workers pay for the same picture, so a worker without this proof must not start.
 * Writes small objects below {@link #PREFIX} and deletes them again.
 */
public final class ConditionalPutProof {

    public static final String PREFIX = "ledger/.probe/";

    /**
     * Enough to catch a store that looks first and writes then: S3Proxy 4.1.0 on a file system does so for If-Match. One
     * race of 8 showed it in 14 of 30 runs, 8 writers with 3 updates each in 29 of 30.
     */
    static final int RACERS = 8;

    static final int CLAIM_RACES = 4;
    static final int UPDATES_EACH = 3;

    /** A refusal means that another racer has made one of its updates in between: there are not that many. */
    private static final int TRIES_MAX = 4 * RACERS * UPDATES_EACH;

    private static final int PROBE_BYTES_MAX = 1024;

    private static final String REMEDY =
            "use a store whose PUT honours If-None-Match and If-Match atomically (Amazon S3 and"
                    + " current versions of SeaweedFS or RustFS are meant to), and look whether a proxy or gateway in front of it drops"
                    + " these headers";

    private final ObjectStore store;
    private final Supplier<String> names;

    /** @param names a new name for each probe, never used before in this bucket: several workers prove at the same time */
    public ConditionalPutProof(ObjectStore store, Supplier<String> names) {
        this.store = store;
        this.names = names;
    }

    /** What the proof came to. */
    public sealed interface Verdict {
        /** The bucket can hold the ledger. */
        record Honoured() implements Verdict {}

        /**
         * The bucket cannot hold the ledger.
         *
         * @param what the bucket did, naming it
         * @param remedy what the operator can do
         */
        record NotHonoured(String what, String remedy) implements Verdict {}

        /** The store did not let itself be asked; nothing is proven. */
        record Unreachable(String reason) implements Verdict {}
    }

    /** Proves it one by one and in races. Blocks for some hundred small requests: a quarter of a second on one machine. */
    public Verdict prove() {
        return verdict(2 + CLAIM_RACES, keys -> {
            proveOneByOne(keys.get(0));
            proveUpdates(keys.get(1));
            for (var key : keys.subList(2, keys.size())) {
                proveClaim(key);
            }
        });
    }

    /** Proves it one by one only, for a bucket that has stood the races before. Blocks for seven small requests. */
    public Verdict proveBriefly() {
        return verdict(1, keys -> proveOneByOne(keys.getFirst()));
    }

    @FunctionalInterface
    private interface Proof {
        void of(List<String> keys) throws Broken;
    }

    private Verdict verdict(int probes, Proof proof) {
        var keys =
                Stream.generate(names).limit(probes).map(name -> PREFIX + name).toList();
        try {
            proof.of(keys);
            return new Verdict.Honoured();
        } catch (Broken broken) {
            return new Verdict.NotHonoured(
                    "bucket " + store.bucket() + " does not honour conditional puts: " + broken.getMessage(), REMEDY);
        } catch (StorageException e) {
            return new Verdict.Unreachable("bucket " + store.bucket()
                    + " could not be asked whether it honours conditional puts: " + e.getMessage());
        } finally {
            keys.forEach(this::forget);
        }
    }

    private void proveOneByOne(String key) throws Broken {
        if (!(store.putIfAbsent(key, probe("first", 0)) instanceof Written(String first))) {
            throw new Broken("a put with If-None-Match: * to a free key was refused");
        }
        if (!(store.putIfAbsent(key, probe("second", 0)) instanceof Refused)) {
            throw new Broken("a put with If-None-Match: * overwrote an existing key");
        }
        if (!(store.putIfMatch(key, first, probe("third", 0)) instanceof Written)) {
            throw new Broken("a put with If-Match and the current etag was refused");
        }
        if (!(store.putIfMatch(key, first, probe("fourth", 0)) instanceof Refused)) {
            throw new Broken("a put with If-Match and an outdated etag overwrote the key");
        }
        holds(key, probe("third", 0));
    }

    /** Exactly one of many may create a key. */
    private void proveClaim(String key) throws Broken {
        var results = race(racer -> store.putIfAbsent(key, probe("claim", racer)));
        var winners = IntStream.range(0, RACERS)
                .filter(racer -> results.get(racer) instanceof Written)
                .boxed()
                .toList();
        if (winners.size() != 1) {
            throw new Broken("of " + RACERS + " simultaneous puts with If-None-Match: * to the same free key, "
                    + winners.size() + " succeeded instead of exactly one");
        }
        holds(key, probe("claim", winners.getFirst()));
    }

    /** Of many that read, count up and replace, none may overwrite what it has not read. */
    private void proveUpdates(String key) throws Broken {
        if (!(store.putIfAbsent(key, probe("nobody", 0)) instanceof Written)) {
            throw new Broken("a put with If-None-Match: * to a free key was refused");
        }
        int made = race(racer -> countUp(key, "racer " + racer)).stream()
                .mapToInt(Integer::intValue)
                .sum();
        int counted = count(read(key));
        if (made != RACERS * UPDATES_EACH) {
            throw new Broken("puts with If-Match and the etag just read keep being refused");
        }
        if (counted != made) {
            throw new Broken("of " + made + " simultaneous updates with If-Match that all were said to have succeeded, "
                    + (made - counted) + " were overwritten unseen");
        }
    }

    /** @return how many updates were made */
    private int countUp(String key, String who) {
        int made = 0;
        for (int attempt = 0; attempt < TRIES_MAX && made < UPDATES_EACH; attempt++) {
            var seen = read(key);
            if (store.putIfMatch(key, seen.etag(), probe(who, count(seen) + 1)) instanceof Written) {
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

    private void holds(String key, String json) throws Broken {
        if (!read(key).json().equals(json)) {
            throw new Broken("a read after a successful put did not show what was put");
        }
    }

    private static <T> List<T> race(IntFunction<T> part) {
        var start = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = IntStream.range(0, RACERS)
                    .mapToObj(racer -> threads.submit(() -> {
                        start.await();
                        return part.apply(racer);
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

    private static String probe(String who, int count) {
        return "{\"probe\":\"" + who + "\",\"count\":" + count + "}";
    }

    private static int count(StoredObject probe) {
        var json = probe.json();
        return Integer.parseInt(json.substring(json.lastIndexOf(':') + 1, json.length() - 1));
    }

    /** A probe that stays behind does no harm; that the store refuses to delete is for those to report who must delete. */
    private void forget(String key) {
        try {
            store.delete(key);
        } catch (StorageException e) {
            // Said above: the verdict stands.
        }
    }

    private static final class Broken extends Exception {
        private static final long serialVersionUID = 1L;

        Broken(String what) {
            super(what);
        }
    }
}
