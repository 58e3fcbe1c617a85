package dev.renderfleet.worker.pictures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.worker.pictures.Spool.Kept;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SpoolTest {

    @TempDir
    Path root = Path.of("set by JUnit");

    @TempDir
    Path later = Path.of("set by JUnit");

    @Test
    void eachRunningProcessHasItsOwnFolder() {
        assertThat(Spool.open(root).folder()).isEqualTo(root.resolve("0"));
        assertThat(Spool.open(root).folder()).isEqualTo(root.resolve("1"));
    }

    /** With real processes, since a lock does not exclude its own process. */
    @Test
    void aKilledProcessFreesItsFolderWithTheKeptPictures() throws Exception {
        Process other = KeepsAndWaits.start(root);
        try {
            assertThat(other.inputReader(StandardCharsets.UTF_8).readLine())
                    .isEqualTo(root.resolve("0").toString());
            assertThat(Spool.open(root).folder()).isEqualTo(root.resolve("1"));
        } finally {
            other.destroyForcibly().waitFor();
        }

        Spool successor = Spool.open(root);

        assertThat(successor.folder()).isEqualTo(root.resolve("0"));
        assertThat(successor.recover()).singleElement().satisfies(kept -> {
            assertThat(kept.note()).isEqualTo("for whom it is");
            assertThat(Files.readString(kept.pictures().getFirst().path())).isEqualTo("a picture");
        });
        assertThat(SpoolFolders.files(root))
                .as("the picture and its note; what was only begun is gone")
                .hasSize(2);
    }

    /** As after a remount read-only. The tests run as root, which may write everywhere. */
    @Test
    void aFolderThatCannotBeWrittenHasNoRoomUntilItIsRepaired() throws IOException {
        Spool spool = Spool.open(root);
        Files.move(spool.folder(), root.resolve("away"));

        assertThat(spool.hasRoomFor(1)).isFalse();
        assertThat(spool.recheck(1)).contains("cannot write", spool.folder().toString(), "mount it writable");

        Files.move(root.resolve("away"), spool.folder());
        assertThat(spool.recheck(1)).isNull();
        assertThat(spool.hasRoomFor(1)).isTrue();
        assertThat(SpoolFolders.files(root)).isEmpty();
    }

    @Test
    void afterAFailedWriteThereIsNoRoomBeforeAWholeImageFits() throws IOException {
        Spool spool = Spool.open(root);
        spool.failed();
        assertThat(spool.hasRoomFor(0)).isFalse();
        Files.move(spool.folder(), root.resolve("away"));
        assertThat(spool.recheck(0)).isNotNull();
        Files.move(root.resolve("away"), spool.folder());

        assertThat(spool.hasRoomFor(0)).isFalse();
        assertThat(spool.recheck(0)).isNull();
        assertThat(spool.hasRoomFor(0)).isTrue();
    }

    /** Each call that a gap let through would lose its paid picture. */
    @Test
    void thereIsNoRoomWhileARecheckFails() throws InterruptedException {
        Spool spool = Spool.open(root);
        spool.failed();

        Thread check = Thread.ofPlatform().start(() -> spool.recheck(Integer.MAX_VALUE));
        while (check.isAlive()) {
            assertThat(spool.hasRoomFor(0)).isFalse();
        }

        check.join();
        assertThat(spool.recheck(0)).isNull();
        assertThat(spool.hasRoomFor(0)).isTrue();
    }

    @Test
    void aPictureWhoseNoteCannotBeWrittenLeavesNoOtherFile() throws IOException {
        Spool spool = Spool.open(root);
        SpoolFile picture = picture(spool);
        Files.createDirectory(Path.of(picture.path() + ".paid"));

        Spool.Kept kept = spool.keep(List.of(picture), "note");

        assertThat(SpoolFolders.files(root).stream()
                        .filter(file -> file.toString().endsWith(".part")))
                .containsExactly(picture.path());
        kept.done();
    }

    @Test
    void aFolderRecordsItsFormerOwners() {
        Spool spool = Spool.open(root);
        assertThat(spool.formerOwners()).isEmpty();
        spool.sign("worker-1/first");

        Spool successor = Spool.open(SpoolFolders.afterDeath(root, later));

        assertThat(successor.formerOwners()).containsExactly("worker-1/first");
        successor.sign("worker-1/second");
        assertThat(successor.formerOwners()).containsExactly("worker-1/second", "worker-1/first");
        for (int number = 3; number < 100; number++) {
            successor.sign("worker-1/" + number);
        }
        assertThat(successor.formerOwners()).hasSize(16).startsWith("worker-1/99", "worker-1/98");
    }

    @Test
    void doneDeletesBothFiles() throws IOException {
        Spool spool = Spool.open(root);
        Kept kept = spool.keep(List.of(picture(spool)), "note");
        assertThat(SpoolFolders.files(root)).hasSize(2);

        kept.done();

        assertThat(SpoolFolders.files(root)).isEmpty();
    }

    /** The picture is still stored; only a crash of the process would lose it. */
    @Test
    void aPictureWhoseNoteCannotBeWrittenIsKeptForThisProcess() throws IOException {
        Spool spool = Spool.open(root);
        SpoolFile picture = picture(spool);
        Files.createDirectories(Path.of(picture.path() + ".paid.note").resolve("in the way"));

        Kept kept = spool.keep(List.of(picture), "note");

        assertThat(kept.pictures().getFirst().path()).hasContent("a picture");
        kept.done();
        assertThat(kept.pictures().getFirst().path()).doesNotExist();
    }

    /** A crash between the two steps of {@code keep} or {@code done}. */
    @Test
    void aNoteOrPictureAloneIsIgnored() throws IOException {
        Spool spool = Spool.open(root);
        Kept withoutPicture = spool.keep(List.of(picture(spool)), "note");
        withoutPicture.pictures().getFirst().close();
        Files.delete(spool.keep(List.of(picture(spool)), "note").noteFile());

        Spool successor = Spool.open(SpoolFolders.afterDeath(root, later));

        assertThat(successor.recover()).isEmpty();
        assertThat(SpoolFolders.files(later))
                .as("a picture without a note is of no use")
                .allMatch(file -> file.toString().endsWith(".note"));
    }

    @Test
    void anUnreadableNoteIsKept() throws IOException {
        Spool spool = Spool.open(root);
        Files.write(spool.keep(List.of(picture(spool)), "note").noteFile(), new byte[] {(byte) 0xff});
        spool.keep(List.of(picture(spool)), "whole");

        Spool successor = Spool.open(SpoolFolders.afterDeath(root, later));

        assertThat(successor.recover()).extracting(Kept::note).containsExactly("whole");
        assertThat(SpoolFolders.files(later)).hasSize(4);
    }

    @Test
    void reportsAnUnwritableFolder() throws IOException {
        Path file = Files.createFile(root.resolve("file"));

        assertThatThrownBy(() -> Spool.open(file))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void reportsDiskSpace() {
        Spool spool = Spool.open(root);

        assertThat(spool.recheck(0)).isNull();
        assertThat(spool.recheck(Integer.MAX_VALUE)).contains(root.toString(), "make room");
        assertThat(spool.hasRoomFor(0)).isTrue();
        assertThat(spool.hasRoomFor(Integer.MAX_VALUE)).as("of 144 petabytes").isFalse();
    }

    @Test
    void countsFiles() throws IOException {
        Spool spool = Spool.open(root);
        assertThat(spool.usage()).isEqualTo(new Spool.Usage(0, 0));

        SpoolFile first = picture(spool);
        spool.keep(List.of(picture(spool)), "note");
        assertThat(spool.usage()).isEqualTo(new Spool.Usage(3, 9 + 9 + 4));

        first.close();
        assertThat(spool.usage()).isEqualTo(new Spool.Usage(2, 9 + 4));
    }

    private static SpoolFile picture(Spool spool) throws IOException {
        SpoolFile file = spool.newFile();
        Files.writeString(file.path(), "a picture");
        return file;
    }

    /** A child process that keeps one picture, begins another, prints its folder and waits to be killed. */
    static final class KeepsAndWaits {
        private KeepsAndWaits() {}

        static Process start(Path root) throws IOException {
            return new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            KeepsAndWaits.class.getName(),
                            root.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        }

        public static void main(String[] arguments) throws IOException {
            Spool spool = Spool.open(Path.of(arguments[0]));
            spool.keep(List.of(picture(spool)), "for whom it is");
            picture(spool);
            System.out.println(spool.folder());
            // Ends with its parent, should that die first.
            System.in.transferTo(java.io.OutputStream.nullOutputStream());
        }
    }
}
