package dev.renderfleet.worker.ledger;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.renderfleet.worker.ledger.StoredParts.StoredCall;
import dev.renderfleet.worker.ledger.StoredParts.StoredHistory;
import dev.renderfleet.worker.ledger.StoredParts.StoredLogEnd;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A ledger entry as JSON, version 1; {@code state} says which. Rules as in {@link StoredParts}. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "state")
@JsonSubTypes({
    @JsonSubTypes.Type(value = StoredEntry.Claimed.class, name = "claimed"),
    @JsonSubTypes.Type(value = StoredEntry.Parked.class, name = "parked"),
    @JsonSubTypes.Type(value = StoredEntry.Rendered.class, name = "rendered"),
    @JsonSubTypes.Type(value = StoredEntry.Failed.class, name = "failed")
})
sealed interface StoredEntry {

    int VERSION = 1;

    /** The entry. Throws {@link NullPointerException} naming a required field that is absent. */
    LedgerEntry read();

    static StoredEntry of(LedgerEntry entry) {
        String fingerprint = entry.fingerprint();
        StoredHistory history = StoredHistory.of(entry.history());
        return switch (entry) {
            case LedgerEntry.Claimed claimed ->
                new Claimed(
                        VERSION,
                        fingerprint,
                        claimed.owner(),
                        claimed.run(),
                        claimed.lease(),
                        StoredCall.of(claimed.pending()),
                        history,
                        claimed.tenant());
            case LedgerEntry.Parked parked ->
                new Parked(
                        VERSION,
                        fingerprint,
                        history,
                        parked.running() == null ? null : StoredCall.of(parked.running()),
                        parked.tenant());
            case LedgerEntry.Rendered rendered ->
                new Rendered(VERSION, fingerprint, rendered.record(), StoredOutcome.of(rendered.outcome()), history);
            case LedgerEntry.Failed failed ->
                new Failed(
                        VERSION,
                        fingerprint,
                        failed.record(),
                        failed.endedAt(),
                        StoredLogEnd.of(failed.logEnd()),
                        StoredOutcome.of(failed.outcome()),
                        history);
        };
    }

    record Claimed(
            int version,
            String fingerprint,
            String owner,
            String run,
            Duration lease,
            StoredCall pending,
            StoredHistory history,
            @Nullable String tenant)
            implements StoredEntry {
        public Claimed {
            Objects.requireNonNull(fingerprint, "fingerprint is missing");
            Objects.requireNonNull(owner, "owner is missing");
            Objects.requireNonNull(run, "run is missing");
            Objects.requireNonNull(lease, "lease is missing");
        }

        @Override
        public LedgerEntry.Claimed read() {
            return new LedgerEntry.Claimed(fingerprint, history.read(), owner, run, lease, pending.read(), tenant);
        }
    }

    record Parked(
            int version,
            String fingerprint,
            StoredHistory history,
            @Nullable StoredCall running,
            @Nullable String tenant)
            implements StoredEntry {
        public Parked {
            Objects.requireNonNull(fingerprint, "fingerprint is missing");
        }

        @Override
        public LedgerEntry.Parked read() {
            return new LedgerEntry.Parked(fingerprint, history.read(), running == null ? null : running.read(), tenant);
        }
    }

    record Rendered(int version, String fingerprint, String record, StoredOutcome outcome, StoredHistory history)
            implements StoredEntry {
        public Rendered {
            Objects.requireNonNull(fingerprint, "fingerprint is missing");
            Objects.requireNonNull(record, "record is missing");
        }

        @Override
        public LedgerEntry.Rendered read() {
            if (outcome instanceof StoredOutcome.Completed completed) {
                return new LedgerEntry.Rendered(fingerprint, history.read(), completed.read(), record);
            }
            throw new UnreadableEntryException("ledger entry: rendered without a completed outcome", null);
        }
    }

    record Failed(
            int version,
            String fingerprint,
            String record,
            Instant endedAt,
            @Nullable StoredLogEnd logEnd,
            StoredOutcome outcome,
            StoredHistory history)
            implements StoredEntry {
        public Failed {
            Objects.requireNonNull(fingerprint, "fingerprint is missing");
            Objects.requireNonNull(record, "record is missing");
            Objects.requireNonNull(endedAt, "endedAt is missing");
        }

        @Override
        public LedgerEntry.Failed read() {
            return new LedgerEntry.Failed(
                    fingerprint,
                    history.read(),
                    outcome.read(),
                    record,
                    endedAt,
                    logEnd == null ? null : logEnd.read());
        }
    }
}
