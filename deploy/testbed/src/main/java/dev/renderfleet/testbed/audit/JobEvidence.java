package dev.renderfleet.testbed.audit;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.job.OnUnknown;
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
     * @param priced number of listed attempts that cost or may have cost money
     * @param unknowns start of each attempt of unknown outcome
     */
    record PublishedEvent(
            boolean replay,
            boolean ofAnother,
            String outcome,
            String content,
            List<Image> images,
            int priced,
            List<Instant> unknowns) {

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
                            priced(done.attempts()),
                            unknowns(done.attempts()));
                case RenderFailed failed ->
                    new PublishedEvent(
                            event.replay(),
                            false,
                            event.outcome(),
                            failed.code().wireName(),
                            List.of(),
                            priced(failed.attempts()),
                            unknowns(failed.attempts()));
                case RenderRejected rejected ->
                    new PublishedEvent(
                            event.replay(),
                            rejected.code() == FailureCode.IDEMPOTENCY_CONFLICT,
                            event.outcome(),
                            rejected.code().wireName(),
                            List.of(),
                            0,
                            List.of());
                case RenderCanceled _ ->
                    new PublishedEvent(event.replay(), false, event.outcome(), "", List.of(), 0, List.of());
            };
        }

        private static int priced(List<Attempt> attempts) {
            return Math.toIntExact(
                    attempts.stream().filter(attempt -> attempt.usdMicros() > 0).count());
        }

        private static List<Instant> unknowns(List<Attempt> attempts) {
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

    void addEvent(RenderEvent event) {
        events.add(PublishedEvent.of(event));
    }

    void setTerminal() {
        terminal = true;
    }

    int records() {
        return records;
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
