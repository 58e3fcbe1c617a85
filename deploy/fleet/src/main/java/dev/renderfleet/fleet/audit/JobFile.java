package dev.renderfleet.fleet.audit;

import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import java.util.ArrayList;
import java.util.List;

/** All that was seen of one job. Not thread-safe. */
final class JobFile {

    /**
     * One event: what it tells, in short, so that two which tell the same are equal.
     *
     * @param replay whether it tells again what was told
     * @param ofAnother whether it is no outcome of the job, but the refusal of another under its key
     */
    record Told(boolean replay, boolean ofAnother, String outcome, String content, List<Image> images) {

        static Told of(RenderEvent event) {
            return switch (event) {
                case RenderCompleted done ->
                    new Told(
                            event.replay(),
                            false,
                            event.outcome(),
                            String.join(
                                    " ",
                                    done.images().stream()
                                            .map(image -> image.key() + " " + image.sha256())
                                            .toList()),
                            done.images());
                case RenderFailed failed ->
                    new Told(
                            event.replay(),
                            false,
                            event.outcome(),
                            failed.code().wireName(),
                            List.of());
                case RenderRejected rejected ->
                    new Told(
                            event.replay(),
                            rejected.code() == FailureCode.IDEMPOTENCY_CONFLICT,
                            event.outcome(),
                            rejected.code().wireName(),
                            List.of());
                case RenderCanceled _ -> new Told(event.replay(), false, event.outcome(), "", List.of());
            };
        }

        String tells() {
            return outcome + " " + content;
        }
    }

    private int records;
    private boolean ended;
    private final List<Told> told = new ArrayList<>(1);

    void published() {
        records++;
    }

    void announced(RenderEvent event) {
        told.add(Told.of(event));
    }

    void ended() {
        ended = true;
    }

    int records() {
        return records;
    }

    boolean hasEnded() {
        return ended;
    }

    List<Told> told() {
        return told;
    }

    List<Told> firsts() {
        return told.stream().filter(one -> !one.replay() && !one.ofAnother()).toList();
    }

    /** Everything that was told of the job, each once: more than one contradict each other. */
    List<String> versions() {
        return told.stream()
                .filter(one -> !one.ofAnother())
                .map(Told::tells)
                .distinct()
                .toList();
    }
}
