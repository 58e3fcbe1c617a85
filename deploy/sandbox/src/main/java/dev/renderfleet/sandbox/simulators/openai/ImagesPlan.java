package dev.renderfleet.sandbox.simulators.openai;

import dev.renderfleet.sandbox.simulators.Behaviour;
import dev.renderfleet.sandbox.simulators.CommonFaults;
import java.util.List;
import java.util.Optional;

/**
 * The answer to a call, merged from all behaviours that apply to it; of several outcomes the last one counts.
 *
 * @param error instead of an answer, before the model works: such a call is not billed
 * @param pictures how many are sent, and billed
 * @param address at which the picture is said to be; empty text: where it is kept
 * @param readsUrls whether it reads pictures at addresses
 */
record ImagesPlan(
        Optional<OpenAiError> error,
        Outcome outcome,
        int pictures,
        Optional<String> address,
        boolean readsUrls,
        CommonFaults faults) {

    enum Outcome {
        DRAWN,
        /** Refused by the safety system at once; not billed. */
        MODERATION,
        /** Drawn, then refused by the safety system: the caller has waited, and nothing is billed. */
        MODERATION_AFTER,
        /** {@code data} is an empty list. */
        NO_IMAGE,
        /** {@code data} is absent. */
        NO_DATA
    }

    /** @param count of the pictures asked for */
    static ImagesPlan of(String model, int count, List<Behaviour> behaviours) {
        Optional<OpenAiError> error = Optional.empty();
        var outcome = Outcome.DRAWN;
        int pictures = count;
        Optional<String> address = Optional.empty();
        boolean readsUrls = true;
        var faults = new CommonFaults();
        for (Behaviour behaviour : behaviours) {
            if (faults.accept(behaviour)) {
                continue;
            }
            switch (behaviour.name()) {
                case "MODERATION", "MODERATION_AFTER", "NO_IMAGE", "NO_DATA" ->
                    outcome = Outcome.valueOf(behaviour.name());
                case "FEWER_IMAGES" -> pictures = Math.min(count, Integer.parseInt(behaviour.option("count", "1")));
                case "URL_UNREADABLE" -> readsUrls = false;
                case "RESULT_URL" -> address = Optional.of(behaviour.option("url", ""));
                default -> error = Optional.of(OpenAiError.simulated(behaviour, model));
            }
        }
        return new ImagesPlan(error, outcome, outcome == Outcome.DRAWN ? pictures : 0, address, readsUrls, faults);
    }
}
