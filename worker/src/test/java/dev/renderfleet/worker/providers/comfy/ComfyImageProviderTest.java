package dev.renderfleet.worker.providers.comfy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFolders;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.ModelAnswer.StillRunning;
import dev.renderfleet.worker.providers.wire.ScriptedServer;
import dev.renderfleet.worker.providers.wire.ScriptedServer.Request;
import dev.renderfleet.worker.providers.wire.ScriptedServer.Script;
import dev.renderfleet.worker.providers.wire.WireLimits;
import java.io.IOException;
import java.net.Socket;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a scripted server: its answers to each kind of request in order; the last one of a kind is repeated. */
class ComfyImageProviderTest {

    private static final byte[] PICTURE = {1, 2, 3, 4, 5};

    /** Follows from the attempt for ever: a worker of another version may resume the task. */
    private static final String TASK = "b1029241-c1e8-30f2-b469-b275efc091ea";

    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-30T12:00:00Z"));
    /** Requests and recorded tasks in the order they came. */
    private final List<String> log = new CopyOnWriteArrayList<>();

    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final Deque<Script> history = new ArrayDeque<>();
    private final Deque<Script> queue = new ArrayDeque<>(List.of(queued("")));
    private Script submission = ScriptedServer.says(200, "{\"prompt_id\":\"x\",\"number\":1,\"node_errors\":{}}");
    private Script cancel = ScriptedServer.says(200, "{\"cancelled\":true}");

    @TempDir
    Path temp;

    private ScriptedServer server;

    /** Those of the tests, by model. */
    static Path workflows() {
        try {
            return Path.of(Objects.requireNonNull(ComfyImageProviderTest.class.getResource("workflows"))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static ComfyWorkflow workflow(String model) {
        return Objects.requireNonNull(ComfyWorkflow.readAll(workflows()).get(model));
    }

    @BeforeEach
    void start() {
        server = new ScriptedServer(this::answer);
    }

    @AfterEach
    void stop() {
        server.close();
        assertThat(SpoolFolders.files(temp.resolve("spool")))
                .as("left in the spool")
                .isEmpty();
    }

    private ComfyImageProvider comfy(@Nullable String key) {
        var spool = Spool.open(temp.resolve("spool"));
        var settings = new ComfyServer(server.url(), key, workflows(), Set.of("inpaint"));
        return new ComfyImageProvider(spool, settings, WireLimits.DEFAULT, clock, wait -> {
            clock.advance(wait);
            return true;
        });
    }

    private synchronized void answer(Request request, Socket connection) throws Exception {
        requests.add(request);
        String line = request.line().replaceFirst(" HTTP.*", "").replace(TASK, "ID");
        log.add(line.replaceFirst("\\?.*", ""));
        Script script = switch (line.replaceFirst("\\?.*", "")) {
            case "GET /history/ID" -> next(history);
            case "GET /queue" -> next(queue);
            case "POST /prompt" -> submission;
            case "POST /upload/image" ->
                ScriptedServer.says(200, "{\"name\":\"photo.png\",\"subfolder\":\"renderfleet\",\"type\":\"input\"}");
            case "GET /view" -> ScriptedServer.says(200, "image/png", PICTURE);
            case "POST /api/jobs/ID/cancel" -> cancel;
            default -> ScriptedServer.says(200, "{}");
        };
        script.answer(request, connection);
    }

    private static Script next(Deque<Script> scripts) {
        return scripts.size() > 1 ? scripts.removeFirst() : scripts.getFirst();
    }

    private static Script queued(String id) {
        return ScriptedServer.says(
                200, "{\"queue_running\":[[1,\"other\",{},{},[]]],\"queue_pending\":[[2,\"" + id + "\",{},{},[]]]}");
    }

    private static Script nothing() {
        return ScriptedServer.says(200, "{}");
    }

    private static Script ended() {
        return ScriptedServer.says(200, """
            {"%s":{"outputs":{"7":{"images":[{"filename":"a b.png","subfolder":"renderfleet","type":"output"}]}},
             "status":{"status_str":"success","completed":true,"messages":[]}}}\
            """.formatted(TASK));
    }

    private static DrawRequest request(String model, ReferencePicture... references) {
        return new DrawRequest(
                model,
                "a red lamp",
                List.of(references),
                Output.DEFAULT,
                null,
                null,
                7L,
                null,
                Duration.ofMinutes(2),
                "job-1/1");
    }

    private ModelAnswer draw(ReferencePicture... references) {
        String model = references.length == 0 ? "text-to-image" : "two-images";
        return comfy(null).draw(request(model, references), task -> log.add("task " + task.replace(TASK, "ID")));
    }

    private static void assertDrawn(ModelAnswer answer) {
        assertThat(answer).isInstanceOfSatisfying(Drawn.class, drawn -> {
            assertThat(drawn.pictures()).hasSize(1);
            assertThat(drawn.pictures().getFirst().file().path()).hasBinaryContent(PICTURE);
            assertThat(drawn.pictures().getFirst().claimedMime()).isEqualTo("image/png");
            assertThat(drawn.responseId()).isEqualTo(TASK);
            drawn.close();
        });
    }

    private JsonNode submitted() throws IOException {
        Request submission = requests.stream()
                .filter(request -> request.line().startsWith("POST /prompt"))
                .findFirst()
                .orElseThrow();
        return new JsonMapper().readTree(submission.body());
    }

    @Test
    void recordsTheTaskThenAsksAndSubmitsWhatTheServerDoesNotKnow() throws IOException {
        history.addAll(List.of(nothing(), nothing(), nothing(), nothing(), ended()));
        queue.addAll(List.of(queued(TASK)));

        assertDrawn(draw());

        assertThat(log)
                .containsExactly(
                        "GET /history/ID",
                        "task ID",
                        "GET /history/ID",
                        "GET /queue",
                        "GET /history/ID",
                        "POST /prompt",
                        "GET /history/ID",
                        "GET /queue",
                        "GET /history/ID",
                        "GET /view");
        assertThat(submitted().path("prompt_id").asText()).isEqualTo(TASK);
        assertThat(submitted().at("/prompt/2/inputs/text").asText()).isEqualTo("a red lamp");
        assertThat(requests.getLast().line()).contains("filename=a%20b.png", "subfolder=renderfleet", "type=output");
        assertThat(requests).allSatisfy(request -> assertThat(request.headers()).doesNotContainKey("authorization"));
    }

    @Test
    void aTaskThatTheServerKnowsIsNotSubmittedAgain() {
        history.addAll(List.of(nothing(), nothing(), ended()));
        queue.clear();
        queue.add(queued(TASK));

        assertDrawn(draw());
        assertThat(log).doesNotContain("POST /prompt");
    }

    /** Between the requests for history and queue. */
    @Test
    void aTaskThatEndsWhileItIsLookedForIsFound() {
        history.addAll(List.of(nothing(), nothing(), ended()));

        assertDrawn(draw());
        assertThat(log).doesNotContain("POST /prompt");
    }

    @Test
    void aSubmissionThatAGatewayGaveUpOnMayBeInTheQueueAllTheSame() {
        history.addAll(List.of(nothing(), nothing(), nothing(), ended()));
        submission = ScriptedServer.says(504, "text/html", "<html>".getBytes(StandardCharsets.UTF_8));

        assertDrawn(draw());
        assertThat(log).containsOnlyOnce("POST /prompt");
    }

    @Test
    void aTaskThatAServerForgotIsAnOutcomeOfItsOwn() {
        history.add(nothing());
        queue.addAll(List.of(queued(TASK), queued("")));

        assertThat(draw()).isInstanceOfSatisfying(NotDrawn.class, lost -> {
            assertThat(lost.kind()).isEqualTo(FailureKind.PROVIDER_FAULT);
            assertThat(lost.reason()).isEqualTo("TASK_LOST");
        });
        assertThat(log).containsOnlyOnce("POST /prompt");
    }

    @Test
    void aResumeDoesNotSubmitWhatItHasSeenInTheQueue() {
        history.add(nothing());
        queue.clear();
        queue.addAll(List.of(queued(TASK), queued("")));

        assertThat(comfy(null).resume(TASK, request("text-to-image")))
                .isInstanceOfSatisfying(
                        NotDrawn.class, lost -> assertThat(lost.reason()).isEqualTo("TASK_LOST"));
        assertThat(log).doesNotContain("POST /prompt");
    }

    /** The uploaded files may be lost as well: the job's next attempt uploads them again. */
    @Test
    void aResumeDoesNotSubmitAWorkflowWithReferences() {
        history.add(nothing());

        assertThat(comfy(null).resume(TASK, request("two-images")))
                .isInstanceOfSatisfying(
                        NotDrawn.class, lost -> assertThat(lost.reason()).isEqualTo("TASK_LOST"));
        assertThat(log).doesNotContain("POST /prompt");
    }

    @Test
    void noTaskIsSubmittedWhileTheServerDoesNotSayWhatItKnows() {
        history.add(nothing());
        queue.clear();
        queue.add(ScriptedServer.says(200, "{\"error\":\"maintenance\"}"));

        assertThat(draw()).isInstanceOf(StillRunning.class);
        assertThat(log).doesNotContain("POST /prompt");
    }

    @Test
    void uploadsReferencesBeforeTheTaskIsRecorded() throws IOException {
        Path file = Files.write(temp.resolve("photo"), PICTURE);
        var photo = new ReferencePicture(file, "image/png", PICTURE.length, ReferenceRole.PRODUCT);
        history.addAll(List.of(nothing(), nothing(), nothing(), ended()));

        assertDrawn(draw(photo, photo));

        assertThat(log.subList(0, 4))
                .containsExactly("GET /history/ID", "POST /upload/image", "POST /upload/image", "task ID");
        assertThat(requests.get(1).body())
                .contains(
                        "name=\"image\"; filename=\"74f81fe167d99b4cb41d6d0ccda82278caee9f3e2f25d5e5a3936ff3dcec60d0.png\"")
                .contains("Content-Type: image/png");
        assertThat(submitted().at("/prompt/3/inputs/image").asText()).isEqualTo("renderfleet/photo.png");
        assertThat(submitted().at("/prompt/4/inputs/text").asText()).isEqualTo("photo, a red lamp");
    }

    @Test
    void aRefusedNodeIsNamed() {
        history.add(nothing());
        submission = ScriptedServer.says(400, """
            {"error":{"type":"prompt_outputs_failed_validation","message":"Prompt outputs failed validation",
              "details":"Value not in list: ckpt_name","extra_info":{}},
             "node_errors":{"1":{"class_type":"CheckpointLoaderSimple","errors":[]}}}\
            """);

        assertThat(draw()).isInstanceOfSatisfying(NotDrawn.class, refused -> {
            assertThat(refused.kind()).isEqualTo(FailureKind.REQUEST_INVALID);
            assertThat(refused.reason()).isEqualTo("prompt_outputs_failed_validation");
            assertThat(refused.detail()).contains("ckpt_name", "CheckpointLoaderSimple");
        });
    }

    @Test
    void aTaskThatTakesTooLongIsCanceledByItsIdOnly() {
        history.add(nothing());
        queue.add(queued(TASK));
        cancel = ScriptedServer.says(404, "{}");

        assertThat(draw()).isInstanceOfSatisfying(NotDrawn.class, late -> {
            assertThat(late.kind()).isEqualTo(FailureKind.UNKNOWN_OUTCOME);
            assertThat(late.reason()).isEqualTo("TASK_TIMEOUT");
        });
        // An older server, which knows no other way that could not hit the task of another client.
        assertThat(log).endsWith("POST /api/jobs/ID/cancel", "POST /queue").doesNotContain("POST /interrupt");
        assertThat(requests.getLast().body()).isEqualTo("{\"delete\":[\"" + TASK + "\"]}");
    }

    @Test
    void aModelWithoutAWorkflowOrWithAnotherNumberOfReferencesCallsNothing() {
        var photo = new ReferencePicture(temp, "image/png", 1, ReferenceRole.PRODUCT);

        assertThat(List.of(comfy(null).draw(request("other"), task -> {}), draw(photo)))
                .allSatisfy(answer -> assertThat(answer)
                        .isInstanceOfSatisfying(
                                NotDrawn.class,
                                unfit -> assertThat(unfit.kind()).isEqualTo(FailureKind.REQUEST_INVALID)));
        assertThat(log).isEmpty();
    }

    @Test
    void aModelWithoutAWorkflowStopsTheStart() {
        var settings = new ComfyServer(server.url(), null, workflows(), Set.of("packshot"));

        assertThatThrownBy(() -> new ComfyImageProvider(
                        Spool.open(temp.resolve("spool")), settings, WireLimits.DEFAULT, clock, _ -> true))
                .hasMessageContaining("the model packshot has no workflow")
                .hasMessageContaining("packshot.json");
    }

    @Test
    void otherTextsAreNoTasks() {
        assertThat(comfy("k").resume("../queue", request("text-to-image")))
                .isInstanceOfSatisfying(
                        NotDrawn.class, answer -> assertThat(answer.reason()).isEqualTo("TASK_UNREADABLE"));
        assertThat(log).isEmpty();
    }

    @Test
    void aProxyBeforeTheServerGetsItsKey() {
        history.add(ended());

        assertDrawn(comfy(" proxy-key ").resume(TASK, request("text-to-image")));
        assertThat(requests)
                .allSatisfy(
                        request -> assertThat(request.headers()).containsEntry("authorization", "Bearer proxy-key"));
    }
}
