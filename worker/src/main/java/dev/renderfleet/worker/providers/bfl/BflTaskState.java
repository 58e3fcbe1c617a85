package dev.renderfleet.worker.providers.bfl;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.DrawnPicture;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.wire.HttpResult;
import dev.renderfleet.worker.providers.wire.PollLoop.Poll;
import dev.renderfleet.worker.providers.wire.Redactor;
import dev.renderfleet.worker.providers.wire.ResultDownloader;
import dev.renderfleet.worker.providers.wire.ResultDownloader.Download.Missing;
import dev.renderfleet.worker.providers.wire.ResultDownloader.Download.Picture;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * Reads the state of one task from the answers to polls. The status in the body decides, not the HTTP status. Not thread-safe.
 */
final class BflTaskState {

    static final Duration ASK_TIMEOUT = Duration.ofSeconds(30);

    private final BflTask task;
    private final Redactor redactor;
    private final ResultDownloader downloader;
    private final Supplier<HttpResult> poll;
    private String lastStatus = "Pending";
    private boolean expired;

    BflTaskState(BflTask task, Redactor redactor, ResultDownloader downloader, Supplier<HttpResult> poll) {
        this.task = task;
        this.redactor = redactor;
        this.downloader = downloader;
        this.poll = poll;
    }

    /** Polls once, and downloads the result if it is ready. */
    Poll ask() {
        try (HttpResult result = poll.get()) {
            JsonNode body = result.json();
            lastStatus = body.path("status").asText(body.path("state").asText(""));
            return switch (lastStatus) {
                // A gateway's answer, too many polls, or a refused key.
                case "" -> Poll.Unreachable.of(result);
                case "Ready" -> download(body.path("result").path("sample").asText(""));
                case "Request Moderated" -> ended(FailureKind.INPUT_REFUSED, body);
                case "Content Moderated" -> ended(FailureKind.OUTPUT_REFUSED_REROLLABLE, body);
                case "Error", "Failed" -> ended(FailureKind.PROVIDER_FAULT, body);
                case "Task not found" -> ended(FailureKind.UNKNOWN_OUTCOME, body);
                // Pending, Reasoning, Generating, and what BFL will add: all others come before the end.
                default -> new Poll.Working(null);
            };
        }
    }

    NotDrawn timedOut() {
        return notDrawn(FailureKind.UNKNOWN_OUTCOME, "TASK_TIMEOUT", "the task's last status is " + lastStatus);
    }

    private Poll download(String sample) {
        if (sample.isEmpty()) {
            String detail = "the task is Ready without a result";
            return new Poll.Ended(notDrawn(FailureKind.RESULT_INVALID, "NO_RESULT", detail));
        }
        return switch (downloader.download(sample)) {
            case Picture(DrawnPicture picture) ->
                new Poll.Ended(new Drawn(List.of(picture), Usage.NONE, null, task.id(), task.usdMicros()));
            case Missing(FailureKind kind, String reason, String detail)
            when kind == FailureKind.RESULT_INVALID || (kind == FailureKind.RESULT_EXPIRED && expired) ->
                new Poll.Ended(notDrawn(kind, reason, detail));
            // The next poll names the result again, at a fresh address.
            case Missing(FailureKind kind, var _, var _) -> {
                expired |= kind == FailureKind.RESULT_EXPIRED;
                yield new Poll.Unreachable(null);
            }
        };
    }

    private Poll ended(FailureKind kind, JsonNode body) {
        String reason = lastStatus.toUpperCase(Locale.ROOT).replace(' ', '_');
        JsonNode details = body.path("details");
        return new Poll.Ended(
                notDrawn(kind, reason, details.isMissingNode() || details.isNull() ? lastStatus : details.toString()));
    }

    private NotDrawn notDrawn(FailureKind kind, String reason, String detail) {
        return new NotDrawn(kind, reason, redactor.redact(detail), null, Usage.NONE, task.id(), task.usdMicros());
    }
}
