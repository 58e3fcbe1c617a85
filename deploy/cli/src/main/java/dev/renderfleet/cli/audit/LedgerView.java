package dev.renderfleet.cli.audit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A ledger entry, as far as an audit needs it. Ignores all other fields. */
public sealed interface LedgerView {

    /** Prefix of ledger entries. */
    String PREFIX = "ledger/";

    /**
     * A worker has claimed the job.
     *
     * @param preparedAt when its call was prepared
     * @param pendingUsdMicros possible cost of that call; 0 if it was not sent
     * @param isTask whether the provider has accepted that call as a task, which another worker can resume
     */
    record Claimed(String owner, Instant preparedAt, long pendingUsdMicros, boolean isTask, List<UnknownCall> unknowns)
            implements LedgerView {}

    /** The job waits for a retry. */
    record Parked(List<UnknownCall> unknowns) implements LedgerView {}

    /**
     * The job has completed or failed.
     *
     * @param rendered whether it completed
     */
    record Terminal(boolean rendered, List<UnknownCall> unknowns) implements LedgerView {}

    /** The entry cannot be read. */
    record Unreadable(String why) implements LedgerView {}

    /** A call that may have been billed. */
    record UnknownCall(String model, long usdMicros) {}

    /** Key of a job's entry. */
    static String key(String jobId) {
        return PREFIX + jobId + ".json";
    }

    /** Job id of an entry's key. */
    static String jobOf(String key) {
        return key.substring(PREFIX.length()).replaceFirst("\\.json$", "");
    }

    /** Reads an entry. Never throws. */
    static LedgerView read(byte[] json) {
        try {
            JsonNode entry = new ObjectMapper().readTree(json);
            if (entry == null || !entry.path("history").path("attempts").isArray()) {
                return new Unreadable("no ledger entry");
            }
            List<UnknownCall> unknowns = unknowns(entry);
            String state = entry.path("state").asText();
            return switch (state) {
                case "claimed" ->
                    new Claimed(
                            entry.required("owner").asText(),
                            preparedAt(entry.path("pending")),
                            mayCost(entry.path("pending")),
                            entry.path("pending").hasNonNull("task"),
                            unknowns);
                case "parked" -> new Parked(unknowns);
                case "rendered" -> new Terminal(true, unknowns);
                case "failed" -> new Terminal(false, unknowns);
                default -> new Unreadable("unknown state '" + state + "'");
            };
        } catch (IOException | IllegalArgumentException | DateTimeParseException e) {
            return new Unreadable(firstLine(e.getMessage()));
        }
    }

    private static Instant preparedAt(JsonNode pending) {
        String at = pending.path("preparedAt").asText();
        return at.isEmpty() ? Instant.EPOCH : Instant.parse(at);
    }

    private static long mayCost(JsonNode pending) {
        return pending.path("stage").asText().equals("PREPARED")
                ? 0
                : pending.path("worstUsdMicros").asLong();
    }

    private static List<UnknownCall> unknowns(JsonNode entry) {
        List<UnknownCall> unknowns = new ArrayList<>();
        for (JsonNode attempt : entry.path("history").path("attempts")) {
            if (attempt.path("outcome").asText().equals("unknown_outcome")) {
                unknowns.add(new UnknownCall(
                        attempt.path("model").asText(),
                        attempt.path("usdMicros").asLong()));
            }
        }
        return unknowns;
    }

    private static String firstLine(@Nullable String message) {
        return message == null ? "unreadable" : message.lines().findFirst().orElse("unreadable");
    }
}
