package dev.renderfleet.catalogue;

import dev.renderfleet.catalogue.Route.Routed;
import dev.renderfleet.catalogue.Route.Unroutable;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.job.Background;
import dev.renderfleet.contracts.job.Grounding;
import dev.renderfleet.contracts.job.ImageFormat;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.job.Routing;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Chooses the model of a job: a pure function of job, catalogue and day. Immutable. */
public final class Router {

    private final ModelCatalogue catalogue;
    private final Set<String> providers;

    /** @param providers names of the configured providers */
    public Router(ModelCatalogue catalogue, Set<String> providers) {
        this.catalogue = catalogue;
        this.providers = Set.copyOf(providers);
    }

    /** The model for the job, or the reason why there is none. */
    public Route route(RenderJob job, LocalDate today) {
        Unroutable notOffered = notOffered(job);
        if (notOffered != null) {
            return notOffered;
        }
        String name = job.model();
        Route route = name == null ? choose(job, today) : named(name, job, today);
        return route instanceof Routed routed ? withinBudget(routed, job) : route;
    }

    /** Whether there is a model for the job where all providers are set up. */
    public boolean isRoutable(RenderJob job, LocalDate today) {
        Set<String> all = catalogue.models().stream().map(ModelCard::provider).collect(Collectors.toSet());
        return new Router(catalogue, all).route(job, today) instanceof Routed;
    }

    /**
     * The model of a call that was made before, which may be retired today; null if the catalogue has no such model.
     *
     * @param worstUsdMicros of that call
     */
    public @Nullable Routed called(String model, RenderJob job, long worstUsdMicros) {
        ModelCard card = catalogue.find(model);
        String reason = job.model() == null ? "chosen when it was called" : "the job names it";
        return card == null ? null : new Routed(card, reason, worstUsdMicros);
    }

    /** Rejects fields of the contract that workers do not support yet. */
    private static @Nullable Unroutable notOffered(RenderJob job) {
        if (!job.output().renditions().isEmpty()) {
            return unsupported("output.renditions", "workers store originals only; leave renditions out");
        }
        if (job.parent() != null) {
            return unsupported("parent", "pass the earlier result as a reference instead (s3:// uri of its object)");
        }
        if (!job.dependsOn().isEmpty()) {
            return unsupported(
                    "dependsOn",
                    "a worker waits for no other job; publish this one after their events, without dependsOn");
        }
        if (job.callback() != null) {
            return unsupported("callback", "a worker posts to no address; read render.events, and leave callback out");
        }
        if (job.routing() != null
                && job.routing().fallback() != null
                && job.routing().fallback() != Routing.Fallback.NONE) {
            return unsupported("routing.fallback", "a worker calls no second model; leave fallback out, or say none");
        }
        String unknown = UnknownFields.nested(job);
        return unknown == null
                ? null
                : unsupported(unknown, "no such field in this object; correct its name, or leave it out");
    }

    private Route named(String name, RenderJob job, LocalDate today) {
        ModelCard card = catalogue.find(name);
        if (card == null) {
            return new Unroutable(
                    FailureCode.UNKNOWN_MODEL, "model", "no model of that name; known are " + idsInService(today));
        }
        if (card.isRetired(today)) {
            String successor = card.successor() == null ? "another model" : card.successor();
            return new Unroutable(
                    FailureCode.RETIRED_MODEL,
                    "model",
                    card.id() + " was switched off by its provider on " + card.retired() + "; name " + successor);
        }
        if (!providers.contains(card.provider())) {
            return unsupported("model", missingProvider(card));
        }
        Unroutable unmet = unmet(card, job);
        return unmet != null ? unmet : routed(card, job, "the job names it");
    }

    private Route choose(RenderJob job, LocalDate today) {
        List<ModelCard> inService = catalogue.models().stream()
                .filter(card -> !card.onlyByName() && !card.isRetired(today))
                .toList();
        List<ModelCard> callable = inService.stream()
                .filter(card -> providers.contains(card.provider()))
                .toList();
        if (callable.isEmpty()) {
            String remedy = inService.isEmpty()
                    ? "the catalogue has no model in service"
                    : missingProvider(inService.getFirst());
            return unsupported("model", remedy + "; or name the model proof for a free dry run");
        }
        List<ModelCard> fitting =
                callable.stream().filter(card -> unmet(card, job) == null).toList();
        if (fitting.isEmpty()) {
            // The first model's reason names a field to change.
            Unroutable first = unmet(callable.getFirst(), job);
            return first != null ? first : unsupported("model", "no model fits");
        }
        Routing.Preference preference = preference(job);
        ModelCard best = fitting.stream().min(order(preference, job)).orElseThrow();
        return routed(
                best,
                job,
                "best by " + preference.name().toLowerCase(Locale.ROOT) + " of " + fitting.size() + " models that fit");
    }

    private static Routing.Preference preference(RenderJob job) {
        Routing routing = job.routing();
        return routing == null || routing.preference() == null ? Routing.Preference.COST : routing.preference();
    }

    private static Comparator<ModelCard> order(Routing.Preference preference, RenderJob job) {
        Comparator<ModelCard> cost = Comparator.comparingLong(card -> worst(card, job));
        Comparator<ModelCard> quality =
                Comparator.comparingInt(ModelCard::quality).reversed();
        Comparator<ModelCard> speed = Comparator.comparingInt(ModelCard::typicalSeconds);
        Comparator<ModelCard> chosen = switch (preference) {
            case COST -> cost.thenComparing(quality);
            case QUALITY -> quality.thenComparing(cost);
            case SPEED -> speed.thenComparing(cost);
        };
        return chosen.thenComparing(ModelCard::id);
    }

    private static @Nullable Unroutable unmet(ModelCard card, RenderJob job) {
        String size = job.output().size().wireName();
        if (!card.sizes().contains(size)) {
            return unsupported("output.size", card.id() + " draws " + sorted(card.sizes()) + ", not " + size);
        }
        String ratio = job.output().aspectRatio();
        if (ratio != null && !card.ratios().contains(ratio)) {
            return unsupported("output.aspectRatio", card.id() + " draws " + sorted(card.ratios()) + ", not " + ratio);
        }
        if (job.references().size() > card.referencesMax()) {
            return unsupported("references", card.id() + " takes at most " + card.referencesMax() + " references");
        }
        ImageFormat format = job.output().format();
        if (format != null
                && !card.capabilities().contains("format-" + format.name().toLowerCase(Locale.ROOT))) {
            return unsupported(
                    "output.format",
                    card.id() + " does not let its format be chosen; leave it out and read mime from the event");
        }
        if (job.output().quality() != null && !card.capabilities().contains("quality")) {
            return unsupported("output.quality", card.id() + " has no quality levels; leave quality out");
        }
        if (job.output().background() == Background.TRANSPARENT
                && !card.capabilities().contains("transparent")) {
            return unsupported("output.background", card.id() + " draws no transparent background");
        }
        return unmetCapability(card, job);
    }

    private static @Nullable Unroutable unmetCapability(ModelCard card, RenderJob job) {
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
        Routing routing = job.routing();
        if (routing != null) {
            for (String wanted : routing.requirements()) {
                if (!card.capabilities().contains(wanted)) {
                    return unsupported(
                            "routing.requirements",
                            card.id() + " does not offer " + wanted + "; it offers " + sorted(card.capabilities()));
                }
            }
        }
        return null;
    }

    private static Route withinBudget(Routed routed, RenderJob job) {
        if (job.budget() == null || routed.worstUsdMicros() <= job.budget().maxUsdMicros()) {
            return routed;
        }
        return new Unroutable(
                FailureCode.BUDGET_EXCEEDED,
                "budget.maxUsdMicros",
                "one call of " + routed.model().id() + " may cost " + routed.worstUsdMicros()
                        + " USD micros, the job allows " + job.budget().maxUsdMicros());
    }

    private static Routed routed(ModelCard card, RenderJob job, String reason) {
        return new Routed(card, reason, worst(card, job));
    }

    private static long worst(ModelCard card, RenderJob job) {
        return card.worstUsdMicros(
                job.output().size().wireName(),
                job.prompt().resolved().length(),
                job.references().size());
    }

    private static String missingProvider(ModelCard card) {
        return "the model " + card.id() + " needs its provider set up: renderfleet.providers." + card.provider()
                + ".api-key";
    }

    private String idsInService(LocalDate today) {
        return catalogue.models().stream()
                .filter(card -> !card.isRetired(today))
                .map(ModelCard::id)
                .sorted()
                .collect(Collectors.joining(", "));
    }

    private static String sorted(Set<String> values) {
        return values.stream().sorted().collect(Collectors.joining(", "));
    }

    private static Unroutable unsupported(String field, String message) {
        return new Unroutable(FailureCode.UNSUPPORTED, field, message);
    }
}
