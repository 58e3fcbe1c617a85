package dev.renderfleet.worker.providers.dashscope;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.wire.HttpResult;
import dev.renderfleet.worker.providers.wire.PollLoop.Poll;
import java.util.function.Supplier;

/** Reads the state of one task from the answers to polls. Not thread-safe. */
final class DashScopeTask {

    private final String id;
    private final Supplier<HttpResult> poll;
    private final Runnable cancel;
    private final DashScopeErrorMapper errorMapper;
    private final DashScopeOutput output;
    private String lastStatus = "PENDING";
    private boolean expired;

    /** @param cancel cancels a pending task; its failures are ignored */
    DashScopeTask(
            String id,
            Supplier<HttpResult> poll,
            Runnable cancel,
            DashScopeErrorMapper errorMapper,
            DashScopeOutput output) {
        this.id = id;
        this.poll = poll;
        this.cancel = cancel;
        this.errorMapper = errorMapper;
        this.output = output;
    }

    /** Polls once, and downloads the pictures if they are ready. */
    Poll ask() {
        try (HttpResult result = poll.get()) {
            JsonNode body = result.json().path("output");
            String status = body.path("task_status").asText("");
            if (status.isEmpty()) {
                return Poll.Unreachable.of(result);
            }
            lastStatus = status;
            return switch (status) {
                case "SUCCEEDED" -> download(body);
                case "FAILED" -> new Poll.Ended(withId(errorMapper.error(body, result.headers())));
                case "CANCELED" -> ended(FailureKind.PROVIDER_FAULT, "the task was canceled at the provider");
                // A task that has existed, for longer than tasks are kept, or of another account.
                case "UNKNOWN" -> ended(FailureKind.UNKNOWN_OUTCOME, "the provider does not know the task");
                // PENDING, RUNNING, SUSPENDED, and what may be added: all others come before the end.
                default -> new Poll.Working(null);
            };
        }
    }

    /** Cancels a pending task; the provider cancels no other. */
    NotDrawn timedOut() {
        if (lastStatus.equals("PENDING")) {
            cancel.run();
        }
        return output.notDrawn(
                FailureKind.UNKNOWN_OUTCOME, "TASK_TIMEOUT", "the task's last status is " + lastStatus, id);
    }

    private Poll download(JsonNode succeeded) {
        ModelAnswer answer = output.fetch(succeeded, id, expired);
        if (answer instanceof NotDrawn failure) {
            // The next poll names the pictures again, at fresh addresses; expired ones again are the end.
            boolean again = failure.kind() == FailureKind.RESULT_EXPIRED && !expired;
            expired |= again;
            if (again || failure.kind() == FailureKind.UNKNOWN_OUTCOME) {
                return new Poll.Unreachable(null);
            }
        }
        return new Poll.Ended(answer);
    }

    private Poll ended(FailureKind kind, String detail) {
        return new Poll.Ended(output.notDrawn(kind, lastStatus, detail, id));
    }

    private NotDrawn withId(NotDrawn failure) {
        return new NotDrawn(
                failure.kind(), failure.reason(), failure.detail(), failure.retryAfter(), failure.usage(), id);
    }
}
