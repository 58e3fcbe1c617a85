package dev.renderfleet.worker.job;

import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.worker.failpoint.Failpoint;
import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.ledger.Claim;
import dev.renderfleet.worker.ledger.FinalUpdate;
import dev.renderfleet.worker.ledger.Ledger;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.ledger.LedgerEntry.PendingCall;
import dev.renderfleet.worker.ledger.UpdateResult;
import dev.renderfleet.worker.pictures.Spool.Kept;
import dev.renderfleet.worker.pictures.SpoolFile;
import dev.renderfleet.worker.storage.Pause;
import dev.renderfleet.worker.storage.StorageException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Writes the picture and the ledger's update after a paid call. Retries each until it succeeds or the process ends. Safe for use by
 * many threads.
 */
public final class DurableWriter {

    private static final Logger LOG = Logger.getLogger(DurableWriter.class);
    private static final Duration RETRY = Duration.ofSeconds(2);
    private static final Duration SHORT_DELAY = Duration.ofMillis(250);

    private final Ledger ledger;
    private final ImageStore images;
    private final PaidPictures paid;
    private final Pause pause;
    private final InstantSource clock;
    private final Failpoints failpoints;

    /** @param pause between retries; not ended by a drain, since a paid picture would be lost */
    public DurableWriter(
            Ledger ledger,
            ImageStore images,
            PaidPictures paid,
            Pause pause,
            InstantSource clock,
            Failpoints failpoints) {
        this.ledger = ledger;
        this.images = images;
        this.paid = paid;
        this.pause = pause;
        this.clock = clock;
        this.failpoints = failpoints;
    }

    /** Keeps a paid picture on disk, beyond the death of this process, until it is done. */
    Kept keep(ModelCall call, SpoolFile picture, Image image, History history, RenderEvent event) {
        Kept kept = paid.keep(picture, image, finalUpdate(call.job(), call.claim(), history, event));
        failpoints.at(Failpoint.KEPT);
        return kept;
    }

    private FinalUpdate finalUpdate(AcceptedJob job, Claim claim, History history, RenderEvent event) {
        return ledger.finalUpdate(claim, history, event, job.record(), clock.instant());
    }

    /** Stores a picture. */
    void put(AcceptedJob job, Image image, Path picture) {
        untilStored(() -> {
            images.put(image, picture);
            return null;
        });
        failpoints.at(Failpoint.STORED);
    }

    /** Stores a refused picture and returns its key. It was paid for and may still be usable. */
    String quarantine(AcceptedJob job, Path picture) {
        return untilStored(() -> images.quarantine(job, picture));
    }

    /** Ends the job in the ledger; if another worker took the claim over, the job is to be retried and finds that worker's outcome. */
    Step finish(AcceptedJob job, Claim claim, History history, RenderEvent event) {
        // Anew for each retry: whoever publishes the job again before it is written cannot know of the outcome.
        return switch (untilStored(() -> ledger.finish(finalUpdate(job, claim, history, event)))) {
            case UpdateResult.Updated() -> {
                failpoints.at(Failpoint.ENDED);
                yield new Step.Terminal(event, job.record());
            }
            case UpdateResult.ClaimLost() -> new Step.RetryAfter(SHORT_DELAY);
        };
    }

    /**
     * Records that the provider has accepted the call as a task.
     *
     * @return the renewed claim; the old one if another worker took it over, which ends this call's updates
     */
    Claim accepted(Claim claim, String task) {
        Claim renewed =
                untilStored(() -> ledger.renew(claim, claim.entry().pending().accepted(task)));
        failpoints.at(Failpoint.ACCEPTED);
        return renewed == null ? claim : renewed;
    }

    /** Releases the claim for {@code wait}, as above with {@code running} if a task goes on. */
    Step park(Claim claim, History history, @Nullable PendingCall running, Duration wait) {
        return switch (untilStored(() -> ledger.park(claim, history, running))) {
            case UpdateResult.Updated() -> new Step.RetryAfter(wait);
            case UpdateResult.ClaimLost() -> new Step.RetryAfter(SHORT_DELAY);
        };
    }

    private <T extends @Nullable Object> T untilStored(Supplier<T> write) {
        while (true) {
            try {
                return write.get();
            } catch (StorageException e) {
                LOG.warnf("result of a paid call not written, retrying, cause=%s", e.getMessage());
                if (!pause.pause(RETRY)) {
                    throw e;
                }
            }
        }
    }
}
