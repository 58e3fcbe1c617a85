package dev.renderfleet.peers.smallrye;

import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.wire.DecodedJob.Accepted;
import dev.renderfleet.peers.common.GeminiCaller;
import dev.renderfleet.peers.common.GeminiCaller.Drawn;
import dev.renderfleet.peers.common.NoPictureException;
import dev.renderfleet.peers.common.PeerSettings;
import dev.renderfleet.peers.common.PictureStore;
import io.minio.errors.MinioException;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import org.eclipse.microprofile.faulttolerance.Retry;

/** What can fail, each step with the default retry: three more tries at once. Separate, so that a failing store does not draw again. */
@ApplicationScoped
public class Steps {

    private final GeminiCaller studio;
    private final PictureStore store;

    Steps() {
        PeerSettings settings = PeerSettings.ofEnvironment();
        this.studio = new GeminiCaller(settings);
        this.store = new PictureStore(settings);
    }

    /** Calls the model. */
    @Retry(abortOn = NoPictureException.class)
    public Drawn draw(RenderJob job) {
        return studio.draw(job);
    }

    /** Stores the picture. */
    @Retry(abortOn = NoPictureException.class)
    public Image store(Accepted accepted, Drawn drawn) throws IOException, MinioException {
        return store.put(accepted.job().tenant(), accepted.id().value(), drawn);
    }
}
