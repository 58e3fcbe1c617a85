package dev.renderfleet.worker.pictures;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jboss.logging.Logger;

/** One picture on its way through the worker, as a file. Whoever holds it closes it; closing deletes the file. Not thread-safe. */
public final class SpoolFile implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(SpoolFile.class);

    private final Path path;

    SpoolFile(Path path) {
        this.path = path;
    }

    /** Where the bytes are. Readable and writable until closed. */
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
            // What the file was for is settled; a file too many is no reason to say otherwise.
            LOG.warnf("cannot delete %s: %s", path, e);
        }
    }
}
