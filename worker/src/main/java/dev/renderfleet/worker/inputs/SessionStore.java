package dev.renderfleet.worker.inputs;

import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonInclude.Value;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.renderfleet.catalogue.ModelCard;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.worker.storage.ObjectKeys;
import dev.renderfleet.worker.storage.ObjectStore;
import dev.renderfleet.worker.storage.ObjectStore.StoredObject;
import dev.renderfleet.worker.storage.StorageException;
import java.nio.charset.StandardCharsets;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the sessions of images in the bucket, under {@link ObjectKeys#session}. Losing one is harmless. Safe for use by many threads.
 */
public final class SessionStore {

    /** Of a session as JSON. Jobs that wait for their model with references hold it in memory. */
    static final int SESSION_BYTES_MAX = 256 * 1024;

    private static final Logger LOG = Logger.getLogger(SessionStore.class);

    private static final JsonMapper JSON = JsonMapper.builder()
            .defaultPropertyInclusion(Value.construct(Include.NON_NULL, Include.ALWAYS))
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private final ObjectStore store;

    public SessionStore(ObjectStore store) {
        this.store = store;
    }

    /** One try only, since the job's outcome must not wait for it. */
    void keep(Image image, Session session) {
        String json = json(session);
        if (json.getBytes(StandardCharsets.UTF_8).length > SESSION_BYTES_MAX) {
            LOG.debugf("session is too large to be kept, image=%s", image.key());
            return;
        }
        try {
            var _ = store.putIfAbsent(key(image), json);
        } catch (StorageException e) {
            LOG.warnf("session not kept, edits have the image as a reference, cause=%s", e.getMessage());
        }
    }

    /**
     * The session of the image; null: there is none that the model can continue.
     *
     * @param own references of the job that would continue it
     */
    @Nullable
    Session read(Image image, ModelCard model, int own) {
        if (!model.continuesSessions()) {
            return null;
        }
        try {
            StoredObject stored = store.get(key(image), SESSION_BYTES_MAX);
            if (stored == null) {
                return null;
            }
            Session session = read(stored.json());
            boolean fits = session.version() == Session.VERSION
                    && session.model().equals(model.id())
                    && session.pictures().size() + own <= model.referencesMax()
                    && session.chars() <= ModelCard.SESSION_CHARS_MAX;
            return fits ? session : null;
        } catch (JsonProcessingException | RuntimeException e) {
            LOG.warnf("session cannot be read, the image is a reference, image=%s cause=%s", image.key(), e);
            return null;
        }
    }

    static Session read(String json) throws JsonProcessingException {
        return JSON.readValue(json, Session.class);
    }

    static String json(Session session) {
        try {
            return JSON.writeValueAsString(session);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a session is always JSON", e);
        }
    }

    private static String key(Image image) {
        return ObjectKeys.session(image.key());
    }
}
