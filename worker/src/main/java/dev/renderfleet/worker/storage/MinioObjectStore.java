package dev.renderfleet.worker.storage;

import dev.renderfleet.worker.storage.S3Exception.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Implements the port with the MinIO client. Makes at most {@link Backoff#ATTEMPTS_MAX} attempts, each of one HTTP request.
 *
 * <p>A conditional put whose response is lost (time-out, 5xx) is repeated under the same condition. If the repetition is refused
 * and the key holds the same content, the lost put had succeeded. A 409 ConditionalRequestConflict wrote nothing and is repeated.
 */
public final class MinioObjectStore implements ObjectStore, AutoCloseable {

    private static final int UTF8_BYTES_PER_CHAR_MAX = 3;

    private final S3Bucket s3;
    private final Backoff backoff;
    private final StorageListener listener;

    public MinioObjectStore(S3Access access, S3Timeouts timeouts, Backoff backoff, StorageListener listener) {
        this(new S3Bucket(access, timeouts), backoff, listener);
    }

    MinioObjectStore(S3Bucket s3, Backoff backoff, StorageListener listener) {
        this.s3 = s3;
        this.backoff = backoff;
        this.listener = listener;
    }

    @Override
    public String bucket() {
        return s3.name();
    }

    @Override
    public PutResult putIfAbsent(String key, String json) {
        return putOnCondition(key, json, null);
    }

    @Override
    public PutResult putIfMatch(String key, String etag, String json) {
        return putOnCondition(key, json, etag);
    }

    private PutResult putOnCondition(String key, String json, @Nullable String etag) {
        boolean mayBeWritten = false;
        for (int attempt = 1; ; attempt++) {
            try {
                return new PutResult.Written(s3.put(key, json, etag));
            } catch (S3Exception fault) {
                boolean last = attempt == Backoff.ATTEMPTS_MAX;
                switch (fault.kind()) {
                    case CONDITION_FAILED -> {
                        return mayBeWritten ? readBack(key, json, etag, fault) : new PutResult.Refused();
                    }
                    case KEY_ABSENT -> {
                        if (etag == null) {
                            throw failure("put", key, fault);
                        }
                        return new PutResult.Refused();
                    }
                    case TRANSIENT -> {
                        listener.failed("put_if");
                        mayBeWritten = true;
                    }
                    case CONFLICT -> {}
                    case DENIED, PERMANENT -> {
                        listener.failed("put_if");
                        throw failure("put", key, fault);
                    }
                }
                if (last) {
                    return readBack(key, json, etag, fault);
                }
            }
            backoff.waitAfter(attempt);
        }
    }

    /** Reads the key to find out whether a put succeeded whose responses were lost. Throws for {@code last} if no write happened. */
    private PutResult readBack(String key, String json, @Nullable String etagBefore, S3Exception last) {
        var found = retrying("get", key, () -> s3.get(key, json.length() * UTF8_BYTES_PER_CHAR_MAX));
        if (found != null && found.whole() && found.object().json().equals(json)) {
            return new PutResult.Written(found.object().etag());
        }
        boolean untouched =
                found == null ? etagBefore == null : found.object().etag().equals(etagBefore);
        if (untouched && last.kind() != Kind.CONDITION_FAILED) {
            throw failure("put", key, last);
        }
        return new PutResult.Refused();
    }

    @Override
    public void putFile(String key, Path file, String contentType) {
        long bytes = sizeOf(file);
        if (bytes >= S3Bucket.FILE_BYTES_MAX) {
            throw new StorageException(
                    "a file of " + bytes + " bytes is more than one put takes (" + S3Bucket.FILE_BYTES_MAX + ")", null);
        }
        retrying("put", key, () -> {
            s3.putFile(key, file, contentType);
            return null;
        });
    }

    private static long sizeOf(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    @Override
    public @Nullable StoredObject get(String key, int bytesMax) {
        var found = retrying("get", key, () -> s3.get(key, bytesMax));
        if (found == null) {
            return null;
        }
        if (!found.whole()) {
            throw new StorageException(key + " in bucket " + bucket() + " is larger than " + bytesMax + " bytes", null);
        }
        return found.object();
    }

    @Override
    public FetchResult fetch(String key, Path file, long bytesMax) {
        return retrying("get", key, () -> {
            try {
                return s3.fetch(key, file, bytesMax);
            } catch (S3Exception fault) {
                if (fault.kind() == Kind.DENIED) {
                    return new FetchResult.Denied(String.valueOf(fault.getMessage()));
                }
                throw fault;
            }
        });
    }

    @Override
    public void delete(String key) {
        retrying("delete", key, () -> {
            s3.delete(key);
            return null;
        });
    }

    /** Lets calls in progress finish and accepts no more. */
    @Override
    public void close() {
        s3.close();
    }

    @Override
    public String toString() {
        return "MinioObjectStore[" + bucket() + "]";
    }

    @FunctionalInterface
    private interface Attempt<T extends @Nullable Object> {
        T make() throws S3Exception;
    }

    private <T extends @Nullable Object> T retrying(String verb, String key, Attempt<T> call) {
        for (int attempt = 1; ; attempt++) {
            try {
                return call.make();
            } catch (S3Exception fault) {
                listener.failed(verb);
                if (fault.kind() != Kind.TRANSIENT || attempt == Backoff.ATTEMPTS_MAX) {
                    throw failure(verb, key, fault);
                }
            }
            backoff.waitAfter(attempt);
        }
    }

    private StorageException failure(String verb, String key, S3Exception fault) {
        return new StorageException(
                "cannot " + verb + " " + key + " in bucket " + bucket() + " at " + s3.address() + ": "
                        + fault.getMessage(),
                fault.getCause());
    }
}
