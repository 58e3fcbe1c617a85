package dev.renderfleet.worker.providers.comfy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.DrawnPicture;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.comfy.ComfyApi.Found;
import dev.renderfleet.worker.providers.wire.HttpResult.Answered;
import dev.renderfleet.worker.providers.wire.HttpResult.Lost;
import dev.renderfleet.worker.providers.wire.HttpResult.Refused;
import dev.renderfleet.worker.providers.wire.PollLoop.Poll;
import dev.renderfleet.worker.providers.wire.ResultDownloader;
import dev.renderfleet.worker.providers.wire.ResultDownloader.Download.Missing;
import dev.renderfleet.worker.providers.wire.ResultDownloader.Download.Picture;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Submits one task, at most once, and reads its state from the answers to polls. Not thread-safe. */
final class ComfyRun {

    private final ComfyApi api;
    private final UUID id;
    private final DrawRequest request;
    private final @Nullable JsonNode graph;
    /** What it means that the server does not know the task; null: it is to be submitted. */
    private @Nullable NotDrawn unknown;

    /** @param graph to submit if the server does not know the task; null: none */
    ComfyRun(ComfyApi api, UUID id, DrawRequest request, @Nullable JsonNode graph) {
        this.api = api;
        this.id = id;
        this.request = request;
        this.graph = graph;
    }

    /** Looks for the task once: submits it where the server does not know it, downloads its pictures where it has ended. */
    Poll ask() {
        return switch (api.find(id)) {
            case Found.Ended(JsonNode entry) -> ended(entry);
            case Found.Queued _ -> {
                unknown = lost();
                yield new Poll.Working(null);
            }
            case Found.Unknown _ -> unknown == null && graph != null ? submit(graph) : new Poll.Ended(unknown());
            case Found.Unasked(NotDrawn why) -> new Poll.Unreachable(why.retryAfter());
        };
    }

    private NotDrawn unknown() {
        return unknown == null ? lost() : unknown;
    }

    /** Queue and history are in the server's memory: it has restarted. The job draws again. */
    private NotDrawn lost() {
        return notDrawn(FailureKind.PROVIDER_FAULT, "TASK_LOST", "the task is neither in the queue nor in the history");
    }

    private Poll submit(JsonNode workflow) {
        switch (api.submit(id, workflow, request.timeout())) {
            case Answered answered -> {
                answered.close();
                unknown = lost();
            }
            case Refused refused
            when refused.status() < 500 -> {
                return new Poll.Ended(api.refusal(refused));
            }
            // It may be in the queue all the same: the next request shows it.
            case Refused refused -> unknown = api.refusal(refused);
            case Lost lost -> unknown = api.loss(lost);
        }
        return new Poll.Working(null);
    }

    /** Cancels it. */
    NotDrawn timedOut() {
        api.cancel(id);
        return notDrawn(FailureKind.UNKNOWN_OUTCOME, "TASK_TIMEOUT", "the task has not ended in time");
    }

    private Poll ended(JsonNode entry) {
        JsonNode status = entry.path("status");
        if (status.path("status_str").asText().equals("error")) {
            return new Poll.Ended(failure(status.path("messages")));
        }
        List<JsonNode> images = new ArrayList<>();
        for (JsonNode node : entry.path("outputs")) {
            for (JsonNode image : node.path("images")) {
                // Previews are of type temp.
                if (image.path("type").asText().equals("output")
                        && images.size() < request.output().count()) {
                    images.add(image);
                }
            }
        }
        return images.isEmpty()
                ? new Poll.Ended(notDrawn(FailureKind.NO_IMAGE, "NO_OUTPUTS", "the workflow has saved no image"))
                : download(images);
    }

    private NotDrawn failure(JsonNode messages) {
        for (JsonNode message : messages) {
            String event = message.path(0).asText();
            JsonNode data = message.path(1);
            if (event.equals("execution_interrupted")) {
                return notDrawn(FailureKind.PROVIDER_FAULT, "INTERRUPTED", "the task was canceled at the server");
            }
            if (event.equals("execution_error")) {
                String type = data.path("exception_type").asText();
                return notDrawn(
                        FailureKind.PROVIDER_FAULT,
                        type.contains("OutOfMemory") ? "OUT_OF_MEMORY" : "EXECUTION_ERROR",
                        "node %s (%s): %s: %s"
                                .formatted(
                                        data.path("node_id").asText(),
                                        data.path("node_type").asText(),
                                        type,
                                        data.path("exception_message").asText()));
            }
        }
        return notDrawn(FailureKind.PROVIDER_FAULT, "EXECUTION_ERROR", "the server names no cause");
    }

    private Poll download(List<JsonNode> images) {
        List<DrawnPicture> pictures = new ArrayList<>();
        for (JsonNode image : images) {
            switch (ResultDownloader.read(api.view(image))) {
                case Picture(DrawnPicture picture) -> pictures.add(picture);
                case Missing(FailureKind kind, String reason, String detail) -> {
                    pictures.forEach(picture -> picture.file().close());
                    // Out of reach, or the spool is: the next request finds the task again.
                    return kind == FailureKind.UNKNOWN_OUTCOME
                            ? new Poll.Unreachable(null)
                            : new Poll.Ended(notDrawn(kind, reason, detail));
                }
            }
        }
        return new Poll.Ended(new Drawn(pictures, Usage.NONE, null, id.toString()));
    }

    private NotDrawn notDrawn(FailureKind kind, String reason, String detail) {
        NotDrawn failure = api.notDrawn(kind, reason, detail);
        return new NotDrawn(kind, reason, failure.detail(), null, Usage.NONE, id.toString());
    }
}
