package dev.renderfleet.worker.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An in-memory bucket that keeps {@link ObjectStore}'s contract, with its own clock and injected faults.
 * Its conditional puts are atomic.
 */
public final class InMemoryObjectStore implements ObjectStore {

    private static final class ObjectVersion {
        final byte[] content;
        final String etag;
        final Instant lastModified;

        ObjectVersion(byte[] content, String etag, Instant lastModified) {
            this.content = content;
            this.etag = etag;
            this.lastModified = lastModified;
        }
    }

    private final String bucket;
    private final InstantSource clock;
    private final NavigableMap<String, ObjectVersion> entries = new TreeMap<>();
    private long writes;
    private int failuresBeforeWriting;
    private int failuresAfterWriting;
    private int failuresOfReads;
    private volatile Consumer<String> beforeFetch = _ -> {};
    private volatile @Nullable String denial;

    /** @param clock the store's clock */
    public InMemoryObjectStore(String bucket, InstantSource clock) {
        this.bucket = bucket;
        this.clock = clock;
    }

    /** The next puts fail and write nothing. */
    public synchronized void failNextPutsBeforeWriting(int count) {
        failuresBeforeWriting = count;
    }

    /** The next puts write and then fail. */
    public synchronized void failNextPutsAfterWriting(int count) {
        failuresAfterWriting = count;
    }

    /** The next reads fail. */
    public synchronized void failNextReads(int count) {
        failuresOfReads = count;
    }

    /** All fetches are denied. */
    public void denyFetches(String reason) {
        denial = reason;
    }

    /** The keys below a prefix, sorted. */
    public synchronized List<String> keys(String prefix) {
        return entries.keySet().stream().filter(key -> key.startsWith(prefix)).toList();
    }

    /** Puts bytes without condition or fault, as another client would. */
    public synchronized void putBytes(String key, byte[] content) {
        write(key, content.clone());
    }

    /** An object's bytes; null if there is none. */
    public synchronized byte @Nullable [] bytes(String key) {
        var entry = entries.get(key);
        return entry == null ? null : entry.content.clone();
    }

    @Override
    public String bucket() {
        return bucket;
    }

    @Override
    public synchronized PutResult putIfAbsent(String key, String json) {
        if (failsBeforeWriting()) {
            throw fault();
        }
        return entries.containsKey(key) ? new PutResult.Refused() : putJson(key, json);
    }

    @Override
    public synchronized PutResult putIfMatch(String key, String etag, String json) {
        if (failsBeforeWriting()) {
            throw fault();
        }
        var entry = entries.get(key);
        return entry == null || !entry.etag.equals(etag) ? new PutResult.Refused() : putJson(key, json);
    }

    private PutResult putJson(String key, String json) {
        var written = write(key, json.getBytes(StandardCharsets.UTF_8));
        if (failsAfterWriting()) {
            throw fault();
        }
        return new PutResult.Written(written.etag);
    }

    private ObjectVersion write(String key, byte[] content) {
        writes++;
        var entry = new ObjectVersion(content, "etag-" + writes, now());
        entries.put(key, entry);
        return entry;
    }

    @Override
    public synchronized void putFile(String key, Path file, String contentType) {
        if (failsBeforeWriting()) {
            throw fault();
        }
        try {
            write(key, Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (failsAfterWriting()) {
            throw fault();
        }
    }

    @Override
    public synchronized @Nullable StoredObject get(String key, int bytesMax) {
        if (failsToRead()) {
            throw fault();
        }
        var entry = entries.get(key);
        if (entry == null) {
            return null;
        }
        if (entry.content.length > bytesMax) {
            throw new StorageException(key + " is larger than " + bytesMax + " bytes", null);
        }
        var json = new String(entry.content, StandardCharsets.UTF_8);
        return new StoredObject(json, entry.etag, entry.lastModified, now());
    }

    /** Runs before each fetch, with its key; may block, and may throw what the fetch shall throw. */
    public void beforeFetch(Consumer<String> hook) {
        beforeFetch = hook;
    }

    @Override
    public FetchResult fetch(String key, Path file, long bytesMax) {
        beforeFetch.accept(key);
        String reason = denial;
        if (reason != null) {
            return new FetchResult.Denied(reason);
        }
        return fetchNow(key, file, bytesMax);
    }

    private synchronized FetchResult fetchNow(String key, Path file, long bytesMax) {
        if (failsToRead()) {
            throw fault();
        }
        var entry = entries.get(key);
        if (entry == null) {
            return new FetchResult.Absent();
        }
        if (entry.content.length > bytesMax) {
            return new FetchResult.TooLarge();
        }
        try {
            Files.write(file, entry.content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new FetchResult.Fetched(entry.content.length);
    }

    @Override
    public synchronized void delete(String key) {
        entries.remove(key);
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS);
    }

    private boolean failsBeforeWriting() {
        return failuresBeforeWriting > 0 && failuresBeforeWriting-- > 0;
    }

    private boolean failsAfterWriting() {
        return failuresAfterWriting > 0 && failuresAfterWriting-- > 0;
    }

    private boolean failsToRead() {
        return failuresOfReads > 0 && failuresOfReads-- > 0;
    }

    private static StorageException fault() {
        return new StorageException("injected", null);
    }
}
