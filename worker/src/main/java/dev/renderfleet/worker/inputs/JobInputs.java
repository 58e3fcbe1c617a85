package dev.renderfleet.worker.inputs;

import dev.renderfleet.catalogue.ModelCard;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.job.Reference;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.worker.inputs.Session.SessionPicture;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.Turn;
import dev.renderfleet.worker.references.FetchOutcome;
import dev.renderfleet.worker.references.FetchOutcome.Fetched;
import dev.renderfleet.worker.references.FetchOutcome.Later;
import dev.renderfleet.worker.references.FetchOutcome.Refused;
import dev.renderfleet.worker.references.FetchedReference;
import dev.renderfleet.worker.references.JobReferences;
import dev.renderfleet.worker.references.ReferenceDemand;
import dev.renderfleet.worker.references.ReferencePrefetcher;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the calls of one job send. The image of its parent is the first reference, unless the model can continue the session in which
 * that was drawn: then the earlier turns with their pictures come before the job's own references. Not thread-safe.
 */
public final class JobInputs {

    private final RenderJob job;
    private final ReferenceDemand own;
    private final ParentImage parent;
    private final ReferencePrefetcher prefetcher;
    private final SessionStore sessions;
    private @Nullable Plan plan;
    private boolean sessionGone;

    JobInputs(
            RenderJob job,
            ReferenceDemand own,
            ParentImage parent,
            ReferencePrefetcher prefetcher,
            SessionStore sessions) {
        this.job = job;
        this.own = own;
        this.parent = parent;
        this.prefetcher = prefetcher;
        this.sessions = sessions;
    }

    /**
     * What is to be fetched for a model.
     *
     * @param before pictures that come from the parent
     * @param continues whether these are those of its session
     */
    private record Plan(String model, List<SessionPicture> before, boolean continues, JobReferences references) {}

    /** Whether the parent allows a call. Reads the ledger. */
    public ParentState parent() {
        return parent.state();
    }

    /**
     * Waits for its turn, then fetches all pictures or none.
     *
     * @param model that the job waits for afterwards
     */
    public FetchOutcome fetch(ModelCard model) {
        if (plan == null || !plan.model().equals(model.id())) {
            plan = plan(model);
        }
        FetchOutcome outcome = plan.references().fetch(model.id());
        if (plan.continues() && lacksSession(outcome, plan)) {
            dropSession();
            return fetch(model);
        }
        return outcome;
    }

    /** A page of the web may be gone; what the bucket has will come. */
    private static boolean lacksSession(FetchOutcome outcome, Plan plan) {
        return switch (outcome) {
            case Refused _ -> true;
            case Later later ->
                later.reference() < plan.before().size()
                        && plan.before().get(later.reference()).isOfTheWeb();
            default -> false;
        };
    }

    private Plan plan(ModelCard model) {
        Image image = parent.image();
        Session session = sessionGone ? null : session(model);
        List<SessionPicture> before = session != null
                ? session.pictures()
                : image == null ? List.of() : List.of(SessionPicture.of(image, null));
        List<Reference> all = Stream.concat(before.stream().map(JobInputs::reference), job.references().stream())
                .toList();
        var demand = new ReferenceDemand(
                own.tenant(), all, before.size(), own.published(), own.deadline(), own.reassigned());
        return new Plan(model.id(), before, session != null, prefetcher.of(demand));
    }

    private static Reference reference(SessionPicture picture) {
        ReferenceRole any = Objects.requireNonNullElse(picture.readRole(), ReferenceRole.PRODUCT);
        return new Reference(URI.create(picture.uri()), any, picture.sha256());
    }

    /** What a call of the model sends of the fetched pictures. */
    public CallInputs of(Fetched fetched, ModelCard model) {
        Plan planned = Objects.requireNonNull(plan, "fetched without a plan");
        List<FetchedReference> files = fetched.references();
        int before = planned.before().size();
        List<ReferencePicture> pictures =
                files.stream().map(FetchedReference::picture).toList();
        List<SessionPicture> asked = IntStream.range(before, files.size())
                .mapToObj(i -> SessionPicture.of(
                        job.references().get(i - before), files.get(i).sha256()))
                .toList();
        // Again: its signatures are in memory only while the pictures are held, which few jobs do.
        Session session = planned.continues() ? session(model) : null;
        if (session != null && session.pictures().equals(planned.before())) {
            List<Turn> turns = session.turns(pictures.subList(0, before));
            return new CallInputs(
                    pictures.subList(before, pictures.size()), turns, session, asked, sessions, this::dropSession);
        }
        var sent = new ArrayList<>(pictures.subList(before, pictures.size()));
        List<SessionPicture> named = new ArrayList<>(asked);
        if (before > 0) {
            ReferencePicture edited = pictures.get(before - 1);
            sent.addFirst(new ReferencePicture(edited.file(), edited.mime(), edited.bytes(), null, edited.storedKey()));
            named.addFirst(planned.before().get(before - 1));
        }
        return new CallInputs(sent, List.of(), null, named, sessions, this::dropSession);
    }

    private void dropSession() {
        sessionGone = true;
        plan = null;
    }

    private @Nullable Session session(ModelCard model) {
        Image image = parent.image();
        return image == null
                ? null
                : sessions.read(image, model, job.references().size());
    }
}
