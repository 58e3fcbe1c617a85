package dev.renderfleet.worker.job;

import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.identity.Sha256;
import dev.renderfleet.worker.ledger.FinalUpdate;
import dev.renderfleet.worker.ledger.Ledger;
import dev.renderfleet.worker.ledger.UpdateResult;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.Spool.Kept;
import dev.renderfleet.worker.pictures.SpoolFile;
import dev.renderfleet.worker.storage.Pause;
import dev.renderfleet.worker.storage.StorageException;
import java.io.IOException;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * Keeps paid pictures in the spool until they are stored, each with a note of its key and its final update. So neither unavailable
 * storage nor a crash of the process causes a second paid call. Safe for use by many threads.
 */
public final class PaidPictures {

    private static final Logger LOG = Logger.getLogger(PaidPictures.class);
    private static final Duration STORE_RETRY = Duration.ofSeconds(2);

    private final Spool spool;
    private final ImageStore images;
    private final Ledger ledger;

    public PaidPictures(Spool spool, ImageStore images, Ledger ledger) {
        this.spool = spool;
        this.images = images;
        this.ledger = ledger;
    }

    /** Keeps a valid picture until {@link Kept#done}. Moves its file, so {@code picture} is invalid afterwards. */
    Kept keep(SpoolFile picture, Image image, FinalUpdate finalUpdate) {
        return spool.keep(picture, SpoolNote.of(image, finalUpdate).json());
    }

    /**
     * Stores the pictures that a former process has left in the spool and ends their jobs, unless another worker took them over. The
     * workers that receive their records publish the outcomes. Blocks while storage is unavailable, until {@code pause} ends.
     */
    public void storeFromSpool(Pause pause) {
        for (Kept kept : spool.recover()) {
            while (!finished(kept)) {
                if (!pause.pause(STORE_RETRY)) {
                    return;
                }
            }
        }
    }

    /** A crash of the machine, unlike one of the process, may lose written bytes. */
    private static boolean isIntact(SpoolFile picture, Image image) throws IOException {
        return Sha256.hex(picture.path()).equals(image.sha256());
    }

    private boolean finished(Kept kept) {
        try {
            SpoolNote note = SpoolNote.read(kept.note());
            Image image = note.image().read();
            if (!isIntact(kept.picture(), image)) {
                LOG.errorf(
                        "a paid image is damaged, as by a crash of the machine; its call counts as unknown, job=%s"
                                + " file=%s",
                        note.finalUpdate().job(), kept.picture().path());
            } else if (ledger.isPending(note.finalUpdate())) {
                images.put(image, kept.picture().path());
                switch (ledger.finish(note.finalUpdate())) {
                    case UpdateResult.Updated() ->
                        LOG.infof(
                                "a paid image of a former process is stored now, job=%s",
                                note.finalUpdate().job());
                    case UpdateResult.ClaimLost() -> {}
                }
            }
            kept.done();
            return true;
        } catch (StorageException e) {
            LOG.warnf("storage unavailable, paid image waits, cause=%s", e.getMessage());
            return false;
        } catch (IOException | RuntimeException e) {
            // One damaged note must not prevent the worker's start.
            LOG.errorf(
                    "note of a paid image cannot be read, it stays in the spool, file=%s cause=%s", kept.noteFile(), e);
            return true;
        }
    }
}
