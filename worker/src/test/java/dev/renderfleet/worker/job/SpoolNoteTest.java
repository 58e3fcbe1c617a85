package dev.renderfleet.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.EventParts.RenditionFile;
import dev.renderfleet.worker.ledger.FinalUpdate;
import dev.renderfleet.worker.ledger.LedgerCodec;
import dev.renderfleet.worker.ledger.LedgerEntry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A note that an earlier version left beside a paid picture. The golden file is kept for ever. */
class SpoolNoteTest {

    private static final String JOB = "0629c4e90059b6ecd820f0d503f0a280396e4332";
    private static final String SHA256 = "a".repeat(64);
    private static final Image IMAGE = new Image(
            "renderfleet",
            "assets/acme/" + JOB + "/" + SHA256 + ".png",
            SHA256,
            1_048_576,
            "image/png",
            1024,
            1024,
            List.of(new RenditionFile("thumb", "assets/t.jpg", "b".repeat(64), 99, "image/jpeg", 64, 64)));

    @Test
    void everyNoteEverWrittenIsRead() throws IOException {
        SpoolNote note = SpoolNote.read(golden());

        assertThat(note.image().read()).isEqualTo(IMAGE);
        assertThat(note.finalUpdate().job()).isEqualTo(JOB);
        assertThat(note.finalUpdate().etag()).isEqualTo("\"5d41402abc4b2a76b9719d911017c592\"");
        assertThat(new LedgerCodec().decode(note.finalUpdate().entry())).isInstanceOf(LedgerEntry.Rendered.class);
        assertThat(new ObjectMapper().readTree(note.json())).isEqualTo(new ObjectMapper().readTree(golden()));
    }

    @Test
    void theNoteOfAnAnswerWithSeveralImagesNamesEach() throws IOException {
        SpoolNote note = SpoolNote.read(golden("spool-note-several"));

        assertThat(note.images()).extracting(Image::sha256).containsExactly("a".repeat(64), "c".repeat(64));
        assertThat(new ObjectMapper().readTree(note.json()))
                .isEqualTo(new ObjectMapper().readTree(golden("spool-note-several")));
    }

    /** A worker of an earlier version starts on the disk of a later one: the paid picture is stored. */
    @Test
    void fieldsOfALaterVersionAreIgnored() throws IOException {
        ObjectNode later = (ObjectNode) new ObjectMapper().readTree(golden());
        later.put("later", 1);
        ((ObjectNode) later.get("image")).put("later", 1);
        ((ObjectNode) later.get("finalUpdate")).put("later", 1);

        assertThat(SpoolNote.read(later.toString())).isEqualTo(SpoolNote.read(golden()));
    }

    /** Those of ledger entries have their own test. */
    @Test
    void hasNoPartOfAnEvent() {
        assertThat(SpoolNote.class.getRecordComponents())
                .noneMatch(part -> part.getGenericType().getTypeName().contains(".contracts."));
    }

    @Test
    void isReadAsWritten() throws IOException {
        SpoolNote note = SpoolNote.of(List.of(IMAGE), new FinalUpdate(JOB, "etag", "{}"));

        assertThat(SpoolNote.read(note.json())).isEqualTo(note);
    }

    private static String golden() throws IOException {
        return golden("spool-note");
    }

    private static String golden(String name) throws IOException {
        String path = "/golden/v1/" + name + ".json";
        try (InputStream file = Objects.requireNonNull(SpoolNoteTest.class.getResourceAsStream(path), path)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
