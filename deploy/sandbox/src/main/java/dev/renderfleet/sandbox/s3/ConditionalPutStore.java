package dev.renderfleet.sandbox.s3;

import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.S3Exceptions;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/**
 * Makes {@code If-Match} on a put hold in races. S3Proxy 4.1.0 looks at the etag first and writes then (its handler says so
 * in a comment), and of 80 updates by 8 writers some 25 were lost; {@code If-None-Match: *} it does atomically by itself.
 * Here the etag is looked at again, under a lock that all such puts to the key share, until the put is done.
 */
final class ConditionalPutStore extends ForwardingBlobStore {
    /** Bound while a put's conditions count for nothing. */
    static final ScopedValue<Boolean> OVERLOOKED = ScopedValue.newInstance();

    private static final int LOCKS = 1024;
    private static final int PRECONDITION_FAILED = 412;

    private final Lock[] locks =
            IntStream.range(0, LOCKS).mapToObj(_ -> new ReentrantLock()).toArray(Lock[]::new);

    ConditionalPutStore(BlobStore store) {
        super(store);
    }

    @Override
    public PutObjectResponse putBlob(PutObjectRequest request, InputStream payload) {
        if (OVERLOOKED.isBound()) {
            return super.putBlob(
                    request.toBuilder().ifMatch(null).ifNoneMatch(null).build(), payload);
        }
        if (request.ifMatch() == null) {
            return super.putBlob(request, payload);
        }
        Lock lock = locks[Math.floorMod(request.key().hashCode(), LOCKS)];
        lock.lock();
        try {
            var current = delegate().blobMetadataIfPresent(request.bucket(), request.key());
            if (current == null || !unquoted(current.eTag()).equals(unquoted(request.ifMatch()))) {
                throw S3Exceptions.fromStatusCode(PRECONDITION_FAILED, null, Map.of(), null);
            }
            return super.putBlob(request, payload);
        } finally {
            lock.unlock();
        }
    }

    private static String unquoted(String etag) {
        return etag.replace("\"", "");
    }
}
