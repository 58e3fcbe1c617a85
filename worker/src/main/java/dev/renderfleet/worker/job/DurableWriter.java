package dev.renderfleet.worker.job;

import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.worker.chaos.Chaos;
import dev.renderfleet.worker.chaos.Failpoint;
import dev.renderfleet.worker.chaos.Mishaps;
import dev.renderfleet.worker.job.JobRunner.Step;
import dev.renderfleet.worker.ledger.Claim;
import dev.renderfleet.worker.ledger.FinalUpdate;
import dev.renderfleet.worker.ledger.Ledger;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.ledger.UpdateResult;
import dev.renderfleet.worker.storage.Pause;
import dev.renderfleet.worker.storage.StorageException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Writes the picture and the ledger's update after a paid call. Retries each until it succeeds or the process ends. Safe for use by
 * many threads.
 */
final class DurableWriter {

    private static final Logger LOG = Logger.getLogger(DurableWriter.class);
    private static final Duration RETRY = Duration.ofSeconds(2);
    private static final Duration SHORT_DELAY = Duration.ofMillis(250);

    private final Ledger ledger;
    private final ImageStore images;
    private final Pause pause;
    private final Chaos chaos;

    /** @param pause between retries; not ended by a drain, since a paid picture would be lost */
    DurableWriter(Ledger ledger, ImageStore images, Pause pause, Chaos chaos) {
        this.ledger = ledger;
        this.images = images;
        this.pause = pause;
        this.chaos = chaos;
    }

    /** Stores a picture. */
    void put(AcceptedJob job, Image image, Path picture) {
        untilStored(() -> {
            if (!Mishaps.befall(chaos, job.id().value(), picture)) {
                images.put(image, picture);
            }
            return null;
        });
        chaos.at(Failpoint.STORED);
    }

    /** Applies the final update; if another worker took the claim over, the job is to be retried and finds that worker's outcome. */
    Step finish(FinalUpdate update, RenderEvent event) {
        return switch (untilStored(() -> ledger.finish(update))) {
            case UpdateResult.Updated() -> {
                chaos.at(Failpoint.ENDED);
                yield new Step.Terminal(event);
            }
            case UpdateResult.ClaimLost() -> new Step.RetryAfter(SHORT_DELAY);
        };
    }

    /** Releases the claim for {@code wait}. */
    Step park(Claim claim, History history, Duration wait) {
        return switch (untilStored(() -> ledger.park(claim, history))) {
            case UpdateResult.Updated() -> new Step.RetryAfter(wait);
            case UpdateResult.ClaimLost() -> new Step.RetryAfter(SHORT_DELAY);
        };
    }

    private <T extends @Nullable Object> T untilStored(Supplier<T> write) {
        while (true) {
            try {
                return write.get();
            } catch (StorageException e) {
                LOG.warnf("cannot write after a paid call, retrying: %s", e.getMessage());
                if (!pause.pause(RETRY)) {
                    throw e;
                }
            }
        }
    }
}
