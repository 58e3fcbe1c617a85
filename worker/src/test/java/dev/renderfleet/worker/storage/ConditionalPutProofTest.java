package dev.renderfleet.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.worker.storage.ConditionalPutProof.Verdict.NotHonoured;
import dev.renderfleet.worker.storage.ConditionalPutProof.Verdict.Unreachable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ConditionalPutProofTest {

    /** Between the look and the write of a store that does both in turn. */
    private static final long WINDOW_NANOS = 1_000_000;

    private final InMemoryObjectStore honest =
            new InMemoryObjectStore("shop-pictures", InstantSource.fixed(Instant.EPOCH));

    @Test
    void findsAStoreThatIgnoresIfNoneMatch() {
        var verdict = prove(new LaxObjectStore(honest) {
            @Override
            public PutResult putIfAbsent(String key, String json) {
                honest.delete(key);
                return honest.putIfAbsent(key, json);
            }
        });

        assertThat(verdict).isInstanceOfSatisfying(NotHonoured.class, broken -> {
            assertThat(broken.what()).contains("bucket shop-pictures", "If-None-Match: * overwrote an existing key");
            assertThat(broken.remedy()).contains("use a store");
        });
        assertThat(honest.keys("")).isEmpty();
    }

    @Test
    void findsAStoreThatIgnoresIfMatch() {
        var verdict = prove(new LaxObjectStore(honest) {
            @Override
            public PutResult putIfMatch(String key, String etag, String json) {
                honest.delete(key);
                return honest.putIfAbsent(key, json);
            }
        });

        assertThat(verdict)
                .isInstanceOfSatisfying(
                        NotHonoured.class,
                        broken ->
                                assertThat(broken.what()).contains("If-Match and an outdated etag overwrote the key"));
    }

    @Test
    void findsAStoreThatRefusesEveryIfMatch() {
        var verdict = prove(new LaxObjectStore(honest) {
            @Override
            public PutResult putIfMatch(String key, String etag, String json) {
                return new PutResult.Refused();
            }
        });

        assertThat(verdict)
                .isInstanceOfSatisfying(
                        NotHonoured.class,
                        broken -> assertThat(broken.what()).contains("the current etag was refused"));
    }

    @Test
    void findsAStoreThatLooksFirstAndWritesThenWhenAKeyIsClaimed() {
        var verdict = prove(new LaxObjectStore(honest) {
            @Override
            public PutResult putIfAbsent(String key, String json) {
                if (honest.get(key, 1024) != null) {
                    return new PutResult.Refused();
                }
                LockSupport.parkNanos(WINDOW_NANOS);
                honest.delete(key);
                return honest.putIfAbsent(key, json);
            }
        });

        assertThat(verdict)
                .isInstanceOfSatisfying(
                        NotHonoured.class,
                        broken -> assertThat(broken.what()).contains("succeeded instead of exactly one"));
    }

    @Test
    void findsAStoreThatLooksFirstAndWritesThenWhenAKeyIsUpdated() {
        var verdict = prove(new LaxObjectStore(honest) {
            @Override
            public PutResult putIfMatch(String key, String etag, String json) {
                var stored = honest.get(key, 1024);
                if (stored == null || !stored.etag().equals(etag)) {
                    return new PutResult.Refused();
                }
                LockSupport.parkNanos(WINDOW_NANOS);
                honest.putBytes(key, json.getBytes(StandardCharsets.UTF_8));
                return new PutResult.Written("any");
            }
        });

        assertThat(verdict)
                .isInstanceOfSatisfying(
                        NotHonoured.class, broken -> assertThat(broken.what()).contains("were overwritten unseen"));
    }

    @Test
    void saysThatNothingIsProvenWhenTheStoreFails() {
        honest.failNextPutsBeforeWriting(1);

        var verdict = prove(honest);

        assertThat(verdict)
                .isEqualTo(new Unreachable(
                        "bucket shop-pictures could not be asked whether it honours conditional puts: injected"));
    }

    private static ConditionalPutProof.Verdict prove(ObjectStore store) {
        return new ConditionalPutProof(store, () -> UUID.randomUUID().toString()).prove();
    }

    /** Passes everything on, for subclasses to break one promise. */
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
