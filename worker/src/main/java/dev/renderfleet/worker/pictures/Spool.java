package dev.renderfleet.worker.pictures;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The folder that pictures flow through, so that they are never held in memory. Safe for use by many threads.
 * What lies in it at start belongs to calls of a dead process.
 */
public final class Spool {

    private final Path folder;

    /** Uses the folder, creating it if need be. Fails if it cannot be written. */
    public Spool(Path folder) {
        this.folder = folder;
        try {
            Files.createDirectories(folder);
            Files.delete(Files.createTempFile(folder, "probe", ".tmp"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write to the spool folder " + folder, e);
        }
    }

    /** A new empty file, owned by the caller. */
    public SpoolFile newFile() {
        try {
            return new SpoolFile(Files.createTempFile(folder, "picture", ".part"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot create a file in the spool folder " + folder, e);
        }
    }
}
