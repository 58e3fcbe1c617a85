package dev.renderfleet.worker.inputs;

import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.worker.ledger.Ledger;
import dev.renderfleet.worker.ledger.LedgerEntry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** The image that one job edits: the first one of its parent, by the parent's outcome in the ledger. Not thread-safe. */
final class ParentImage {

    /** As long as a job may wait for its model. */
    private static final Duration WAIT_MAX = Duration.ofHours(24);

    private static final Duration POLL_MIN = Duration.ofMillis(250);
    private static final int DOUBLINGS_MAX = 5;

    private final RenderJob job;
    private final Ledger ledger;
    private final InstantSource clock;
    private @Nullable Image image;
    private @Nullable Instant waitingSince;
    private int polls;

    ParentImage(RenderJob job, Ledger ledger, InstantSource clock) {
        this.job = job;
        this.ledger = ledger;
        this.clock = clock;
    }

    /** Null if the job has no parent, or before {@link ParentState.Ready}. */
    @Nullable
    Image image() {
        return image;
    }

    /** Reads the ledger until the parent is ready. */
    ParentState state() {
        if (job.parent() == null || image != null) {
            return new ParentState.Ready();
        }
        return switch (ledger.ofTenant(new JobId(job.parent()), job.tenant())) {
            case null ->
                unavailable("is not the id of a job of this tenant that has begun; publish this job after the parent's"
                        + " event");
            case LedgerEntry.Rendered rendered -> {
                image = rendered.outcome().images().getFirst();
                yield new ParentState.Ready();
            }
            case LedgerEntry.Failed failed ->
                unavailable("has no image: it " + ending(failed.outcome()) + "; publish it again, then this job");
            case LedgerEntry.Claimed _, LedgerEntry.Parked _ -> unfinished();
        };
    }

    /** Waits as long as a job may wait for its model, or until its deadline. */
    private ParentState unfinished() {
        Instant now = clock.instant();
        if (job.deadline() != null && !now.isBefore(job.deadline())) {
            return new ParentState.Refused(
                    FailureCode.DEADLINE_PASSED, "deadline", "the deadline passed while the job waited for its parent");
        }
        waitingSince = waitingSince == null ? now : waitingSince;
        if (!now.isBefore(waitingSince.plus(WAIT_MAX))) {
            return unavailable("has had no outcome for " + WAIT_MAX.toHours() + " hours");
        }
        return new ParentState.Unfinished(POLL_MIN.multipliedBy(1L << Math.min(polls++, DOUBLINGS_MAX)));
    }

    private ParentState unavailable(String why) {
        return new ParentState.Refused(
                FailureCode.REFERENCE_UNAVAILABLE, "parent", "parent " + job.parent() + " " + why);
    }

    private static String ending(RenderEvent outcome) {
        return switch (outcome) {
            case RenderFailed failed -> "failed with " + failed.code().wireName();
            case RenderRejected rejected ->
                "was rejected with " + rejected.code().wireName();
            case RenderCanceled _ -> "was canceled";
            default -> "has ended";
        };
    }
}
