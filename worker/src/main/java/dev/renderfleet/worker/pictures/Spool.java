package dev.renderfleet.worker.pictures;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The folder of pictures in progress, which are never held in memory. Each process locks its own folder; a later process takes over
 * the folder of an ended one with the pictures kept there. Safe for use by many threads.
 */
public final class Spool {

    private static final Logger LOG = Logger.getLogger(Spool.class);
    private static final int PROCESSES_MAX = 1_000;
    private static final int NOTE_BYTES_MAX = 1 << 20;
    private static final int OWNERS_MAX = 16;
    private static final int OWNER_CHARS_MAX = 1_000;
    /** The largest picture that an adapter accepts. */
    private static final long CALL_BYTES_MAX = 64L * 1024 * 1024;

    private static final byte[] PROBE = new byte[64 * 1024];

    private static final String PART = ".part";
    private static final String PAID = ".paid";
    private static final String NOTE = ".note";
    private static final String OWNER = "owner";

    private final Path folder;
    /** Held until the process ends. */
    private final FileLock lock;

    private final AtomicInteger writeFailures = new AtomicInteger();
    /** Of the failures, those before a successful {@link #recheck}. */
    private volatile int failuresCleared;

    private Spool(Path folder, FileLock lock) {
        this.folder = folder;
        this.lock = lock;
    }

    /**
     * Locks the first free folder below {@code root} and deletes its files that were not kept. Throws {@link UncheckedIOException} if
     * the folder cannot be written.
     */
    public static Spool open(Path root) {
        try {
            for (int number = 0; number < PROCESSES_MAX; number++) {
                Path folder = Files.createDirectories(root.resolve(Integer.toString(number)));
                FileLock lock = lock(folder.resolve("lock"));
                if (lock != null) {
                    var spool = new Spool(folder, lock);
                    spool.deleteOrphans();
                    return spool;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write to the spool folder " + root, e);
        }
        throw new IllegalStateException("more than " + PROCESSES_MAX + " processes use the spool folder " + root);
    }

    @SuppressWarnings("resource") // Locked until the process ends.
    private static @Nullable FileLock lock(Path file) throws IOException {
        var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return lock;
            }
        } catch (OverlappingFileLockException e) {
            // Locked by another spool of this process.
            LOG.debugf("spool folder in use, file=%s", file);
        }
        channel.close();
        return null;
    }

    /**
     * Whether the folder can be written and its disk has room for the largest picture of each of so many calls; a paid picture that
     * does not fit is lost. Asks the file system on each call.
     */
    public boolean hasRoomFor(int calls) {
        return writeFailures.get() == failuresCleared && fault(calls, 1) == null;
    }

    /** As {@link #hasRoomFor(int)}, and beside these for so many bytes more. */
    public boolean hasRoomFor(int calls, long bytes) {
        return hasRoomFor(calls) && folder.toFile().getUsableSpace() >= calls * CALL_BYTES_MAX + bytes;
    }

    /** As {@link #hasRoomFor(int)}, also after {@link #failed}: a whole picture must fit then. Null, or what is wrong and the remedy. */
    public @Nullable String recheck(int calls) {
        int failures = writeFailures.get();
        String fault = fault(calls, failures == failuresCleared ? 1 : CALL_BYTES_MAX);
        if (fault == null) {
            failuresCleared = failures;
        }
        return fault;
    }

    /** Records that an answer or a reference could not be written. There is no room for another until {@link #recheck}. */
    public void failed() {
        writeFailures.incrementAndGet();
    }

    private @Nullable String fault(int calls, long bytes) {
        try (SpoolFile probe = newFile();
                OutputStream file = Files.newOutputStream(probe.path())) {
            for (long left = bytes; left > 0; left -= PROBE.length) {
                file.write(PROBE, 0, (int) Math.min(left, PROBE.length));
            }
        } catch (IOException | UncheckedIOException e) {
            return "cannot write to the spool folder " + folder + "; mount it writable, or make room there: " + e;
        }
        if (folder.toFile().getUsableSpace() < calls * CALL_BYTES_MAX) {
            return "the disk of the spool folder " + folder + " has no room for the images of " + calls
                    + " calls at once; make room there";
        }
        return null;
    }

    /** Creates an empty file, to be closed by the caller. */
    public SpoolFile newFile() {
        try {
            return new SpoolFile(Files.createTempFile(folder, "picture", PART));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot create a file in the spool folder " + folder, e);
        }
    }

    /**
     * The pictures of one answer, which outlive this process until {@link #done}, with a note of their purpose.
     *
     * @param note at most 1 MiB of text
     */
    public record Kept(List<SpoolFile> pictures, String note, Path noteFile) {
        public Kept {
            pictures = List.copyOf(pictures);
        }

        /** Deletes all files, the note first, so that no note is without its pictures. */
        public void done() {
            try {
                Files.deleteIfExists(noteFile);
            } catch (IOException e) {
                LOG.warnf("file not deleted, file=%s cause=%s", noteFile, e);
            }
            pictures.forEach(SpoolFile::close);
        }
    }

    /**
     * Keeps complete pictures of one answer beyond the end of this process. Moves their files, so {@code pictures} are invalid
     * afterwards. If the disk fails, they are kept for this process only.
     *
     * @param pictures one or more
     */
    public Kept keep(List<SpoolFile> pictures, String note) {
        Path noteFile = Path.of(pictures.getFirst().path() + PAID + NOTE);
        List<SpoolFile> kept = new ArrayList<>();
        // Not moved to its name unless it is complete; deleted if that fails.
        try (SpoolFile unfinished = newFile()) {
            Files.writeString(unfinished.path(), note, StandardCharsets.UTF_8);
            for (SpoolFile picture : pictures) {
                Path paid = picture(noteFile, kept.size());
                Files.move(picture.path(), paid, StandardCopyOption.ATOMIC_MOVE);
                kept.add(new SpoolFile(paid));
            }
            Files.move(unfinished.path(), noteFile, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | UncheckedIOException e) {
            LOG.errorf("spool cannot keep a paid image across a restart, it is stored now, cause=%s", e);
        }
        kept.addAll(pictures.subList(kept.size(), pictures.size()));
        return new Kept(kept, note, noteFile);
    }

    /** @param number from 0, of the answer's pictures */
    private static Path picture(Path noteFile, int number) {
        String first = noteFile.toString().substring(0, noteFile.toString().length() - NOTE.length());
        return Path.of(number == 0 ? first : first + "." + number + PAID);
    }

    private static List<Path> picturesOf(Path noteFile) {
        return IntStream.iterate(0, number -> number + 1)
                .mapToObj(number -> picture(noteFile, number))
                .takeWhile(Files::exists)
                .toList();
    }

    /** Pictures that a former process has kept. Called once, before the first {@link #keep}. */
    public List<Kept> recover() {
        List<Kept> kept = new ArrayList<>();
        for (Path noteFile : files(NOTE)) {
            List<SpoolFile> pictures =
                    picturesOf(noteFile).stream().map(SpoolFile::new).toList();
            try {
                if (Files.size(noteFile) <= NOTE_BYTES_MAX && !pictures.isEmpty()) {
                    kept.add(new Kept(pictures, Files.readString(noteFile), noteFile));
                }
            } catch (IOException e) {
                LOG.warnf("note of a paid image not read, it stays in the spool, file=%s cause=%s", noteFile, e);
            }
        }
        return kept;
    }

    /**
     * Former owners of this folder, the last one first, at most 16. They have ended, since the lock was free. A process that ended before
     * {@link #sign} is missing.
     */
    public List<String> formerOwners() {
        try (Stream<String> owners = Files.lines(folder.resolve(OWNER), StandardCharsets.UTF_8)) {
            return owners.distinct()
                    .limit(OWNERS_MAX)
                    .filter(name -> !name.isEmpty() && name.length() <= OWNER_CHARS_MAX)
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            LOG.debugf("no former owners of the spool folder, folder=%s cause=%s", folder, e);
            return List.of();
        }
    }

    /**
     * Records the owner, for {@link #formerOwners} of a later process. If it cannot be written, the successor has to wait for the session
     * time-out.
     */
    public void sign(String owner) {
        try {
            List<String> owners = new ArrayList<>(formerOwners());
            owners.addFirst(owner);
            Path unfinished = Files.createTempFile(folder, OWNER, PART);
            Files.writeString(unfinished, String.join("\n", owners), StandardCharsets.UTF_8);
            Files.move(unfinished, folder.resolve(OWNER), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            LOG.warnf("owner of the spool folder not recorded, folder=%s cause=%s", folder, e);
        }
    }

    /** What is in the folder now. */
    public record Usage(int files, long bytes) {}

    /** Asks the file system for each file; those that go meanwhile do not count. */
    public Usage usage() {
        List<Long> sizes = Stream.of(PART, PAID, NOTE)
                .flatMap(ending -> files(ending).stream())
                .map(Path::toFile)
                .map(File::length)
                .toList();
        return new Usage(sizes.size(), sizes.stream().mapToLong(Long::longValue).sum());
    }

    /** The folder, for messages. */
    public Path folder() {
        return folder;
    }

    private void deleteOrphans() throws IOException {
        for (Path file : files(PART)) {
            Files.delete(file);
        }
        Set<Path> kept =
                files(NOTE).stream().flatMap(note -> picturesOf(note).stream()).collect(Collectors.toSet());
        for (Path paid : files(PAID)) {
            if (!kept.contains(paid)) {
                Files.delete(paid);
            }
        }
    }

    private List<Path> files(String ending) {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(file -> file.toString().endsWith(ending)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the spool folder " + folder, e);
        }
    }

    @Override
    public String toString() {
        return "Spool[" + folder + (lock.isValid() ? "" : ", lock lost") + "]";
    }
}
