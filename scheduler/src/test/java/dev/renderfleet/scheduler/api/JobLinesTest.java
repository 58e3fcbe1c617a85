package dev.renderfleet.scheduler.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.wire.JobCodec;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobLinesTest {

    @Test
    void linesEndWithALineFeedOrTheBody() throws IOException {
        assertThat(lines("a\n\nb")).containsExactly("a", "", "b");
        assertThat(lines("a\n")).containsExactly("a");
        assertThat(lines("")).isEmpty();
    }

    /** Fifty megabytes in one line cost one megabyte, and the next line is read. */
    @Test
    void anEndlessLineIsCutAndTheNextOneIsRead() throws IOException {
        InputStream endless = new SequenceInputStream(Collections.enumeration(List.of(
                new ByteArrayInputStream("a\n".getBytes(UTF_8)),
                new ByteArrayInputStream(new byte[50 << 20]),
                new ByteArrayInputStream("\nb\n".getBytes(UTF_8)))));
        var lines = new JobLines(endless);

        assertThat(lines.next()).hasSize(1);
        assertThat(lines.next()).hasSize(JobCodec.BYTES_MAX + 1);
        assertThat(lines.next()).containsExactly('b');
        assertThat(lines.next()).isNull();
    }

    private static List<String> lines(String body) throws IOException {
        var lines = new JobLines(new ByteArrayInputStream(body.getBytes(UTF_8)));
        List<String> all = new ArrayList<>();
        for (byte[] line = lines.next(); line != null; line = lines.next()) {
            all.add(new String(line, UTF_8));
        }
        return all;
    }
}
