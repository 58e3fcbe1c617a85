package dev.renderfleet.sandbox.simulators.gemini;

import dev.renderfleet.sandbox.simulators.Behaviour;
import dev.renderfleet.sandbox.simulators.CommonFaults;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The answer to a call, merged from all behaviours that apply to it. Of several outcomes that exclude each other the last
 * one counts.
 *
 * @param error instead of an answer, before the model works: such a call is not billed
 * @param pictures how many are drawn; 0 unless the outcome is a picture
 * @param queries that the model sends to a search, of the kinds that the call permits
 * @param otherModel that draws, and whose rates are billed, instead of the one asked for
 */
record AnswerPlan(
        Optional<GeminiError> error,
        Outcome outcome,
        int pictures,
        Set<Oddity> oddities,
        int queries,
        Optional<String> otherModel,
        CommonFaults faults) {

    /** Of a grounded call, unless a behaviour says otherwise. */
    private static final int QUERIES = 3;

    AnswerPlan {
        oddities = Set.copyOf(oddities);
    }

    /** How an answer differs from the usual one. */
    enum Oddity {
        /** Drafts, with text and a picture, come before the picture. */
        THOUGHTS,
        /** All pictures are marked as thoughts. */
        THOUGHT_ONLY,
        /** The last picture is broken. */
        LAST_BROKEN,
        /** A second candidate is blocked. */
        SECOND_BLOCKED,
        /** The error comes with status 200. */
        ERROR_IN_200
    }

    /** What the model has to say. */
    sealed interface Outcome {
        record Drawn() implements Outcome {}

        /** STOP, but the model only talked. */
        record Talked() implements Outcome {}

        /** The prompt was refused: promptFeedback.blockReason and no candidates. */
        record Blocked(String reason) implements Outcome {}

        /**
         * A candidate without picture that ended for this reason.
         *
         * @param imageTokens that are billed all the same
         */
        record Ended(String reason, int imageTokens) implements Outcome {}
    }

    /**
     * An upper-case name that is none of ours is a finishReason, so that those which Google will invent can be tried as
     * well; any other throws an {@link IllegalArgumentException}.
     */
    static AnswerPlan of(String model, boolean thoughtsWanted, List<Behaviour> behaviours) {
        Optional<GeminiError> error = Optional.empty();
        Outcome outcome = new Outcome.Drawn();
        int pictures = 1;
        Set<Oddity> oddities = EnumSet.noneOf(Oddity.class);
        if (thoughtsWanted) {
            oddities.add(Oddity.THOUGHTS);
        }
        int queries = QUERIES;
        Optional<String> otherModel = Optional.empty();
        var faults = new CommonFaults();
        for (Behaviour behaviour : behaviours) {
            String name = behaviour.name();
            if (faults.accept(behaviour)) {
                continue;
            }
            switch (name) {
                case "TEXT_ONLY" -> outcome = new Outcome.Talked();
                case "QUERIES" -> queries = Integer.parseInt(behaviour.option("count", "5"));
                case "MANY_IMAGES" -> pictures = Integer.parseInt(behaviour.option("count", "3"));
                case "THOUGHTS", "THOUGHT_ONLY", "SECOND_BLOCKED" -> oddities.add(Oddity.valueOf(name));
                case "LAST_BROKEN" -> {
                    pictures = Integer.parseInt(behaviour.option("count", "4"));
                    oddities.add(Oddity.LAST_BROKEN);
                }
                case "OTHER_MODEL" -> otherModel = Optional.of(behaviour.option("id", "gemini-3-pro-image"));
                case "ERROR_IN_200" -> {
                    var inside = new Behaviour(behaviour.option("code", "503"), behaviour.options());
                    error = Optional.of(GeminiError.simulated(inside, model));
                    oddities.add(Oddity.ERROR_IN_200);
                }
                default -> {
                    if (name.startsWith("BLOCK_")) {
                        outcome = new Outcome.Blocked(name.substring("BLOCK_".length()));
                    } else if (!name.isEmpty() && Character.isDigit(name.charAt(0))) {
                        error = Optional.of(GeminiError.simulated(behaviour, model));
                    } else if (!name.isEmpty() && name.equals(name.toUpperCase(Locale.ROOT))) {
                        outcome = new Outcome.Ended(name, Integer.parseInt(behaviour.option("imageTokens", "0")));
                    } else {
                        throw behaviour.unknown();
                    }
                }
            }
        }
        return new AnswerPlan(
                error,
                outcome,
                outcome instanceof Outcome.Drawn ? pictures : 0,
                oddities,
                outcome instanceof Outcome.Blocked ? 0 : queries,
                otherModel,
                faults);
    }

    boolean has(Oddity oddity) {
        return oddities.contains(oddity);
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
