package dev.renderfleet.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.worker.storage.ConditionalPutProbe.ProbeResult.NotHonoured;
import dev.renderfleet.worker.storage.ConditionalPutProbe.ProbeResult.Unreachable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ConditionalPutProbeTest {

    /** Between the look and the write of a store that does both in turn. */
    private static final long WINDOW_NANOS = 1_000_000;

    private final InMemoryObjectStore store =
            new InMemoryObjectStore("shop-pictures", InstantSource.fixed(Instant.EPOCH));

    @Test
    void findsAStoreThatIgnoresIfNoneMatch() {
        var result = probe(new LaxObjectStore(store) {
            @Override
            public PutResult putIfAbsent(String key, String json) {
                store.delete(key);
                return store.putIfAbsent(key, json);
            }
        });

        assertThat(result).isInstanceOfSatisfying(NotHonoured.class, violation -> {
            assertThat(violation.what()).contains("bucket shop-pictures", "If-None-Match: * overwrote an existing key");
            assertThat(violation.remedy()).contains("use a store");
        });
        assertThat(store.keys("")).isEmpty();
    }

    @Test
    void findsAStoreThatIgnoresIfMatch() {
        var result = probe(new LaxObjectStore(store) {
            @Override
            public PutResult putIfMatch(String key, String etag, String json) {
                store.delete(key);
                return store.putIfAbsent(key, json);
            }
        });

        assertThat(result)
                .isInstanceOfSatisfying(
                        NotHonoured.class,
                        violation -> assertThat(violation.what())
                                .contains("If-Match and an outdated etag overwrote the key"));
    }

    @Test
    void findsAStoreThatRefusesEveryIfMatch() {
        var result = probe(new LaxObjectStore(store) {
            @Override
            public PutResult putIfMatch(String key, String etag, String json) {
                return new PutResult.Refused();
            }
        });

        assertThat(result)
                .isInstanceOfSatisfying(
                        NotHonoured.class,
                        violation -> assertThat(violation.what()).contains("the current etag was refused"));
    }

    @Test
    void findsAStoreThatChecksBeforeWritingOnCreate() {
        var result = probe(new LaxObjectStore(store) {
            @Override
            public PutResult putIfAbsent(String key, String json) {
                if (store.get(key, 1024) != null) {
                    return new PutResult.Refused();
                }
                LockSupport.parkNanos(WINDOW_NANOS);
                store.delete(key);
                return store.putIfAbsent(key, json);
            }
        });

        assertThat(result)
                .isInstanceOfSatisfying(
                        NotHonoured.class,
                        violation -> assertThat(violation.what()).contains("succeeded instead of exactly one"));
    }

    @Test
    void findsAStoreThatChecksBeforeWritingOnUpdate() {
        var result = probe(new LaxObjectStore(store) {
            @Override
            public PutResult putIfMatch(String key, String etag, String json) {
                var stored = store.get(key, 1024);
                if (stored == null || !stored.etag().equals(etag)) {
                    return new PutResult.Refused();
                }
                LockSupport.parkNanos(WINDOW_NANOS);
                store.putBytes(key, json.getBytes(StandardCharsets.UTF_8));
                return new PutResult.Written("any");
            }
        });

        assertThat(result)
                .isInstanceOfSatisfying(
                        NotHonoured.class,
                        violation -> assertThat(violation.what()).contains("were overwritten unseen"));
    }

    @Test
    void isInconclusiveWhenTheStoreFails() {
        store.failNextPutsBeforeWriting(1);

        var result = probe(store);

        assertThat(result)
                .isEqualTo(new Unreachable(
                        "bucket shop-pictures could not be asked whether it honours conditional puts: injected"));
    }

    private static ConditionalPutProbe.ProbeResult probe(ObjectStore store) {
        return new ConditionalPutProbe(store, () -> UUID.randomUUID().toString()).probeRaces();
    }

    /** Delegates every call; a subclass breaks one promise. */
    private static class LaxObjectStore implements ObjectStore {
        private final ObjectStore store;

        LaxObjectStore(ObjectStore store) {
            this.store = store;
        }

        @Override
        public String bucket() {
            return store.bucket();
        }

        @Override
        public PutResult putIfAbsent(String key, String json) {
            return store.putIfAbsent(key, json);
        }

        @Override
        public PutResult putIfMatch(String key, String etag, String json) {
            return store.putIfMatch(key, etag, json);
        }

        @Override
        public void putFile(String key, Path file, String contentType) {
            store.putFile(key, file, contentType);
        }

        @Override
        public @Nullable StoredObject get(String key, int bytesMax) {
            return store.get(key, bytesMax);
        }

        @Override
        public FetchResult fetch(String key, Path file, long bytesMax) {
            return store.fetch(key, file, bytesMax);
        }

        @Override
        public void delete(String key) {
            store.delete(key);
        }
    }
}
