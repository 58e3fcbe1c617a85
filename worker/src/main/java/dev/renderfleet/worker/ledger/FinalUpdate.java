package dev.renderfleet.worker.ledger;

import java.util.Objects;

/**
 * The prepared update of a ledger entry after a paid answer, applied by this process or by a later one on the same disk: to its final
 * state, or between attempts if the job asks for more images.
 *
 * <p>Also a part of the spool's notes, so no component is renamed or removed.
 *
 * @param etag of the claim that it replaces
 * @param entry the new entry's JSON
 */
public record FinalUpdate(String job, String etag, String entry) {
    public FinalUpdate {
        Objects.requireNonNull(job, "finalUpdate.job is missing");
        Objects.requireNonNull(etag, "finalUpdate.etag is missing");
        Objects.requireNonNull(entry, "finalUpdate.entry is missing");
    }
}
