package dev.renderfleet.worker.references;

import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.worker.pictures.SpoolFile;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import org.jspecify.annotations.Nullable;

/**
 * A fetched and checked reference picture. Closing deletes its file.
 *
 * @param mime as detected
 * @param sha256 as 64 lower-case hex characters
 * @param storedKey as for {@link ReferencePicture}
 */
public record FetchedReference(
        SpoolFile file,
        String mime,
        long bytes,
        int width,
        int height,
        String sha256,
        ReferenceRole role,
        @Nullable String storedKey)
        implements AutoCloseable {

    /** The picture for a model's adapter, valid until this is closed. */
    public ReferencePicture picture() {
        return new ReferencePicture(file.path(), mime, bytes, role, storedKey);
    }

    @Override
    public void close() {
        file.close();
    }
}
