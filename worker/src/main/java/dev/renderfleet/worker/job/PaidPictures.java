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
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Keeps paid pictures in the spool until they are stored, those of an answer with a note of their keys and its update. So neither unavailable
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

    /** Keeps valid pictures until {@link Kept#done}. Moves their files, so {@code pictures} are invalid afterwards. */
    Kept keep(List<SpoolFile> pictures, List<Image> images, FinalUpdate update) {
        return spool.keep(pictures, SpoolNote.of(images, update).json());
    }

    /** As {@link Spool#failed}. */
    void spoolFailed() {
        spool.failed();
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
    private static boolean areIntact(List<SpoolFile> pictures, List<Image> images) throws IOException {
        for (int i = 0; i < images.size(); i++) {
            if (i >= pictures.size()
                    || !Sha256.hex(pictures.get(i).path()).equals(images.get(i).sha256())) {
                return false;
            }
        }
        return true;
    }

    private boolean finished(Kept kept) {
        try {
            SpoolNote note = SpoolNote.read(kept.note());
            List<Image> stored = note.images();
            if (!areIntact(kept.pictures(), stored)) {
                LOG.errorf(
                        "a paid image is damaged, as by a crash of the machine; its call counts as unknown, job=%s"
                                + " file=%s",
                        note.finalUpdate().job(), kept.noteFile());
            } else if (ledger.isPending(note.finalUpdate())) {
                for (int i = 0; i < stored.size(); i++) {
                    images.put(stored.get(i), kept.pictures().get(i).path());
                }
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
