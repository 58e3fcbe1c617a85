package dev.renderfleet.catalogue;

import dev.renderfleet.catalogue.Route.Unroutable;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.job.Background;
import dev.renderfleet.contracts.job.Grounding;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.job.WireNamed;
import java.util.Collection;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a job requires of a model. */
final class Requirements {

    private Requirements() {}

    /** The first requirement that the model does not meet, or null. */
    static @Nullable Unroutable unmet(ModelCard card, RenderJob job) {
        Unroutable unmet = output(card, job.output());
        if (unmet == null) {
            unmet = input(card, job);
        }
        return unmet != null ? unmet : capability(card, job);
    }

    private static @Nullable Unroutable output(ModelCard card, Output output) {
        String size = output.size().wireName();
        if (!card.sizes().contains(size)) {
            return unsupported("output.size", card.id() + " draws " + sorted(card.sizes()) + ", not " + size);
        }
        String ratio = output.aspectRatio();
        if (ratio != null && !card.ratios().contains(ratio)) {
            return unsupported("output.aspectRatio", card.id() + " draws " + card.ratios() + ", not " + ratio);
        }
        if (output.format() != null && !card.formats().contains(output.format())) {
            return unsupported(
                    "output.format",
                    card.formats().isEmpty()
                            ? card.id()
                                    + " does not let its format be chosen; leave it out and read mime from the event"
                            : card.id() + " writes " + names(card.formats()) + ", not "
                                    + output.format().wireName());
        }
        if (output.quality() != null && !card.qualities().contains(output.quality())) {
            return unsupported(
                    "output.quality",
                    card.qualities().isEmpty()
                            ? card.id() + " has no quality levels; leave quality out"
                            : card.id() + " has the levels " + names(card.qualities()));
        }
        return output.background() == Background.TRANSPARENT
                        && !card.capabilities().contains("transparent")
                ? unsupported("output.background", card.id() + " draws no transparent background")
                : null;
    }

    private static @Nullable Unroutable input(ModelCard card, RenderJob job) {
        int masks = masks(job);
        if (masks > 0 && !card.capabilities().contains("mask")) {
            return unsupported("references", card.id() + " takes no mask");
        }
        if (masks == 0 && card.maskRequired()) {
            return unsupported("references", card.id() + " draws into a mask only; add a reference with role mask");
        }
        if (job.parent() != null && !card.capabilities().contains("edit")) {
            return unsupported("parent", card.id() + " edits no image");
        }
        if (job.inputImages() - masks > card.referencesMax()) {
            return unsupported(
                    "references",
                    card.id() + " takes at most " + card.referencesMax() + " references"
                            + (job.parent() == null ? "" : ", the parent's image among them"));
        }
        int promptChars = job.prompt().resolved().length();
        return promptChars > card.promptCharsMax()
                ? unsupported(
                        "prompt",
                        card.id() + " takes at most " + card.promptCharsMax() + " characters, not " + promptChars)
                : null;
    }

    /** References with role mask. */
    static int masks(RenderJob job) {
        return (int) job.references().stream()
                .filter(reference -> reference.role() == ReferenceRole.MASK)
                .count();
    }

    private static @Nullable Unroutable capability(ModelCard card, RenderJob job) {
        Grounding grounding = job.grounding();
        if (grounding != null && grounding.webSearch() && !card.capabilities().contains("web-search")) {
            return unsupported("grounding.webSearch", card.id() + " cannot search the web");
        }
        if (grounding != null && grounding.imageSearch() && !card.capabilities().contains("image-search")) {
            return unsupported("grounding.imageSearch", card.id() + " cannot search for pictures");
        }
        if (job.thinking() != null && !card.capabilities().contains("thinking")) {
            return unsupported("thinking", card.id() + " has no thinking levels");
        }
        if (job.routing() != null) {
            for (String wanted : job.routing().requirements()) {
                if (!card.capabilities().contains(wanted)) {
                    return unsupported(
                            "routing.requirements",
                            card.id() + " does not offer " + wanted + "; it offers " + sorted(card.capabilities()));
                }
            }
        }
        return null;
    }

    static Unroutable unsupported(String field, String message) {
        return new Unroutable(FailureCode.UNSUPPORTED, field, message);
    }

    private static String sorted(Collection<String> values) {
        return values.stream().sorted().collect(Collectors.joining(", "));
    }

    private static String names(Collection<? extends WireNamed> constants) {
        return sorted(constants.stream().map(WireNamed::wireName).toList());
    }
}
