package dev.renderfleet.worker.pictures;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jboss.logging.Logger;

/** A picture's file in the spool. Closing deletes it. Not thread-safe. */
public final class SpoolFile implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(SpoolFile.class);

    private final Path path;

    SpoolFile(Path path) {
        this.path = path;
    }

    /** Readable and writable until closed. */
    public Path path() {
        return path;
    }

    /** Bytes written so far. */
    public long bytes() {
        try {
            return Files.size(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // A leftover file does not change the result.
            LOG.warnf("file not deleted, file=%s cause=%s", path, e);
        }
    }
}
