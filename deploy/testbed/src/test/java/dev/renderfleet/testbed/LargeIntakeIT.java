package dev.renderfleet.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.renderfleet.sandbox.SandboxProcess;
import dev.renderfleet.testbed.system.FleetSystem;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.AbstractList;
import java.util.Collections;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A million lines, more bytes than the scheduler has memory: a broken line and one of 50 MB are named, all others are stored. */
@Tag("long")
class LargeIntakeIT {

    private static final int LINES = 1_000_000;
    private static final int LINES_AT_ONCE = 1_000;
    private static final int BROKEN = 500_000;
    private static final int LARGE = 500_001;
    private static final int LARGE_BYTES = 50 << 20;
    private static final String PROMPT = "A vase on a table, ".repeat(8);
    private static final Duration DONE_WITHIN = Duration.ofMinutes(15);

    @Test
    void aMillionLinesAreStoredBesideABrokenAndALargeOne() throws Exception {
        try (var sandbox = SandboxProcess.start("--without", "s3", "--without", "simulators");
                var system = FleetSystem.begin(TestFleet.paths("large-intake"), false, _ -> {});
                var http = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .build()) {
            var scheduler = system.startScheduler("scheduler", FleetSystem.schedulerEnvironment(sandbox.endpoints()));
            system.awaitReady(scheduler);
            URI jobs = URI.create("http://127.0.0.1:" + scheduler.httpPort() + "/v1/jobs");

            long begun = System.nanoTime();
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(jobs)
                            .timeout(DONE_WITHIN)
                            .header("content-type", "application/x-ndjson")
                            .POST(BodyPublishers.ofInputStream(LargeIntakeIT::body))
                            .build(),
                    BodyHandlers.ofString());
            Duration took = Duration.ofNanos(System.nanoTime() - begun);
            System.out.printf("%,d lines in %d s%n", LINES, took.toSeconds());

            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            JsonNode result = new ObjectMapper().readTree(answer.body());
            assertThat(result.path("accepted").asInt()).isEqualTo(LINES - 2);
            assertThat(result.path("refused").asInt()).isEqualTo(2);
            JsonNode refusals = result.path("refusals");
            assertThat(refusals.path(0).path("line").asInt()).isEqualTo(BROKEN);
            assertThat(refusals.path(0).path("code").asText()).isEqualTo("malformed");
            assertThat(refusals.path(1).path("line").asInt()).isEqualTo(LARGE);
            assertThat(refusals.path(1).path("code").asText()).isEqualTo("too_large");
            system.awaitReady(scheduler);
        }
    }

    /** Made as it is read. */
    private static InputStream body() {
        return new SequenceInputStream(Collections.enumeration(new AbstractList<InputStream>() {
            @Override
            public InputStream get(int part) {
                return new ByteArrayInputStream(lines(part * LINES_AT_ONCE + 1));
            }

            @Override
            public int size() {
                return LINES / LINES_AT_ONCE;
            }
        }));
    }

    private static byte[] lines(int first) {
        var lines = new StringBuilder();
        for (int line = first; line < first + LINES_AT_ONCE; line++) {
            lines.append(
                            switch (line) {
                                case BROKEN -> "{\"tenant\":\"large\",";
                                case LARGE -> "x".repeat(LARGE_BYTES);
                                default ->
                                    "{\"tenant\":\"large\",\"idempotencyKey\":\"%d\",\"model\":\"nano-banana\",\"prompt\":\"%s\"}"
                                            .formatted(line, PROMPT);
                            })
                    .append('\n');
        }
        return lines.toString().getBytes(UTF_8);
    }
}
