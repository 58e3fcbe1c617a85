package dev.renderfleet.worker.inputs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.worker.inputs.Session.SessionPicture;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A session that an earlier version kept. The golden file is kept for ever. */
class SessionTest {

    private final ObjectMapper mapper = new ObjectMapper();

    @Test
    void everySessionEverWrittenIsRead() throws IOException {
        Session session = SessionStore.read(golden());

        assertThat(session.pictures())
                .extracting(SessionPicture::sha256)
                .containsExactly("b".repeat(64), "a".repeat(64), "c".repeat(64));
        assertThat(session.chars()).isEqualTo("A red vaseHere it is.Make it blue".length());
        assertThat(mapper.readTree(SessionStore.json(session))).isEqualTo(mapper.readTree(golden()));
    }

    @Test
    void fieldsOfALaterVersionAreIgnored() throws IOException {
        ObjectNode later = (ObjectNode) mapper.readTree(golden());
        later.put("later", 1);
        later.withObject("/turns/0").put("later", 1);
        later.withObject("/turns/0/picture").put("later", 1);
        later.withObject("/turns/0/reply/0").put("later", 1);

        assertThat(SessionStore.read(later.toString())).isEqualTo(SessionStore.read(golden()));
    }

    private static String golden() throws IOException {
        String path = "/golden/v1/session.json";
        try (InputStream file = Objects.requireNonNull(SessionTest.class.getResourceAsStream(path), path)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
