package dev.renderfleet.worker.providers.bfl;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.DrawnPicture;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.wire.HttpResult;
import dev.renderfleet.worker.providers.wire.HttpResult.Answered;
import dev.renderfleet.worker.providers.wire.HttpResult.Lost;
import dev.renderfleet.worker.providers.wire.HttpResult.Refused;
import dev.renderfleet.worker.providers.wire.PollLoop.Poll;
import dev.renderfleet.worker.providers.wire.Redactor;
import dev.renderfleet.worker.providers.wire.ResultDownloader;
import dev.renderfleet.worker.providers.wire.RetryHint;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of one task, as BFL says at each poll. The status decides, whatever the HTTP status beside it. Not thread-safe.
 */
final class BflTaskState {

    static final Duration ASK_TIMEOUT = Duration.ofSeconds(30);

    /** Of the result, which is paid for: also after the call's own time. */
    private static final Duration DOWNLOAD_TIMEOUT = Duration.ofMinutes(2);

    private static final Duration RETRY_AFTER_MAX = Duration.ofMinutes(1);

    /** Of a signed URL after its end. */
    private static final Set<Integer> EXPIRED = Set.of(403, 404, 410);

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
        HttpResult result = poll.get();
        JsonNode body = switch (result) {
            case Answered answered -> answered.json();
            case Refused refused -> refused.json();
            case Lost _ -> MissingNode.getInstance();
        };
        lastStatus = body.path("status").asText(body.path("state").asText(""));
        return switch (lastStatus) {
            case "" -> new Poll.Unreachable(retryAfter(result));
            case "Ready" -> download(body.path("result").path("sample").asText(""));
            case "Request Moderated" -> ended(FailureKind.INPUT_REFUSED, body);
            case "Content Moderated" -> ended(FailureKind.OUTPUT_REFUSED_REROLLABLE, body);
            case "Error", "Failed" -> ended(FailureKind.PROVIDER_FAULT, body);
            case "Task not found" -> ended(FailureKind.UNKNOWN_OUTCOME, body);
            // Pending, Reasoning, Generating, and what BFL will add: all others come before the end.
            default -> new Poll.Working(null);
        };
    }

    NotDrawn timedOut() {
        return notDrawn(FailureKind.UNKNOWN_OUTCOME, "TASK_TIMEOUT", "the task's last status is " + lastStatus);
    }

    /** Without a status: a gateway's answer, too many polls, or a refused key, which an operator may mend while the task goes on. */
    private static @Nullable Duration retryAfter(HttpResult result) {
        String header = result instanceof Refused refused ? refused.headers().get("Retry-After") : null;
        Duration wait = header == null ? null : RetryHint.fromSeconds(header);
        return wait == null || wait.compareTo(RETRY_AFTER_MAX) < 0 ? wait : RETRY_AFTER_MAX;
    }

    private Poll download(String sample) {
        if (sample.isEmpty()) {
            return invalid("NO_RESULT", "the task is Ready without a result");
        }
        return switch (downloader.download(sample, DOWNLOAD_TIMEOUT)) {
            case Answered picture -> drawn(picture);
            case Refused(int status, var _, String body) when EXPIRED.contains(status) -> expired(body);
            case Refused(int status, var _, String body)
            when status < 500 && status != 408 && status != 429 -> invalid("RESULT_HTTP_" + status, body);
            case Lost(FailureKind kind, String reason, String detail)
            when kind == FailureKind.RESULT_INVALID -> invalid(reason, detail);
            // Overloaded, or out of reach, or the spool is: the next poll names it again.
            case Refused _, Lost _ -> new Poll.Unreachable(null);
        };
    }

    private Poll drawn(Answered picture) {
        var file = picture.pictures().getFirst();
        if (file.bytes() == 0) {
            picture.close();
            return invalid("EMPTY_RESULT", "the result has no bytes");
        }
        String mime = Objects.requireNonNullElse(picture.headers().get("Content-Type"), "application/octet-stream");
        var drawn = new DrawnPicture(file, mime.replaceFirst(";.*", "").strip(), false);
        return new Poll.Ended(new Drawn(List.of(drawn), Usage.NONE, null, task.id(), task.usdMicros()));
    }

    /** The next poll may name a fresh address; a second one that has expired is the end. */
    private Poll expired(String body) {
        if (expired) {
            return new Poll.Ended(notDrawn(FailureKind.RESULT_EXPIRED, "RESULT_EXPIRED", body));
        }
        expired = true;
        return new Poll.Unreachable(null);
    }

    private Poll invalid(String reason, String detail) {
        return new Poll.Ended(notDrawn(FailureKind.RESULT_INVALID, reason, detail));
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
