package dev.renderfleet.worker.providers.wire;

import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The prompt for models that have no field for the role of a reference and for the language. */
public final class ImagePrompt {

    private ImagePrompt() {}

    /** The references without the mask, in the order in which {@link #of} numbers them. */
    public static List<ReferencePicture> pictures(DrawRequest request) {
        return request.references().stream()
                .filter(reference -> reference.role() != ReferenceRole.MASK)
                .toList();
    }

    public static List<ReferencePicture> masks(DrawRequest request) {
        return request.references().stream()
                .filter(reference -> reference.role() == ReferenceRole.MASK)
                .toList();
    }

    /** A sentence for each reference with its number from 1, the prompt, and a sentence that names the language. */
    public static String of(DrawRequest request) {
        var text = new StringBuilder();
        int number = 1;
        for (ReferencePicture picture : pictures(request)) {
            text.append("Image ")
                    .append(number++)
                    .append(" is ")
                    .append(role(picture.role()))
                    .append(".\n");
        }
        if (number > 1) {
            text.append('\n');
        }
        return text.append(request.prompt()).append(localeSentence(request)).toString();
    }

    /** Names the language of text in the picture; empty if the prompt decides. */
    public static String localeSentence(DrawRequest request) {
        return localeSentence(request.locale());
    }

    /** As above, by the language's BCP 47 tag. */
    public static String localeSentence(@Nullable String tag) {
        if (tag == null) {
            return "";
        }
        String language = Locale.forLanguageTag(tag).getDisplayLanguage(Locale.ENGLISH);
        return "\n\nAny text in the picture is in " + (language.isEmpty() ? "the language" : language) + " (" + tag
                + ").";
    }

    private static String role(@Nullable ReferenceRole role) {
        return switch (role) {
            case null -> "the image to edit";
            case PRODUCT -> "the product, to be shown exactly as it is";
            case STYLE -> "the style to follow, not its content";
            case CHARACTER -> "the character, to be recognisable";
            case BACKGROUND -> "the background to use";
            case MASK -> "the mask; change only what is white in it";
        };
    }
}
