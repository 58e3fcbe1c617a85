package dev.renderfleet.worker.providers.gemini;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFolders;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.TaskLog;
import dev.renderfleet.worker.providers.wire.ScriptedServer;
import dev.renderfleet.worker.providers.wire.WireLimits;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Shared by the adapter's tests: small limits, a fixed clock, an API key to search for. */
final class GeminiFixture {

    static final String KEY = "AIzaSyTestKeyThatMustNeverShow";
    /** 05:00 in California, daylight-saving time. */
    static final Instant NOW = Instant.parse("2026-07-01T12:00:00Z");

    static final WireLimits LIMITS = new WireLimits(Duration.ofSeconds(2), 100_000, 4, 50_000);

    private final Path folder;

    GeminiFixture(Path temp) {
        this.folder = temp.resolve("spool");
    }

    GeminiImageModel model(URI url) {
        return new GeminiImageModel(Spool.open(folder), url, GoogleAccount.developerApi(KEY), LIMITS, () -> NOW);
    }

    Path spoolFolder() {
        return folder;
    }

    static DrawRequest request(Duration timeout) {
        return new DrawRequest(
                "gemini-nano-banana-2.1",
                "a red lamp",
                List.of(),
                Output.of("16:9", OutputSize.K1),
                null,
                null,
                null,
                null,
                timeout,
                "job/1");
    }

    /** Draws once against the script; the server must have seen exactly one request and the spool must be empty again. */
    NotDrawn refused(ScriptedServer.Script script) {
        return refused(script, request(Duration.ofSeconds(20)));
    }

    NotDrawn refused(ScriptedServer.Script script, DrawRequest request) {
        try (var server = new ScriptedServer(script)) {
            ModelAnswer answer = inVirtualThread(() -> model(server.url()).draw(request, TaskLog.NONE));
            assertThat(answer).isInstanceOf(NotDrawn.class);
            assertThat(server.requests()).as("requests").isEqualTo(1);
            assertSpoolEmpty();
            assertThat(answer.toString()).doesNotContain(KEY);
            return (NotDrawn) answer;
        }
    }

    void assertSpoolEmpty() {
        assertThat(spooled()).isEmpty();
    }

    List<Path> spooled() {
        return SpoolFolders.files(folder);
    }

    /** As in the worker. */
    static <T> T inVirtualThread(Callable<T> call) {
        var task = new FutureTask<T>(call);
        Thread.startVirtualThread(task);
        try {
            return task.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    static final String USAGE = """
            "usageMetadata":{"promptTokenCount":10,"toolUsePromptTokenCount":3,"candidatesTokenCount":1120,\
            "thoughtsTokenCount":7,"totalTokenCount":1140}""";

    /** An answer with these parts. */
    static String answer(String parts, String finishReason) {
        return """
                {"candidates":[{"content":{"role":"model","parts":[%s]},"finishReason":"%s","index":0}],%s,
                 "modelVersion":"gemini-nano-banana-2.1","responseId":"r-1"}""".formatted(parts, finishReason, USAGE);
    }

    static String picturePart(byte[] bytes, String more) {
        return """
                {"inlineData":{"mimeType":"image/png","data":"%s"}%s}""".formatted(base64(bytes), more);
    }
}
