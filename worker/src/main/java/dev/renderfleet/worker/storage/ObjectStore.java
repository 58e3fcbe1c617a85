package dev.renderfleet.worker.storage;

import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One bucket of S3-compatible storage. Safe for use by many threads; each call blocks.
 * Every method throws {@link StorageException} on a time-out, an I/O error or an unexpected response.
 */
public interface ObjectStore {

    /** The bucket's name, as published in events. */
    String bucket();

    /**
     * Creates a small JSON object if the key is absent ({@code If-None-Match: *}). A lost response is resolved by reading the
     * key, so no two callers may write the same content to the same key.
     */
    PutResult putIfAbsent(String key, String json);

    /**
     * Replaces a small JSON object if its etag is unchanged ({@code If-Match: etag}). An absent key is {@link PutResult.Refused}.
     * Content must not recur under a key, since some stores use its digest as the etag.
     */
    PutResult putIfMatch(String key, String etag, String json);

    /** Writes a file unconditionally. Its key contains its digest, so repeated writes are idempotent. */
    void putFile(String key, Path file, String contentType);

    /** Reads an object of at most {@code bytesMax}; null if absent. A larger one is a {@link StorageException}. */
    @Nullable
    StoredObject get(String key, int bytesMax);

    /**
     * Streams an object of at most {@code bytesMax} into a file, overwriting it. The file's content is undefined unless the
     * result is {@link FetchResult.Fetched}. Throws {@link java.io.UncheckedIOException} if the file cannot be written.
     */
    FetchResult fetch(String key, Path file, long bytesMax);

    /** Deletes an object if it exists. */
    void delete(String key);

    /** Result of a conditional put. */
    sealed interface PutResult {
        /** Written; {@code etag} is that of the new content. */
        record Written(String etag) implements PutResult {}

        /** The condition did not hold; nothing was written. */
        record Refused() implements PutResult {}
    }

    /** Result of {@link #fetch}. */
    sealed interface FetchResult {
        /** The file is complete. */
        record Fetched(long bytes) implements FetchResult {}

        /** There is no such key. */
        record Absent() implements FetchResult {}

        /** The object exceeds the limit; reading stopped. */
        record TooLarge() implements FetchResult {}

        /** The store refuses to read this object: archived, encrypted with another key, or access denied. */
        record Denied(String reason) implements FetchResult {}
    }

    /**
     * A small object.
     *
     * @param lastModified time of the last write, by the store's clock, to the second
     * @param readAt time of this read, by the store's clock, to the second
     */
    record StoredObject(String json, String etag, Instant lastModified, Instant readAt) {}
}
