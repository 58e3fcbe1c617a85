package dev.renderfleet.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class InMemoryObjectStoreTest extends ObjectStoreContractTest {

    private final InMemoryObjectStore store =
            new InMemoryObjectStore("renderfleet", InstantSource.fixed(Instant.parse("2026-11-23T10:00:00.5Z")));

    @Override
    ObjectStore store() {
        return store;
    }

    @Test
    void failsBeforeWritingOnDemand() {
        store.failNextPutsBeforeWriting(1);

        assertThatThrownBy(() -> store.putIfAbsent("k", "{}")).isInstanceOf(StorageException.class);
        assertThat(store.keys("")).isEmpty();
    }

    @Test
    void failsAfterWritingOnDemand() {
        store.failNextPutsAfterWriting(1);

        assertThatThrownBy(() -> store.putIfAbsent("k", "{}")).isInstanceOf(StorageException.class);
        assertThat(store.keys("")).containsExactly("k");
    }

    @Test
    void failsReadsOnDemand() {
        store.failNextReads(1);

        assertThatThrownBy(() -> store.get("k", 1)).isInstanceOf(StorageException.class);
        assertThat(store.get("k", 1)).isNull();
    }
}
