package dev.renderfleet.worker.references;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.identity.Sha256;
import dev.renderfleet.contracts.job.Reference;
import dev.renderfleet.worker.pictures.PictureHeader;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFile;
import dev.renderfleet.worker.storage.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Fetches a job's reference pictures into the spool, one after the other, and checks access, format, limits and digest before
 * anything is spent. Blocks its (virtual) thread. Safe for use by many threads.
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

    /** Result of fetching all references of a job. */
    public sealed interface FetchOutcome {

        /** All references, in the job's order. Closing deletes their files. */
        record Fetched(List<FetchedReference> references) implements FetchOutcome, AutoCloseable {
            public Fetched {
                references = List.copyOf(references);
            }

            @Override
            public void close() {
                references.forEach(FetchedReference::close);
            }
        }

        /**
         * A reference was refused; no file is left in the spool.
         *
         * @param field such as {@code references[0].uri}
         * @param message for the producer, without secrets of an address
         */
        record Refused(FailureCode code, String field, String message) implements FetchOutcome {}
    }

    /**
     * Fetches all references or none.
     *
     * @throws dev.renderfleet.worker.storage.StorageException if the fleet's bucket is unavailable, or on interrupt while it is read
     * @throws CancellationException on interrupt otherwise
     */
    public FetchOutcome fetch(String tenant, List<Reference> references) {
        var fetched = new ArrayList<FetchedReference>(references.size());
        boolean kept = false;
        try {
            long bytes = 0;
            for (int i = 0; i < references.size(); i++) {
                var field = "references[" + i + "].uri";
                switch (fetchOne(tenant, references.get(i), limits.bytesPerJobMax() - bytes)) {
                    case Checked.Valid(FetchedReference reference) -> {
                        fetched.add(reference);
                        bytes += reference.bytes();
                    }
                    case Checked.Invalid(FailureCode code, String message) -> {
                        return new FetchOutcome.Refused(code, field, field + " " + message);
                    }
                }
            }
            kept = true;
            return new FetchOutcome.Fetched(fetched);
        } finally {
            if (!kept) {
                fetched.forEach(FetchedReference::close);
            }
        }
    }

    private sealed interface Checked {
        record Valid(FetchedReference reference) implements Checked {}

        record Invalid(FailureCode code, String message) implements Checked {}
    }

    private Checked fetchOne(String tenant, Reference reference, long bytesLeft) {
        var file = spool.newFile();
        Checked checked = null;
        try {
            var result = download(tenant, reference, file, Math.min(limits.bytesMax(), bytesLeft));
            if (Thread.interrupted()) {
                Thread.currentThread().interrupt();
                throw new CancellationException("interrupted while fetching references");
            }
            checked = switch (result) {
                case ReferenceResult.Fetched(long bytes) -> checked(reference, file, bytes);
                case ReferenceResult.TooLarge() -> invalid(tooLarge(bytesLeft));
                case ReferenceResult.Rejected(FailureCode code, String message) -> new Checked.Invalid(code, message);
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
                invalid("is not a PNG, JPEG or WebP picture, as its " + bytes + " bytes show: " + reason);
            case PictureHeader.Known header -> checked(reference, file, bytes, header);
        };
    }

    private Checked checked(Reference reference, SpoolFile file, long bytes, PictureHeader.Known header) {
        var violation = violationOf(header);
        if (violation != null) {
            return invalid(violation);
        }
        String sha256;
        try {
            sha256 = Sha256.hex(file.path());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file.path(), e);
        }
        if (reference.sha256() != null && !reference.sha256().equals(sha256)) {
            return invalid("has sha256 " + sha256 + ", not " + reference.sha256());
        }
        return new Checked.Valid(new FetchedReference(
                file, header.mime(), bytes, header.width(), header.height(), sha256, reference.role()));
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
