package dev.renderfleet.worker.providers.gemini;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.worker.providers.wire.ScriptedServer;
import dev.renderfleet.worker.providers.wire.ScriptedServer.Script;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams 1.15 GB of pictures in and 0.3 GB of references out concurrently in a heap of 96 MB. */
class GeminiMemoryIT {

    @TempDir
    Path temp;

    @Test
    void sixtyFourPicturesOfEighteenMegabytesFitIntoNinetySixMegabytesOfHeap() throws Exception {
        // 9 KB of noise, base64 without padding, 2000 times: 18 MB
        byte[] noise = new byte[9_000];
        new Random(1).nextBytes(noise);
        byte[] chunk = GeminiFixture.base64(noise).getBytes(StandardCharsets.US_ASCII);
        String json = GeminiFixture.answer("{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"@\"}}", "STOP");
        byte[] before = json.substring(0, json.indexOf('@')).getBytes(StandardCharsets.UTF_8);
        byte[] after = json.substring(json.indexOf('@') + 1).getBytes(StandardCharsets.UTF_8);
        Script picture = (_, connection) -> {
            OutputStream out = connection.getOutputStream();
            long length = before.length + 2_000L * chunk.length + after.length;
            out.write(("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + length
                            + "\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.write(before);
            for (int i = 0; i < 2_000; i++) {
                out.write(chunk);
            }
            out.write(after);
            out.flush();
        };
        Path log = temp.resolve("client.log");
        try (var server = new ScriptedServer(picture)) {
            Process client = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx96m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            ManyPictures.class.getName(),
                            server.url().toString(),
                            temp.resolve("spool").toString())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            boolean ended = client.waitFor(5, TimeUnit.MINUTES);
            client.destroyForcibly();

            assertThat(Files.readString(log)).contains("64 of 64 whole");
            assertThat(ended).isTrue();
            assertThat(server.requests()).isEqualTo(ManyPictures.CALLS + ManyPictures.WARM_UPS);
        }
    }
}
