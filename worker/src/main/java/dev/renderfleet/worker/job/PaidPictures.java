package dev.renderfleet.worker.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.worker.ledger.FinalUpdate;
import dev.renderfleet.worker.ledger.Ledger;
import dev.renderfleet.worker.ledger.UpdateResult;
import dev.renderfleet.worker.pictures.PictureCheck;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.Spool.Kept;
import dev.renderfleet.worker.pictures.SpoolFile;
import dev.renderfleet.worker.storage.Pause;
import dev.renderfleet.worker.storage.StorageException;
import java.io.IOException;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * Pictures that are paid for and not stored yet. Each lies on this worker's disk with a note of what is left to do, so that neither a
 * store that refuses nor the death of the process makes anybody pay again. Safe for use by many threads.
 */
public final class PaidPictures {

    private static final Logger LOG = Logger.getLogger(PaidPictures.class);
    private static final Duration STORE_RETRY = Duration.ofSeconds(2);
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(
                    DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .build();

    private final Spool spool;
    private final ImageStore shelf;
    private final Ledger ledger;

    public PaidPictures(Spool spool, ImageStore shelf, Ledger ledger) {
        this.spool = spool;
        this.shelf = shelf;
        this.ledger = ledger;
    }

    /** What is left to do for a picture: put it where it shall be, then end its job. */
    private record Note(Image image, FinalUpdate lastWrite) {}

    /** Keeps a good picture until it is done; {@code picture} moves. */
    Kept keep(SpoolFile picture, Image image, FinalUpdate lastWrite) {
        try {
            return spool.keep(picture, JSON.writeValueAsString(new Note(image, lastWrite)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a note is always JSON", e);
        }
    }

    /**
     * Ends the jobs of pictures that a dead process has left on this disk, unless others have taken them over. Their events are told by
     * whoever gets their records. Blocks while the store refuses, until {@code pause} ends.
     */
    public void finishLeftBehind(Pause pause) {
        for (Kept kept : spool.leftBehind()) {
            while (!finished(kept)) {
                if (!pause.pause(STORE_RETRY)) {
                    return;
                }
            }
        }
    }

    /** A process's death loses nothing that it wrote; that of its machine may. */
    private static boolean isWhole(SpoolFile picture, Image image) throws IOException {
        return PictureCheck.sha256(picture.path()).equals(image.sha256());
    }

    private boolean finished(Kept kept) {
        try {
            Note note = JSON.readValue(kept.note(), Note.class);
            if (!isWhole(kept.picture(), note.image())) {
                LOG.errorf(
                        "the picture of job %s was paid for, but %s is damaged, as by a crash of the machine; its call"
                                + " counts as unknown",
                        note.lastWrite().job(), kept.picture().path());
            } else if (ledger.isPending(note.lastWrite())) {
                shelf.put(note.image(), kept.picture().path());
                switch (ledger.finish(note.lastWrite())) {
                    case UpdateResult.Updated() ->
                        LOG.infof(
                                "the picture of job %s was paid for and is stored now",
                                note.lastWrite().job());
                    case UpdateResult.ClaimLost() -> {}
                }
            }
            kept.done();
            return true;
        } catch (StorageException e) {
            LOG.warnf("a paid picture waits for the store: %s", e.getMessage());
            return false;
        } catch (IOException | RuntimeException e) {
            // One picture that nobody can make sense of must not keep this worker from its jobs.
            LOG.errorf("%s cannot be followed and is left where it is: %s", kept.noteFile(), e);
            return true;
        }
    }
}
