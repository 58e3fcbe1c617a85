package dev.renderfleet.catalogue;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the calls of a job leave for its next one.
 *
 * @param usdMicros what they may have cost, which its budget no longer has
 * @param only the id of the model that draws what is left; null: any that fits
 * @param refused ids of models that refused the job for now: models that were not called are tried before
 * @param failed ids of models that failed the job, the last one first: all other models are tried before
 */
public record Progress(long usdMicros, @Nullable String only, Set<String> refused, List<String> failed) {

    /** No call was made. */
    public static final Progress NONE = new Progress(0, null, Set.of(), List.of());

    public Progress {
        refused = Set.copyOf(refused);
        failed = List.copyOf(failed);
    }

    /** Whether another model than the one that the job names may be called. */
    boolean isBegun() {
        return !equals(NONE);
    }

    boolean wasCalled(ModelCard card) {
        return refused.contains(card.id()) || failed.contains(card.id());
    }
}
