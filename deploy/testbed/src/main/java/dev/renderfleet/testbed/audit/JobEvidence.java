package dev.renderfleet.testbed.audit;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.EventParts.ParentEdit;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.job.OnUnknown;
import dev.renderfleet.contracts.job.RenderJob;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Records, events and ledger state of one job. Not thread-safe. */
final class JobEvidence {

    /**
     * One event in short; events with the same outcome are equal.
     *
     * @param replay whether it repeats an earlier outcome
     * @param ofAnother whether it rejects another job with the same idempotency key
     * @param model that drew; empty if none did
     * @param edit how the parent's image was edited; null: it was not
     */
    record PublishedEvent(
            boolean replay,
            boolean ofAnother,
            String outcome,
            String content,
            List<Image> images,
            List<Attempt> attempts,
            long usdMicros,
            String model,
            @Nullable ParentEdit edit) {

        static PublishedEvent of(RenderEvent event) {
            return switch (event) {
                case RenderCompleted done ->
                    new PublishedEvent(
                            event.replay(),
                            false,
                            event.outcome(),
                            String.join(
                                    " ",
                                    done.images().stream()
                                            .map(image -> image.key() + " " + image.sha256())
                                            .toList()),
                            done.images(),
                            done.attempts(),
                            done.cost().usdMicros(),
                            done.model().used(),
                            done.edit());
                case RenderFailed failed ->
                    withoutImage(
                            event,
                            false,
                            failed.code().wireName(),
                            failed.attempts(),
                            failed.cost().usdMicros());
                case RenderRejected rejected ->
                    withoutImage(
                            event,
                            rejected.code() == FailureCode.IDEMPOTENCY_CONFLICT,
                            rejected.code().wireName(),
                            List.of(),
                            0);
                case RenderCanceled canceled ->
                    withoutImage(
                            event, false, "", canceled.calls(), canceled.cost().usdMicros());
            };
        }

        private static PublishedEvent withoutImage(
                RenderEvent event, boolean ofAnother, String content, List<Attempt> attempts, long usdMicros) {
            return new PublishedEvent(
                    event.replay(), ofAnother, event.outcome(), content, List.of(), attempts, usdMicros, "", null);
        }

        boolean isCompleted() {
            return outcome.equals("completed");
        }

        /** The listed attempts that cost or may have cost money. */
        List<Attempt> priced() {
            return attempts.stream().filter(attempt -> attempt.usdMicros() > 0).toList();
        }

        /** Start of each attempt of unknown outcome. */
        List<Instant> unknowns() {
            return attempts.stream()
                    .filter(attempt -> attempt.outcome().equals(FailureCode.UNKNOWN_OUTCOME.wireName()))
                    .map(Attempt::startedAt)
                    .toList();
        }

        /** Whether the job failed after calls of unknown outcome. */
        boolean isOfUnknownOutcome() {
            return outcome.equals("failed") && content.equals(FailureCode.UNKNOWN_OUTCOME.wireName());
        }

        String summary() {
            return outcome + " " + content;
        }
    }

    private int records;
    private boolean refused;
    private @Nullable RenderJob job;
    private Instant publishedAt = Instant.MAX;
    private Instant firstEventAt = Instant.MAX;
    private String prompt = "";
    private boolean holds;
    private boolean terminal;
    private final List<PublishedEvent> events = new ArrayList<>(1);

    /** The first record defines the job; another prompt under its key is rejected. */
    void addRecord(String prompt, @Nullable OnUnknown onUnknown) {
        if (records == 0) {
            this.prompt = prompt;
            this.holds = onUnknown == OnUnknown.HOLD;
        }
        records++;
    }

    /** A record that is no valid job. */
    void addRefusal() {
        refused = true;
        records++;
    }

    boolean isRefused() {
        return refused;
    }

    /** The first record counts, as above. */
    void setJob(RenderJob first, Instant at) {
        if (job == null) {
            job = first;
            publishedAt = at;
        }
    }

    void addEvent(RenderEvent event, Instant at) {
        events.add(PublishedEvent.of(event));
        firstEventAt = at.isBefore(firstEventAt) ? at : firstEventAt;
    }

    void setTerminal() {
        terminal = true;
    }

    int records() {
        return records;
    }

    /** Null if only the prompt is known. */
    @Nullable
    RenderJob job() {
        return job;
    }

    Instant publishedAt() {
        return publishedAt;
    }

    /** Far in the future without one. */
    Instant firstEventAt() {
        return firstEventAt;
    }

    boolean hasCompleted() {
        return events.stream().anyMatch(PublishedEvent::isCompleted);
    }

    String prompt() {
        return prompt;
    }

    /** Whether no call may follow one of unknown outcome. */
    boolean holds() {
        return holds;
    }

    boolean isTerminal() {
        return terminal;
    }

    List<PublishedEvent> events() {
        return events;
    }

    List<PublishedEvent> firstEvents() {
        return events.stream().filter(one -> !one.replay() && !one.ofAnother()).toList();
    }

    /** The outcome of the job. */
    Optional<PublishedEvent> first() {
        return firstEvents().stream().findFirst();
    }

    /** Each distinct outcome; more than one contradict each other. */
    List<String> versions() {
        return events.stream()
                .filter(one -> !one.ofAnother())
                .map(PublishedEvent::summary)
                .distinct()
                .toList();
    }
}
