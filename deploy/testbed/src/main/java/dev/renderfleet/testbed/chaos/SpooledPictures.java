package dev.renderfleet.testbed.chaos;

import dev.renderfleet.testbed.chaos.CallsInFlight.InFlightCall;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The paid images in a killed worker's spool, each with its note. */
final class SpooledPictures {

    private static final String NOTE = ".paid.note";

    private SpooledPictures() {}

    private record Note(String text, Instant written) {}

    /** The calls whose images are not in the spool. Images of earlier calls of the same job do not count. */
    static Set<InFlightCall> without(Path spool, Set<InFlightCall> out) {
        List<Note> notes = notes(spool);
        return out.stream()
                .filter(call -> notes.stream()
                        .noneMatch(note -> note.text().contains(call.jobId())
                                && note.written().isAfter(call.since())))
                .collect(Collectors.toSet());
    }

    private static List<Note> notes(Path spool) {
        if (!Files.exists(spool)) {
            return List.of();
        }
        List<Note> notes = new ArrayList<>();
        try (Stream<Path> files = Files.walk(spool)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(NOTE)).toList()) {
                notes.add(new Note(
                        Files.readString(file, StandardCharsets.UTF_8),
                        Files.getLastModifiedTime(file).toInstant()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the spool of a killed worker, " + spool, e);
        }
        return notes;
    }
}
