package dev.renderfleet.testbed.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.testbed.chaos.CallsInFlight.InFlightCall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images in a killed worker's spool. */
class SpooledPicturesTest {

    private static final Instant KEPT = Instant.parse("2026-11-28T12:00:00Z");
    private static final InFlightCall ANSWERED = new InFlightCall("job-a", KEPT.minusSeconds(3));
    private static final InFlightCall CALLED_AGAIN = new InFlightCall("job-a", KEPT.plusSeconds(3));
    private static final InFlightCall OTHER = new InFlightCall("job-b", KEPT.minusSeconds(3));

    @TempDir
    Path spool = Path.of("set by JUnit");

    @Test
    void onlyTheCallWhosePictureWasKeptIsNotLost() throws IOException {
        Path folder = Files.createDirectories(spool.resolve("0"));
        Files.writeString(folder.resolve("owner"), "job-b");
        Path note = Files.writeString(folder.resolve("picture1.part.paid.note"), "{\"job\":\"job-a\"}");
        Files.setLastModifiedTime(note, FileTime.from(KEPT));

        assertThat(SpooledPictures.without(spool, Set.of(ANSWERED, OTHER))).containsExactly(OTHER);
        assertThat(SpooledPictures.without(spool, Set.of(CALLED_AGAIN))).containsExactly(CALLED_AGAIN);
    }

    @Test
    void aWorkerThatNeverHadASpoolHasLostAll() {
        assertThat(SpooledPictures.without(spool.resolve("none"), Set.of(ANSWERED)))
                .containsExactly(ANSWERED);
    }
}
