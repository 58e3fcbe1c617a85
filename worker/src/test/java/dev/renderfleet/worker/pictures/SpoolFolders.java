package dev.renderfleet.worker.pictures;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Reads and copies spool folders. */
public final class SpoolFolders {

    private SpoolFolders() {}

    /** A copy of the folders without locks, as a successor finds them after a crash. */
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

    /** All files and folders below a root, each before the folder that it is in. */
    public static List<Path> all(Path root) {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(path -> !path.equals(root))
                    .sorted(Comparator.reverseOrder())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All files of all spools below a root except locks. */
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
