package dev.renderfleet.sandbox.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where the sandbox keeps everything it writes. A folder named by the user is kept, with what is in it; otherwise it is a
 * temporary one that {@link #close} removes, and that the {@link Reaper} removes if this process dies first.
 */
public record DataFolder(Path path, boolean temporary) implements AutoCloseable {

    public static DataFolder open(Optional<Path> kept) {
        try {
            if (kept.isPresent()) {
                return new DataFolder(
                        Files.createDirectories(kept.get().toAbsolutePath().normalize()), false);
            }
            return new DataFolder(Files.createTempDirectory("renderfleet-sandbox-"), true);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot create the data folder", e);
        }
    }

    public Path sub(String name) {
        return path.resolve(name);
    }

    @Override
    public void close() {
        if (!temporary) {
            return;
        }
        try {
            Files.walkFileTree(path, new Removal());
        } catch (IOException _) {
            // A file that a dying server still writes: the reaper tries again after this process has ended.
        }
    }

    private static final class Removal extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) {
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure) throws IOException {
            Files.deleteIfExists(folder);
            return FileVisitResult.CONTINUE;
        }
    }
}
