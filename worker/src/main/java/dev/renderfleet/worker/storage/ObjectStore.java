package dev.renderfleet.worker.storage;

import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One bucket of S3-compatible storage. Safe for use by many threads; each call blocks.
 * Every method throws {@link StorageException} when the store does not answer, or answers what it should not.
 */
public interface ObjectStore {

    /** The bucket's name, as announced in events. */
    String bucket();

    /**
     * Writes a small JSON object only if the key is free ({@code If-None-Match: *}). When the store's answer is lost the
     * outcome is found out by reading the key: no two callers may ever write the same content to the same key.
     */
    PutResult putIfAbsent(String key, String json);

    /**
     * Writes a small JSON object only if it still is what the caller has read ({@code If-Match: etag}). A key that is gone
     * is {@link PutResult.Refused}. No content may come back under the same key: some stores' etags are its digest.
     */
    PutResult putIfMatch(String key, String etag, String json);

    /** Writes a file of known length unconditionally; keys contain the digest, so a second write is the same write. */
    void putFile(String key, Path file, String contentType);

    /** Reads an object of at most {@code bytesMax}; null if there is none. A larger one is a {@link StorageException}. */
    @Nullable
    StoredObject get(String key, int bytesMax);

    /**
     * Reads an object of at most {@code bytesMax} into a file, overwriting it, without holding it in memory.
     * Unless the answer is {@link FetchResult.Fetched} the file's content is of no use.
     */
    FetchResult fetch(String key, Path file, long bytesMax);

    /** Removes an object, if it is there. */
    void delete(String key);

    /** What came of a conditional put. */
    sealed interface PutResult {
        /** Written; {@code etag} is that of the new content. */
        record Written(String etag) implements PutResult {}

        /** The condition did not hold; nothing was written. */
        record Refused() implements PutResult {}
    }

    /** What came of reading an object into a file. */
    sealed interface FetchResult {
        /** The file is whole. */
        record Fetched(long bytes) implements FetchResult {}

        /** There is no such key. */
        record Absent() implements FetchResult {}

        /** There is more than the caller wants; reading was stopped. */
        record TooLarge() implements FetchResult {}

        /** The store refuses to hand out this object, now and later: archived, encrypted with another's key, not permitted. */
        record Denied(String reason) implements FetchResult {}
    }

    /**
     * A small object as it was read.
     *
     * @param lastModified when it was written, by the store's clock, to the second
     * @param readAt when it was read, by the store's clock, to the second
     */
    record StoredObject(String json, String etag, Instant lastModified, Instant readAt) {}
}
