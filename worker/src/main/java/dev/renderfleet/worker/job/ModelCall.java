package dev.renderfleet.worker.job;

import dev.renderfleet.catalogue.Consumption;
import dev.renderfleet.catalogue.ModelCard;
import dev.renderfleet.catalogue.Prices;
import dev.renderfleet.catalogue.Route.Routed;
import dev.renderfleet.catalogue.UnknownFields;
import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.EventParts.Latency;
import dev.renderfleet.contracts.event.EventParts.ModelChoice;
import dev.renderfleet.contracts.event.EventParts.ParentEdit;
import dev.renderfleet.contracts.event.EventParts.Provenance;
import dev.renderfleet.contracts.event.EventParts.SearchResults;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.worker.inputs.CallInputs;
import dev.renderfleet.worker.ledger.Claim;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One call of a model. Builds the attempt with its cost for the ledger, and the job's event.
 *
 * @param started when the call was made
 * @param inputs what it sent
 */
record ModelCall(AcceptedJob job, Routed routed, Claim claim, Instant started, CallInputs inputs) {

    /** Outcome of an attempt with a valid picture. */
    static final String DRAWN = "drawn";

    /** Of unknown fields in a remark. */
    private static final int NAMES_MAX = 8;

    ModelCard model() {
        return routed.model();
    }

    /** This call under a renewed claim. */
    ModelCall under(Claim renewed) {
        return new ModelCall(job, routed, renewed, started, inputs);
    }

    /** How many images the job still wants. */
    int imagesLeft() {
        return job.job().output().count() - claim.history().images();
    }

    /** @param answering the model that is billed */
    Attempt drawn(CheckedAnswer answer, ModelCard answering, Instant answered) {
        Drawn drawn = answer.drawn();
        return attempt(
                DRAWN,
                answered,
                drawn.responseId(),
                remarks(answer, answering),
                drawn.statedUsdMicros() == null
                        ? usdMicros(drawn.usage(), drawn.picturesBilled(), prices(answering), answered)
                        : drawn.statedUsdMicros());
    }

    /**
     * As for a failure.
     *
     * @param pictures in the answer, of which none is valid
     * @param answering the model that is billed
     */
    Attempt notDrawn(NotDrawn failure, int pictures, ModelCard answering, Instant answered) {
        return attempt(
                failure.kind().code().wireName(),
                answered,
                failure.responseId(),
                detail(failure),
                usdMicros(failure, pictures, prices(answering), answered));
    }

    /**
     * The event for stored pictures, those of earlier calls included.
     *
     * @param images of this answer
     */
    RenderCompleted completed(
            List<Image> images,
            CheckedAnswer answer,
            History history,
            Instant answered,
            Instant stored,
            String priceTable) {
        Drawn drawn = answer.drawn();
        RenderCompleted earlier = claim.history().delivered();
        List<Image> all = new ArrayList<>(earlier == null ? List.of() : earlier.images());
        all.addAll(images);
        return new RenderCompleted(
                job.ref(),
                false,
                all,
                new ModelChoice(job.job().model(), model().id(), model().provider(), routed.reason()),
                history.attempts(),
                history.usage(),
                new Cost(history.usdMicros(), priceTable),
                latency(history, answered, stored),
                new Provenance(
                        model().digitalSourceType(),
                        model().provider(),
                        drawn.modelVersion(),
                        drawn.responseId(),
                        answer.c2paPresent()
                                && (earlier == null || earlier.provenance().c2paPresent())),
                edit(earlier),
                search(earlier, drawn.search()));
    }

    /** Null if the job has no parent. Of several calls all must have continued the session. */
    private @Nullable ParentEdit edit(@Nullable RenderCompleted earlier) {
        String parent = job.job().parent();
        boolean session = !inputs.earlier().isEmpty()
                && (earlier == null
                        || earlier.edit() == null
                        || earlier.edit().by().equals(ParentEdit.SESSION));
        return parent == null ? null : new ParentEdit(parent, session ? ParentEdit.SESSION : ParentEdit.REFERENCE);
    }

    private static @Nullable SearchResults search(@Nullable RenderCompleted earlier, @Nullable SearchResults found) {
        SearchResults before = earlier == null ? null : earlier.search();
        return before == null || found == null ? (before == null ? found : before) : before.plus(found);
    }

    /** The event for a job that fails with this call. */
    RenderFailed failed(NotDrawn failure, History history, String priceTable) {
        return OutcomeEvents.failed(
                job, failure.kind().code(), FailureMessages.of(failure.kind()), detail(failure), history, priceTable);
    }

    private Attempt attempt(
            String outcome, Instant answered, @Nullable String requestId, @Nullable String detail, long usdMicros) {
        return new Attempt(
                claim.history().nextNumber(),
                model().id(),
                outcome,
                started,
                Duration.between(started, answered).toMillis(),
                requestId,
                detail,
                usdMicros);
    }

    private long usdMicros(NotDrawn failure, int pictures, Prices prices, Instant answered) {
        if (failure.statedUsdMicros() != null) {
            return failure.statedUsdMicros();
        }
        return switch (failure.kind().billing()) {
            case FREE -> 0;
            case TOKENS -> prices.answerUsdMicros(used(failure.usage(), 0, answered));
            case PICTURE -> usdMicros(failure.usage(), Math.max(1, pictures), prices, answered);
            case WORST_CASE -> routed.worstUsdMicros();
        };
    }

    /** Of an answer with pictures. Without usage the tokens of its prompt and thoughts are unknown. */
    private long usdMicros(Usage usage, int pictures, Prices prices, Instant answered) {
        long counted = prices.answerUsdMicros(used(usage, pictures, answered));
        boolean unknown = usage.equals(Usage.NONE) && prices.inputPerMillion() > 0;
        return unknown ? Math.max(counted, routed.worstUsdMicros()) : counted;
    }

    /** A task may be asked for long after it ended: it counts as no longer than its time-out, as in the worst-case price. */
    private Consumption used(Usage usage, int pictures, Instant answered) {
        Duration worked = Duration.between(started, answered);
        return new Consumption(
                size(),
                job.job().output().quality(),
                job.job().inputImages(),
                usage,
                pictures,
                worked.compareTo(model().timeout()) < 0 ? worked : model().timeout());
    }

    /** Those of the model asked for where the other one has no price of the size. */
    private Prices prices(ModelCard answering) {
        boolean covered = answering.prices().covers(size(), job.job().output().quality());
        return (covered ? answering : model()).prices();
    }

    private Latency latency(History history, Instant answered, Instant stored) {
        // Calls made before the record was received count as time in the queue.
        long model = history.attempts().stream()
                .filter(attempt -> !attempt.startedAt().isBefore(job.taken()))
                .mapToLong(Attempt::durationMillis)
                .sum();
        // A producer's clock may be ahead of ours.
        long queued = Duration.between(job.published(), job.taken()).toMillis();
        long total = queued + Duration.between(job.taken(), stored).toMillis();
        long kept = Duration.between(answered, stored).toMillis();
        return new Latency(queued, Math.max(0, total - queued - model - kept), model, kept, total);
    }

    private String size() {
        return job.job().output().size().wireName();
    }

    /** Deviations of valid pictures. */
    private @Nullable String remarks(CheckedAnswer answer, ModelCard answering) {
        Drawn drawn = answer.drawn();
        List<String> remarks = new ArrayList<>();
        if (!answering.id().equals(model().id())) {
            remarks.add("answered and priced as " + answering.id() + ", not as " + model().id());
        } else if (drawn.modelVersion() != null && !model().isNamedBy(drawn.modelVersion())) {
            remarks.add("answered as " + drawn.modelVersion() + ", which the model catalogue does not know");
        }
        remarks.addAll(0, answer.remarks());
        List<String> ignored = UnknownFields.atTop(job.job());
        if (!ignored.isEmpty()) {
            remarks.add("unknown fields of the job had no effect: "
                    + ignored.stream().limit(NAMES_MAX).collect(Collectors.joining(", ")));
        }
        return remarks.isEmpty() ? null : String.join("; ", remarks);
    }

    private static String detail(NotDrawn failure) {
        return failure.detail() == null ? failure.reason() : failure.reason() + ": " + failure.detail();
    }
}
