package dev.renderfleet.worker.pictures;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** One picture on its way through the worker, as a file. Whoever holds it closes it; closing deletes the file. Not thread-safe. */
public final class SpoolFile implements AutoCloseable {

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
            throw new UncheckedIOException(e);
        }
    }
}
