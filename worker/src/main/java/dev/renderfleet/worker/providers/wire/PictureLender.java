package dev.renderfleet.worker.providers.wire;

import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.storage.ObjectKeys;
import dev.renderfleet.worker.storage.ObjectStore;
import dev.renderfleet.worker.storage.StorageException;
import dev.renderfleet.worker.storage.UrlSigner;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * Lets a provider read the pictures of a call at pre-signed addresses in the fleet's bucket, instead of in the request (ADR 33). What it
 * reads is what was checked. Throws {@link StorageException} if a picture cannot be stored. Safe for use by many threads.
 */
public final class PictureLender {

    private static final Logger LOG = Logger.getLogger(PictureLender.class);

    /** Providers read pictures before they draw. */
    static final Duration LIFE = Duration.ofMinutes(10);

    private final ObjectStore store;
    private final UrlSigner signer;

    public PictureLender(ObjectStore store, UrlSigner signer) {
        this.store = store;
        this.signer = signer;
    }

    /**
     * A picture that can be read until this is closed, {@link #LIFE} at most. Printing it does not show the address.
     *
     * @param url a secret
     */
    public record Loan(String url, Runnable end) implements AutoCloseable {
        @Override
        public void close() {
            end.run();
        }

        @Override
        public String toString() {
            return "Loan[***]";
        }
    }

    /** Lends a reference where it is, if its content there never changes; else a copy. */
    public Loan lend(ReferencePicture picture) {
        String stored = picture.storedKey();
        return stored == null ? lend(picture.file(), picture.mime()) : new Loan(signer.sign(stored, LIFE), () -> {});
    }

    /** Lends a copy of a file, which is deleted at the end. */
    public Loan lend(Path file, String mime) {
        String key = ObjectKeys.lent(UUID.randomUUID().toString());
        store.putFile(key, file, mime);
        return new Loan(signer.sign(key, LIFE), () -> delete(key));
    }

    private void delete(String key) {
        try {
            store.delete(key);
        } catch (StorageException e) {
            LOG.warnf("lent picture not deleted, key=%s cause=%s", key, e.getMessage());
        }
    }
}
