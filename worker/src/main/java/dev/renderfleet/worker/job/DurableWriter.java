package dev.renderfleet.worker.job;

import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.worker.failpoint.Failpoint;
import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.job.ImageStore.Refused;
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
import java.util.List;
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

    /** The update that ends the job with this event. */
    FinalUpdate ending(AcceptedJob job, Claim claim, History history, RenderEvent event) {
        return ledger.finalUpdate(claim, history, event, job.record(), clock.instant());
    }

    /** The update that releases the claim with images, while the job asks for more. */
    FinalUpdate partial(Claim claim, History history) {
        return ledger.partialUpdate(claim, history);
    }

    /** Keeps paid pictures of one answer on disk, beyond the death of this process, until they are done. */
    Kept keep(List<SpoolFile> pictures, List<Image> stored, FinalUpdate update) {
        Kept kept = paid.keep(pictures, stored, update);
        failpoints.at(Failpoint.KEPT);
        return kept;
    }

    /** Stores the kept pictures. */
    void put(List<Image> stored, Kept kept) {
        for (int i = 0; i < stored.size(); i++) {
            Image image = stored.get(i);
            Path picture = kept.pictures().get(i).path();
            untilStored(() -> {
                images.put(image, picture);
                return null;
            });
        }
        failpoints.at(Failpoint.STORED);
    }

    /** Stores a refused picture. It was paid for, and it may still be usable. */
    void quarantine(Refused refused) {
        untilStored(() -> {
            images.quarantine(refused);
            return null;
        });
    }

    /** Records that the spool's disk failed: no call is made until it has been checked. */
    void spoolFailed() {
        paid.spoolFailed();
    }

    /** Ends the job in the ledger; if another worker took the claim over, the job is to be retried and finds that worker's outcome. */
    Step finish(AcceptedJob job, Claim claim, History history, RenderEvent event) {
        return apply(() -> ending(job, claim, history, event), new Step.Terminal(event, job.record()));
    }

    /**
     * Applies the update; {@code then} follows unless another worker took the claim over.
     *
     * @param update made anew for each retry, with the topic's end at that time: records published before the write count as earlier
     */
    Step apply(Supplier<FinalUpdate> update, Step then) {
        return switch (untilStored(() -> ledger.finish(update.get()))) {
            case UpdateResult.Updated() -> {
                failpoints.at(Failpoint.ENDED);
                yield then;
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
            case UpdateResult.Updated() -> new Step.RetryAfter(wait, history, running == null ? null : running.model());
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
