package dev.renderfleet.worker.inputs;

import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.worker.inputs.Session.SessionPicture;
import dev.renderfleet.worker.inputs.Session.SessionTurn;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.ReplyPart;
import dev.renderfleet.worker.providers.Turn;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one call sends beside its prompt, and the session that it may begin or continue. */
public final class CallInputs {

    /** Of a call that sends nothing, since it is resumed. */
    public static final CallInputs NONE = new CallInputs(List.of(), List.of(), null, List.of(), null, () -> {});

    private final List<ReferencePicture> references;
    private final List<Turn> earlier;
    private final @Nullable Session continued;
    private final List<SessionPicture> asked;
    private final @Nullable SessionStore sessions;
    private final Runnable onDrop;

    /**
     * @param asked the references, as a session names them
     * @param sessions null: none is kept
     * @param onDrop makes later calls of the job begin a session
     */
    CallInputs(
            List<ReferencePicture> references,
            List<Turn> earlier,
            @Nullable Session continued,
            List<SessionPicture> asked,
            @Nullable SessionStore sessions,
            Runnable onDrop) {
        this.references = List.copyOf(references);
        this.earlier = List.copyOf(earlier);
        this.continued = continued;
        this.asked = List.copyOf(asked);
        this.sessions = sessions;
        this.onDrop = onDrop;
    }

    /** The pictures of this turn. */
    public List<ReferencePicture> references() {
        return references;
    }

    /** The turns of the session that the call continues; empty: it begins one. */
    public List<Turn> earlier() {
        return earlier;
    }

    /** Later calls of the job have the image of its parent as a reference. */
    public void dropSession() {
        onDrop.run();
    }

    /**
     * Keeps the session beside an image that the call drew, so that an edit can continue it. What fails is logged: the edit then has the
     * image as a reference.
     *
     * @param reply the model's; empty: it has no sessions
     */
    public void keepSession(DrawRequest request, Image image, List<ReplyPart> reply) {
        if (sessions == null || reply.isEmpty()) {
            return;
        }
        List<SessionTurn> turns = new ArrayList<>(continued == null ? List.of() : continued.turns());
        turns.add(SessionTurn.of(request, asked, SessionPicture.of(image, null), reply));
        sessions.keep(image, new Session(request.model(), turns));
    }
}
