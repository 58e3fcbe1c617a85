package dev.renderfleet.worker.providers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFolders;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.wire.ScriptedServer;
import dev.renderfleet.worker.providers.wire.ScriptedServer.Request;
import dev.renderfleet.worker.providers.wire.ScriptedServer.Script;
import dev.renderfleet.worker.storage.Pause;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** An adapter with tasks against a scripted provider: one answer to the call, then answers to polls and downloads; the last one is repeated. */
public abstract class TaskProviderFixture {

    protected static final String KEY = "test-key-that-must-never-show";
    protected static final byte[] PICTURE = {1, 2, 3, 4, 5};

    protected final SettableClock clock = new SettableClock(Instant.parse("2026-11-30T12:00:00Z"));
    protected final List<Duration> pauses = new CopyOnWriteArrayList<>();
    /** Requests and recorded tasks in the order they came. */
    protected final List<String> log = new CopyOnWriteArrayList<>();

    protected final List<Request> requests = new CopyOnWriteArrayList<>();
    protected final Deque<Script> polls = new ArrayDeque<>();
    protected final Deque<Script> results = new ArrayDeque<>();

    @TempDir
    protected Path temp;

    protected Script call = says("{}");
    protected ScriptedServer server;
    protected ImageProvider provider;

    protected abstract ImageProvider provider(Spool spool, URI url, Pause pause);

    /** The answer to a request for that path, which has no query. */
    protected abstract Script script(String path);

    @BeforeEach
    void startServer() {
        server = new ScriptedServer(this::answer);
        provider = provider(server.url());
    }

    protected final ImageProvider provider(URI url) {
        return provider(Spool.open(temp.resolve("spool")), url, wait -> {
            pauses.add(wait);
            clock.advance(wait);
            return true;
        });
    }

    @AfterEach
    void stopServer() {
        server.close();
        assertThat(SpoolFolders.files(temp.resolve("spool")))
                .as("left in the spool")
                .isEmpty();
    }

    private synchronized void answer(Request request, Socket connection) throws Exception {
        requests.add(request);
        String[] line = request.line().split(" ", -1);
        String path = line[1].replaceFirst("\\?.*", "");
        log.add(line[0] + " " + path);
        script(path).answer(request, connection);
    }

    protected static Script next(Deque<Script> scripts) {
        return scripts.size() > 1 ? scripts.removeFirst() : scripts.getFirst();
    }

    protected static Script says(String json) {
        return ScriptedServer.says(200, json);
    }

    protected static DrawRequest request(String model, Output output, ReferencePicture... references) {
        return new DrawRequest(
                model,
                "a red lamp",
                List.of(references),
                output,
                null,
                null,
                7L,
                null,
                Duration.ofMinutes(2),
                "job-1/1");
    }

    protected final ModelAnswer draw(DrawRequest request) {
        ModelAnswer answer = provider.draw(request, task -> log.add("task " + task));
        assertThat(answer.toString()).doesNotContain(KEY).doesNotContain("s3cret");
        return answer;
    }

    protected final ReferencePicture reference(String content, ReferenceRole role) throws IOException {
        Path file = Files.writeString(temp.resolve(role.name()), content);
        return new ReferencePicture(file, "image/png", content.length(), role);
    }

    protected static String base64(String content) {
        return Base64.getEncoder().encodeToString(content.getBytes(StandardCharsets.US_ASCII));
    }
}
