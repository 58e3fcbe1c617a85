package dev.renderfleet.worker.providers.comfy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.TaskLog;
import dev.renderfleet.worker.providers.comfy.ComfyApi.Upload;
import dev.renderfleet.worker.providers.wire.PollLoop;
import dev.renderfleet.worker.providers.wire.PollLoop.Poll;
import dev.renderfleet.worker.providers.wire.ProviderHttp;
import dev.renderfleet.worker.providers.wire.Redactor;
import dev.renderfleet.worker.providers.wire.WireLimits;
import dev.renderfleet.worker.storage.Pause;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * Draws by workflows on a ComfyUI server. The task's id follows from the attempt and is recorded before the task is submitted. A
 * worker that resumes it asks the server first, and submits it only if the server does not know it (ADR 31).
 */
public final class ComfyImageProvider implements ImageProvider {

    private static final Duration POLL_FIRST = Duration.ofMillis(500);
    private static final Duration POLL_LONGEST = Duration.ofSeconds(5);
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Pattern TASK = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    private final @Nullable Map<String, ComfyWorkflow> workflows;
    private final ComfyWorkflow builtIn = ComfyWorkflow.builtIn();
    private final InstantSource clock;
    private final ComfyApi api;
    private final PollLoop loop;

    /**
     * Reads the workflows and opens no connection yet. Throws with the file's name if a workflow is wrong or missing.
     *
     * @param spool for the drawn pictures
     * @param pause between two polls
     */
    public ComfyImageProvider(Spool spool, ComfyServer server, WireLimits limits, InstantSource clock, Pause pause) {
        Path folder = server.workflows();
        this.workflows = folder == null ? null : workflows(folder, server.models());
        this.clock = clock;
        String key = server.key() == null || server.key().isBlank() ? "" : Redactor.checkedKey(server.key());
        HttpUrl base = HttpUrl.get(server.baseUrl().toString());
        this.api = new ComfyApi(base, key, new ProviderHttp(spool, limits), clock);
        this.loop = new PollLoop(pause, clock, POLL_FIRST, POLL_LONGEST);
    }

    private static Map<String, ComfyWorkflow> workflows(Path folder, Set<String> models) {
        Map<String, ComfyWorkflow> workflows = ComfyWorkflow.readAll(folder);
        for (String model : models) {
            if (!workflows.containsKey(model)) {
                throw new IllegalArgumentException(
                        "the model " + model + " has no workflow " + folder.resolve(model + ".json"));
            }
        }
        return workflows;
    }

    @Override
    public boolean hasTasks() {
        return true;
    }

    @Override
    public ModelAnswer draw(DrawRequest request, TaskLog tasks) {
        Instant deadline = clock.instant().plus(request.timeout());
        ComfyWorkflow workflow = workflow(request);
        String objection =
                workflow == null ? "there is no workflow " + request.model() + ".json" : workflow.objection(request);
        if (workflow == null || objection != null) {
            return api.notDrawn(FailureKind.REQUEST_INVALID, "UNSUPPORTED", objection);
        }
        UUID id = id(request);
        NotDrawn unreachable = api.unreachable(id);
        if (unreachable != null) {
            return unreachable;
        }
        List<String> files = new ArrayList<>();
        for (ReferencePicture reference : ComfyWorkflow.references(request)) {
            switch (api.upload(reference, left(deadline))) {
                case Upload.Done(String name) -> files.add(name);
                case Upload.Failed(NotDrawn why) -> {
                    return why;
                }
            }
        }
        tasks.accepted(id.toString());
        var run = new ComfyRun(api, id, request, workflow.of(id, request, files));
        // The server is asked once more, since another worker may have taken the job over and submitted the task
        // meanwhile.
        return run.ask() instanceof Poll.Ended(ModelAnswer answer)
                ? answer
                : loop.await(id.toString(), left(deadline), run::ask, run::timedOut);
    }

    /** The same attempt has the same id after a restart. */
    private static UUID id(DrawRequest request) {
        return UUID.nameUUIDFromBytes(request.attempt().getBytes(StandardCharsets.UTF_8));
    }

    private Duration left(Instant deadline) {
        Duration left = Duration.between(clock.instant(), deadline);
        return left.compareTo(SHORTEST) < 0 ? SHORTEST : left;
    }

    @Override
    public ModelAnswer resume(String task, DrawRequest request) {
        ComfyWorkflow workflow = workflow(request);
        if (workflow == null || !TASK.matcher(task).matches()) {
            return api.notDrawn(FailureKind.UNKNOWN_OUTCOME, "TASK_UNREADABLE", "not a task of this provider");
        }
        UUID id = UUID.fromString(task);
        JsonNode graph = workflow.readsFiles() ? null : workflow.of(id, request, List.of());
        var run = new ComfyRun(api, id, request, graph);
        return loop.await(task, request.timeout(), run::ask, run::timedOut);
    }

    private @Nullable ComfyWorkflow workflow(DrawRequest request) {
        return workflows == null ? builtIn : workflows.get(request.model());
    }
}
