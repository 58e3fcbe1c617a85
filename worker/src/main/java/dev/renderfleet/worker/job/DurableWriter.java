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
 * The writes that must not be lost, since money was spent before them: the picture, and what the ledger has to know. Each is tried
 * until the store has it, or the process ends. Safe for use by many threads.
 */
final class DurableWriter {

    private static final Logger LOG = Logger.getLogger(DurableWriter.class);
    private static final Duration RETRY = Duration.ofSeconds(2);
    private static final Duration SOON = Duration.ofMillis(250);

    private final Ledger ledger;
    private final ImageStore shelf;
    private final Pause pause;
    private final Chaos chaos;

    /** @param pause waits between tries; not ended by a drain, since what was paid for would be lost */
    DurableWriter(Ledger ledger, ImageStore shelf, Pause pause, Chaos chaos) {
        this.ledger = ledger;
        this.shelf = shelf;
        this.pause = pause;
        this.chaos = chaos;
    }

    /** Stores a picture. */
    void put(AcceptedJob job, Image image, Path picture) {
        persistently(() -> {
            if (!Mishaps.befall(chaos, job.id().value(), picture)) {
                shelf.put(image, picture);
            }
            return null;
        });
        chaos.at(Failpoint.STORED);
    }

    /** Ends the job in the ledger; if another worker has taken it over, that one's outcome counts. */
    Step end(FinalUpdate write, RenderEvent event) {
        return switch (persistently(() -> ledger.finish(write))) {
            case UpdateResult.Updated() -> {
                chaos.at(Failpoint.ENDED);
                yield new Step.Ended(event);
            }
            case UpdateResult.ClaimLost() -> new Step.RetryAfter(SOON);
        };
    }

    /** Gives the claim back until {@code wait} is over. */
    Step park(Claim claim, History history, Duration wait) {
        return switch (persistently(() -> ledger.park(claim, history))) {
            case UpdateResult.Updated() -> new Step.RetryAfter(wait);
            case UpdateResult.ClaimLost() -> new Step.RetryAfter(SOON);
        };
    }

    private <T extends @Nullable Object> T persistently(Supplier<T> write) {
        while (true) {
            try {
                return write.get();
            } catch (StorageException e) {
                LOG.warnf("cannot write what must not be lost, trying again: %s", e.getMessage());
                if (!pause.pause(RETRY)) {
                    throw e;
                }
            }
        }
    }
}
