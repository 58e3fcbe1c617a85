package dev.renderfleet.sandbox.simulators.gemini;

import dev.renderfleet.sandbox.simulators.Behaviour;
import dev.renderfleet.sandbox.simulators.CommonFaults;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How a call is answered: all behaviours that it meets, put together. Of several outcomes that exclude each other the last
 * one counts.
 *
 * @param error instead of an answer, before the model works: such a call is not billed
 * @param pictures how many are drawn; 0 unless the outcome is a picture
 * @param thoughts whether drafts, with text and a picture, come before the picture
 */
record AnswerPlan(Optional<GeminiError> error, Outcome outcome, int pictures, boolean thoughts, CommonFaults faults) {

    /** What the model has to say. */
    sealed interface Outcome {
        record Drawn() implements Outcome {}

        /** STOP, but the model only talked. */
        record Talked() implements Outcome {}

        /** The prompt was refused: promptFeedback.blockReason and no candidates. */
        record Blocked(String reason) implements Outcome {}

        /** A candidate without picture that ended for this reason. */
        record Ended(String reason) implements Outcome {}
    }

    /**
     * An upper-case name that is none of ours is a finishReason, so that those which Google will invent can be tried as
     * well; any other throws an {@link IllegalArgumentException}.
     */
    static AnswerPlan of(String model, boolean thoughtsWanted, List<Behaviour> behaviours) {
        Optional<GeminiError> error = Optional.empty();
        Outcome outcome = new Outcome.Drawn();
        int pictures = 1;
        boolean thoughts = thoughtsWanted;
        var faults = new CommonFaults();
        for (Behaviour behaviour : behaviours) {
            String name = behaviour.name();
            if (faults.accept(behaviour)) {
                continue;
            }
            switch (name) {
                case "TEXT_ONLY" -> outcome = new Outcome.Talked();
                case "MANY_IMAGES" -> pictures = Integer.parseInt(behaviour.option("count", "3"));
                case "THOUGHTS" -> thoughts = true;
                default -> {
                    if (name.startsWith("BLOCK_")) {
                        outcome = new Outcome.Blocked(name.substring("BLOCK_".length()));
                    } else if (!name.isEmpty() && Character.isDigit(name.charAt(0))) {
                        error = Optional.of(GeminiError.simulated(behaviour, model));
                    } else if (!name.isEmpty() && name.equals(name.toUpperCase(Locale.ROOT))) {
                        outcome = new Outcome.Ended(name);
                    } else {
                        throw behaviour.unknown();
                    }
                }
            }
        }
        return new AnswerPlan(error, outcome, outcome instanceof Outcome.Drawn ? pictures : 0, thoughts, faults);
    }

    /** The outcome in the ledger's words. */
    String describe() {
        return switch (outcome) {
            case Outcome.Drawn _ -> "STOP";
            case Outcome.Talked _ -> "TEXT_ONLY";
            case Outcome.Blocked blocked -> "BLOCK_" + blocked.reason();
            case Outcome.Ended ended -> ended.reason();
        };
    }
}
