package dev.renderfleet.worker.chaos;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/** What planted bugs do to pictures and events. */
public final class Mishaps {

    private Mishaps() {}

    /** Damages the picture on its way to the store, if that is planted. True if it shall not get there at all. */
    public static boolean befall(Chaos chaos, String jobId, Path picture) {
        if (chaos.has(PlantedBug.DAMAGE_PICTURE, jobId)) {
            try (var file = new RandomAccessFile(picture.toFile(), "rw")) {
                file.seek(file.length() / 2);
                int old = file.read();
                file.seek(file.length() / 2);
                file.write(~old);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return chaos.has(PlantedBug.SKIP_STORE, jobId);
    }

    /** The events to tell instead of this one, which is told alone if nothing is planted. */
    public static List<RenderEvent> told(Chaos chaos, RenderEvent event) {
        String job = event.job().jobId();
        if (chaos.has(PlantedBug.LOSE_OUTCOME, job)) {
            return List.of();
        }
        if (chaos.has(PlantedBug.ANNOUNCE_TWICE, job)) {
            return List.of(event, event);
        }
        if (event instanceof RenderCompleted done && chaos.has(PlantedBug.CONFLICTING_OUTCOME, job)) {
            return List.of(
                    event,
                    new RenderFailed(
                            done.job(),
                            false,
                            FailureCode.INTERNAL,
                            true,
                            "planted",
                            null,
                            done.attempts(),
                            done.usage(),
                            done.cost()));
        }
        return List.of(chaos.has(PlantedBug.HIDE_ATTEMPT) ? withoutUnknowns(event) : event);
    }

    private static RenderEvent withoutUnknowns(RenderEvent event) {
        return switch (event) {
            case RenderCompleted e ->
                new RenderCompleted(
                        e.job(),
                        e.replay(),
                        e.images(),
                        e.model(),
                        known(e.attempts()),
                        e.usage(),
                        e.cost(),
                        e.latency(),
                        e.provenance());
            case RenderFailed e ->
                new RenderFailed(
                        e.job(),
                        e.replay(),
                        e.code(),
                        e.retryable(),
                        e.message(),
                        e.providerReason(),
                        known(e.attempts()),
                        e.usage(),
                        e.cost());
            case RenderRejected _, RenderCanceled _ -> event;
        };
    }

    private static List<Attempt> known(List<Attempt> attempts) {
        return attempts.stream()
                .filter(attempt -> !attempt.outcome().equals(FailureCode.UNKNOWN_OUTCOME.wireName()))
                .toList();
    }
}
