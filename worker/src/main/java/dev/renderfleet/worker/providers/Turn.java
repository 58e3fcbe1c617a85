package dev.renderfleet.worker.providers;

import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An earlier turn of a conversation with a model.
 *
 * @param locale as of {@link DrawRequest}
 * @param references that came with the prompt
 * @param picture that the model drew
 * @param reply the model's parts in their order, one of them the picture
 */
public record Turn(
        String prompt,
        @Nullable String locale,
        List<ReferencePicture> references,
        ReferencePicture picture,
        List<ReplyPart> reply) {
    public Turn {
        references = List.copyOf(references);
        reply = List.copyOf(reply);
    }
}
