package dev.renderfleet.worker.pictures;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Looks into spools. */
public final class SpoolFolders {

    private SpoolFolders() {}

    /** The disk as a process finds it whose predecessor has just died: what was in the predecessor's folders, and no lock. */
    public static Path afterDeath(Path root, Path later) {
        for (Path file : files(root)) {
            Path moved = later.resolve(root.relativize(file));
            try {
                Files.createDirectories(Objects.requireNonNull(moved.getParent()));
                Files.move(file, moved);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return later;
    }

    /** All files of all spools below that root, but their locks. */
    public static List<Path> files(Path root) {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith("lock"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
