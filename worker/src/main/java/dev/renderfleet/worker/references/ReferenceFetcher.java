package dev.renderfleet.worker.references;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.identity.Sha256;
import dev.renderfleet.contracts.job.Reference;
import dev.renderfleet.worker.pictures.PictureHeader;
import dev.renderfleet.worker.pictures.PictureIntegrity;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFile;
import dev.renderfleet.worker.storage.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Fetches a reference picture into the spool, and checks access, limits, digest and that it can be decoded before anything is spent.
 * Blocks its (virtual) thread. Safe for use by many threads.
 */
public final class ReferenceFetcher {

    private final BucketSource buckets;
    private final HttpsSource https;
    private final Spool spool;
    private final ReferenceLimits limits;

    /**
     * @param fleet the fleet's bucket, of which a tenant reads {@code inputs/<tenant>/} and {@code assets/<tenant>/}
     * @param others further readable buckets
     */
    public ReferenceFetcher(
            ObjectStore fleet, List<ReadableBucket> others, HttpsSource https, Spool spool, ReferenceLimits limits) {
        this.buckets = new BucketSource(fleet, others);
        this.https = https;
        this.spool = spool;
        this.limits = limits;
    }

    /** Result of fetching and checking one reference. Only {@link Valid} leaves a file in the spool. */
    sealed interface Checked {
        record Valid(FetchedReference reference) implements Checked {}

        record Invalid(FailureCode code, String message) implements Checked {}

        record Later(@Nullable Duration retryAfter, Duration waitMax, String message) implements Checked {}

        record LocalFault(String reason) implements Checked {}
    }

    /** @param bytesOfOthers of the job's other references, which the job's limit includes */
    Checked fetch(String tenant, Reference reference, long bytesOfOthers) {
        try {
            return fetch(tenant, reference, limits.bytesPerJobMax() - bytesOfOthers, spool.newFile());
        } catch (UncheckedIOException e) {
            // Only the spool's files throw it; what a host or store does is a result.
            spool.failed();
            return new Checked.LocalFault(String.valueOf(e.getMessage()) + ": " + e.getCause());
        }
    }

    /** The largest reference. */
    long bytesMax() {
        return limits.bytesMax();
    }

    /** Ends downloads in progress over HTTPS, with {@link Checked.Later}. */
    void cancelDownloads() {
        https.cancelAll();
    }

    private Checked fetch(String tenant, Reference reference, long bytesLeft, SpoolFile file) {
        Checked checked = null;
        try {
            checked = switch (download(tenant, reference, file, Math.min(limits.bytesMax(), bytesLeft))) {
                case ReferenceResult.Fetched(long bytes) -> checked(reference, file, bytes);
                case ReferenceResult.TooLarge() -> invalid(tooLarge(bytesLeft));
                case ReferenceResult.Rejected(var code, var message) -> new Checked.Invalid(code, message);
                case ReferenceResult.Later(var retryAfter, var waitMax, var message) ->
                    new Checked.Later(retryAfter, waitMax, message);
            };
            return checked;
        } finally {
            if (!(checked instanceof Checked.Valid)) {
                file.close();
            }
        }
    }

    private ReferenceResult download(String tenant, Reference reference, SpoolFile file, long bytesMax) {
        var scheme = reference.uri().getScheme();
        return switch (scheme == null ? "" : scheme) {
            case "s3" -> buckets.fetch(tenant, reference.uri(), file.path(), bytesMax);
            case "https" -> https.fetch(reference.uri(), file.path(), bytesMax);
            default -> ReferenceResult.forbidden("is neither an s3:// nor an https:// address");
        };
    }

    private Checked checked(Reference reference, SpoolFile file, long bytes) {
        return switch (PictureHeader.read(file.path())) {
            case PictureHeader.Unknown(String reason) ->
                invalid("is not a PNG, JPEG or WebP image, as its " + bytes + " bytes show: " + reason);
            case PictureHeader.Known header -> checked(reference, file, bytes, header);
        };
    }

    private Checked checked(Reference reference, SpoolFile file, long bytes, PictureHeader.Known header) {
        var violation = violationOf(header);
        if (violation != null) {
            return invalid(violation);
        }
        String sha256 = sha256(file);
        if (reference.sha256() != null && !reference.sha256().equals(sha256)) {
            return invalid("has sha256 " + sha256 + ", not " + reference.sha256());
        }
        var damage = PictureIntegrity.damage(file.path());
        if (damage != null) {
            return invalid("is a damaged image: " + damage);
        }
        return new Checked.Valid(new FetchedReference(
                file,
                header.mime(),
                bytes,
                header.width(),
                header.height(),
                sha256,
                reference.role(),
                buckets.imageKey(reference.uri(), sha256)));
    }

    private static String sha256(SpoolFile file) {
        try {
            return Sha256.hex(file.path());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file.path(), e);
        }
    }

    private @Nullable String violationOf(PictureHeader.Known header) {
        int edge = Math.max(header.width(), header.height());
        if (edge > limits.edgeMax()) {
            return "has an edge of " + edge + " pixels; the limit is " + limits.edgeMax();
        }
        return header.pixels() > limits.pixelsMax()
                ? "has " + header.pixels() + " pixels; the limit is " + limits.pixelsMax()
                : null;
    }

    private String tooLarge(long bytesLeft) {
        return bytesLeft < limits.bytesMax()
                ? "makes the job's references larger than " + limits.bytesPerJobMax()
                        + " bytes in all, which is the limit"
                : "is larger than " + limits.bytesMax() + " bytes, which is the limit";
    }

    private static Checked invalid(String message) {
        return new Checked.Invalid(FailureCode.REFERENCE_INVALID, message);
    }
}
