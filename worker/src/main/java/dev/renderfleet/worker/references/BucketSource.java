package dev.renderfleet.worker.references;

import dev.renderfleet.worker.storage.ObjectKeys;
import dev.renderfleet.worker.storage.ObjectStore;
import dev.renderfleet.worker.storage.ObjectStore.FetchResult;
import dev.renderfleet.worker.storage.StorageException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Fetches {@code s3://} references: from the fleet's bucket only the tenant's inputs and images, from others what the operator has
 * configured. The ledger is never readable.
 */
final class BucketSource {

    private static final Logger LOG = Logger.getLogger(BucketSource.class);

    /** As in the contracts; checked again, since the tenant becomes part of a key's prefix. */
    private static final Pattern TENANT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

    private final String fleetBucket;
    private final List<ReadableBucket> readable;

    BucketSource(ObjectStore fleet, List<ReadableBucket> others) {
        this.fleetBucket = fleet.bucket();
        this.readable = Stream.concat(
                        Stream.of(ObjectKeys.inputs(ReadableBucket.TENANT), ObjectKeys.images(ReadableBucket.TENANT))
                                .map(prefix -> new ReadableBucket(fleet, prefix)),
                        others.stream())
                .toList();
    }

    ReferenceResult fetch(String tenant, URI uri, Path file, long bytesMax) {
        var bucket = uri.getRawAuthority();
        var path = uri.getPath();
        if (bucket == null
                || path == null
                || path.length() < 2
                || uri.getRawQuery() != null
                || uri.getRawFragment() != null) {
            return ReferenceResult.forbidden("is not of the form s3://bucket/key");
        }
        var key = path.substring(1);
        if (!isPlain(key)) {
            return ReferenceResult.forbidden("has a key with empty, . or .. steps, or with control characters");
        }
        if (!TENANT.matcher(tenant).matches() || key.startsWith(ObjectKeys.LEDGER)) {
            return outside(bucket);
        }
        return readable.stream()
                .filter(candidate -> candidate.store().bucket().equals(bucket) && candidate.permits(tenant, key))
                .findFirst()
                .map(found -> fetch(found.store(), key, file, bytesMax))
                .orElseGet(() -> outside(bucket));
    }

    /** The key of an image of the fleet's, which never changes; null for other references. */
    @Nullable
    String imageKey(URI uri, String sha256) {
        String key = "s3".equals(uri.getScheme()) && fleetBucket.equals(uri.getRawAuthority())
                ? uri.getPath().substring(1)
                : "";
        return ObjectKeys.isImage(key, sha256) ? key : null;
    }

    private ReferenceResult fetch(ObjectStore store, String key, Path file, long bytesMax) {
        try {
            return switch (store.fetch(key, file, bytesMax)) {
                case FetchResult.Fetched(long bytes) -> new ReferenceResult.Fetched(bytes);
                case FetchResult.TooLarge() -> new ReferenceResult.TooLarge();
                case FetchResult.Absent() -> ReferenceResult.unavailable("there is no such object");
                case FetchResult.Denied(String reason) -> {
                    // For the operator only: it may name the fleet's own account.
                    LOG.warnf("access to a reference is denied, key=%s reason=%s", key, reason);
                    yield ReferenceResult.unavailable("access to the object is denied");
                }
            };
        } catch (StorageException e) {
            LOG.warnf("reference not read, cause=%s", e.getMessage());
            return new ReferenceResult.Later(
                    null, JobReferences.WAIT_MAX, "bucket " + store.bucket() + " cannot be read now");
        }
    }

    private static boolean isPlain(String key) {
        return key.codePoints().noneMatch(Character::isISOControl)
                && Arrays.stream(key.split("[/\\\\]", -1))
                        .noneMatch(step -> step.isEmpty() || step.equals(".") || step.equals(".."));
    }

    private static ReferenceResult outside(String bucket) {
        return ReferenceResult.forbidden(
                "is not below the tenant's own prefixes (inputs/ and assets/) of the fleet's bucket, nor in another"
                        + " bucket open to the tenant: " + bucket);
    }
}
