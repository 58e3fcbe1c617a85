package dev.renderfleet.sandbox.gemini;

import dev.renderfleet.sandbox.gemini.Effect.Delivery;
import dev.renderfleet.sandbox.gemini.Effect.PictureFault;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** All effects of one call, put together. Of several outcomes that exclude each other the last one named counts. */
record Plan(
        Optional<ApiError> error,
        Outcome outcome,
        int pictures,
        boolean thoughts,
        Duration late,
        Set<PictureFault> pictureFaults,
        Set<Delivery> deliveries) {

    /** What the model has to say. */
    sealed interface Outcome {
        record Drawn() implements Outcome {}

        record Talked() implements Outcome {}

        record Blocked(String reason) implements Outcome {}

        record Ended(String reason) implements Outcome {}
    }

    static Plan of(GenerateCall call, List<Effect> effects) {
        Optional<ApiError> error = Optional.empty();
        Outcome outcome = new Outcome.Drawn();
        int pictures = 1;
        boolean thoughts = call.thoughts();
        Duration late = Duration.ZERO;
        Set<PictureFault> faults = EnumSet.noneOf(PictureFault.class);
        Set<Delivery> deliveries = EnumSet.noneOf(Delivery.class);
        for (Effect effect : effects) {
            switch (effect) {
                case Effect.Fail fail -> error = Optional.of(fail.error());
                case Effect.OverQuota over -> error = Optional.of(overQuota(over, call));
                case Effect.Block block -> outcome = new Outcome.Blocked(block.reason());
                case Effect.Finish finish -> outcome = new Outcome.Ended(finish.reason());
                case Effect.TextOnly _ -> outcome = new Outcome.Talked();
                case Effect.Pictures many -> pictures = many.count();
                case Effect.Thoughts _ -> thoughts = true;
                case Effect.Late by -> late = late.plus(by.by());
                case PictureFault fault -> faults.add(fault);
                case Delivery delivery -> deliveries.add(delivery);
            }
        }
        return new Plan(error, outcome, pictures, thoughts, late, faults, deliveries);
    }

    boolean has(Delivery delivery) {
        return deliveries.contains(delivery);
    }

    int picturesDrawn() {
        return switch (outcome) {
            case Outcome.Drawn _ -> pictures;
            case Outcome.Talked _, Outcome.Blocked _, Outcome.Ended _ -> 0;
        };
    }

    private static ApiError overQuota(Effect.OverQuota over, GenerateCall call) {
        ApiError error = ApiError.quota(over.kind(), call.model().id(), 10, over.retryDelay());
        if (over.retryAfter().isPresent()) {
            error = error.withRetryAfter(over.retryAfter().get());
        }
        return over.wrapped() ? error.inArray() : error;
    }
}
