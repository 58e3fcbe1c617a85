package dev.renderfleet.catalogue;

import static dev.renderfleet.catalogue.Requirements.unsupported;

import dev.renderfleet.catalogue.Ranking.Exclusion;
import dev.renderfleet.catalogue.Route.Routed;
import dev.renderfleet.catalogue.Route.Unroutable;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.job.Routing;
import dev.renderfleet.contracts.job.Routing.Fallback;
import dev.renderfleet.contracts.job.Routing.Preference;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Ranks the models for a job: a pure function of job, catalogue, health and day. Immutable. */
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
        return rank(job, Health.GOOD, today).route();
    }

    /** As below, before the first call. */
    public Ranking rank(RenderJob job, Health health, LocalDate today) {
        return rank(job, health, Progress.NONE, today);
    }

    /**
     * All candidates for the job in order, and why the other models are none. None lacks what the job requires, and none may cost more
     * than what is left of its budget. Models on hold come after the others, since their jobs wait, the one that is free first before
     * the others. Of models alike in this, one that was not called yet comes before one that was, and then the model that the job names.
     * A named model that is excluded before its first call leaves no candidate: fallback is for failures.
     */
    public Ranking rank(RenderJob job, Health health, Progress progress, LocalDate today) {
        Unroutable notOffered = notOffered(job);
        if (notOffered != null) {
            return new Ranking(notOffered, List.of(), List.of());
        }
        ModelCard found = job.model() == null ? null : catalogue.find(job.model());
        if (job.model() != null && found == null) {
            return new Ranking(unknownModel(today), List.of(), List.of());
        }
        String named = found == null ? null : found.id();
        String only = progress.only();
        if (found != null
                && only == null
                && (job.fallback() == Fallback.NONE
                        || (!progress.isBegun() && unfit(found, job, health, progress, today) != null))) {
            only = found.id();
        }
        List<Fitting> fitting = new ArrayList<>();
        List<Exclusion> exclusions = new ArrayList<>();
        for (ModelCard card : catalogue.models()) {
            Unroutable excluded = notChosen(card, named, only);
            excluded = excluded == null ? unfit(card, job, health, progress, today) : excluded;
            if (excluded == null) {
                fitting.add(Fitting.of(card, job));
            } else {
                exclusions.add(new Exclusion(card, excluded));
            }
        }
        fitting.sort(order(named, preference(job), health, progress));
        List<Routed> candidates = withReasons(fitting, named, job, health, progress);
        return new Ranking(
                candidates.isEmpty() ? rejection(exclusions, only == null ? named : only, job) : candidates.getFirst(),
                candidates,
                exclusions);
    }

    /** Whether there is a model for the job where all providers are set up. */
    public boolean isRoutable(RenderJob job, Health health, Progress progress, LocalDate today) {
        Set<String> all = catalogue.models().stream().map(ModelCard::provider).collect(Collectors.toSet());
        return new Router(catalogue, all).rank(job, health, progress, today).route() instanceof Routed;
    }

    /**
     * The model of a call that was made before, which may be retired today; null if the catalogue has no such model.
     *
     * @param worstUsdMicros of that call
     */
    public @Nullable Routed called(String model, RenderJob job, long worstUsdMicros) {
        ModelCard card = catalogue.find(model);
        boolean named = card != null && job.model() != null && card.equals(catalogue.find(job.model()));
        String reason = named ? "the job names it" : "chosen when it was called";
        return card == null ? null : new Routed(card, reason, worstUsdMicros);
    }

    /** Rejects fields of the contract that workers do not support yet, and what no model can draw. */
    private static @Nullable Unroutable notOffered(RenderJob job) {
        if (!job.output().renditions().isEmpty()) {
            return unsupported("output.renditions", "workers store originals only; leave renditions out");
        }
        if (!job.dependsOn().isEmpty()) {
            return unsupported(
                    "dependsOn",
                    "a worker waits for no other job; publish this one after their events, without dependsOn");
        }
        if (job.callback() != null) {
            return unsupported("callback", "a worker posts to no address; read render.events, and leave callback out");
        }
        int masks = Requirements.masks(job);
        if (masks > 1 || (masks == 1 && job.inputImages() == 1)) {
            return unsupported("references", "a job has one mask at most, and a picture that it belongs to");
        }
        String unknown = UnknownFields.nested(job);
        return unknown == null
                ? null
                : unsupported(unknown, "no such field in this object; correct its name, or leave it out");
    }

    /** @param only the model that must be called; null: any */
    private static @Nullable Unroutable notChosen(ModelCard card, @Nullable String named, @Nullable String only) {
        if (card.onlyByName() && !card.id().equals(named)) {
            return unsupported("model", card.id() + " is chosen by its name only");
        }
        return only == null || card.id().equals(only)
                ? null
                : unsupported("model", "only " + only + " is called for this job");
    }

    /** The earlier day of catalogue and provider. */
    private @Nullable LocalDate retired(ModelCard card, Health health) {
        LocalDate listed = catalogue.retired(card);
        LocalDate said = health.shutdowns().get(card.id());
        return listed == null || (said != null && said.isBefore(listed)) ? said : listed;
    }

    private @Nullable Unroutable unfit(
            ModelCard card, RenderJob job, Health health, Progress progress, LocalDate today) {
        LocalDate retired = retired(card, health);
        if (retired != null && !today.isBefore(retired)) {
            String successor = card.successor() == null ? "another model" : card.successor();
            return new Unroutable(
                    FailureCode.RETIRED_MODEL,
                    "model",
                    card.id() + " was switched off by its provider on " + retired + "; name " + successor);
        }
        if (!providers.contains(card.provider())) {
            return unsupported(
                    "model",
                    "the model " + card.id() + " needs its provider set up: "
                            + Objects.requireNonNull(catalogue.provider(card.provider()))
                                    .accessSetting());
        }
        Unroutable unmet = Requirements.unmet(card, job);
        return unmet != null ? unmet : aboveBudget(card, job, progress.usdMicros());
    }

    /** Before the first paid call the budget must cover the whole job, later the next call. */
    private static @Nullable Unroutable aboveBudget(ModelCard card, RenderJob job, long spent) {
        if (job.budget() == null) {
            return null;
        }
        if (!card.prices().known()) {
            return budget("the price of " + card.id() + " is not known; add it to models.yaml, or leave budget out");
        }
        if (spent > 0) {
            return spent + card.worstUsdMicros(job) <= job.budget().maxUsdMicros()
                    ? null
                    : budget("what was called may have cost " + spent
                            + " USD micros, which leaves too little for a call of " + card.id());
        }
        long worst = card.worstJobUsdMicros(job);
        return worst <= job.budget().maxUsdMicros()
                ? null
                : budget((job.output().count() > card.countMax() ? "the calls" : "one call") + " of " + card.id()
                        + " may cost " + worst + " USD micros, the job allows "
                        + job.budget().maxUsdMicros());
    }

    /**
     * A model that fits.
     *
     * @param price worst-case price of the job, computed once; an unknown one is the highest
     */
    private record Fitting(ModelCard model, long price) {
        static Fitting of(ModelCard card, RenderJob job) {
            return new Fitting(card, card.prices().known() ? card.worstJobUsdMicros(job) : Long.MAX_VALUE);
        }
    }

    private static Comparator<Fitting> order(
            @Nullable String named, Preference preference, Health health, Progress progress) {
        Comparator<Fitting> cost = Comparator.comparingLong(Fitting::price);
        Comparator<Fitting> quality = Comparator.comparingInt(fit -> -fit.model.quality());
        Comparator<Fitting> chosen = switch (preference) {
            case COST -> cost.thenComparing(quality);
            case QUALITY -> quality.thenComparing(cost);
            case SPEED ->
                Comparator.<Fitting>comparingInt(fit -> fit.model.typicalSeconds())
                        .thenComparing(cost);
        };
        return Comparator.<Fitting>comparingInt(fit -> progress.failed().indexOf(fit.model.id()))
                .thenComparing(fit -> health.heldUntil(fit.model))
                .thenComparing(fit -> progress.refused().contains(fit.model.id()))
                .thenComparing(fit -> !fit.model.id().equals(named))
                .thenComparing(chosen)
                .thenComparing(fit -> fit.model.id());
    }

    private static List<Routed> withReasons(
            List<Fitting> ordered, @Nullable String named, RenderJob job, Health health, Progress progress) {
        long held = ordered.stream().filter(fit -> health.holds(fit.model)).count();
        String order = " by " + preference(job).wireName() + " of " + ordered.size() + " models that fit"
                + (held == 0 ? "" : ", " + held + " of them on hold");
        String others = Stream.concat(progress.refused().stream(), progress.failed().stream())
                .sorted()
                .collect(Collectors.joining(", "));
        List<Routed> candidates = new ArrayList<>();
        for (Fitting fit : ordered) {
            String place = candidates.isEmpty() ? "best" : "number " + (candidates.size() + 1);
            String reason = fit.model.id().equals(named) ? "the job names it" : place + order;
            if (!others.isEmpty() && !progress.wasCalled(fit.model)) {
                reason += "; fallback from " + others;
            }
            candidates.add(new Routed(
                    fit.model,
                    health.holds(fit.model) ? reason + "; on hold, the job waits" : reason,
                    fit.model.worstUsdMicros(job)));
        }
        return candidates;
    }

    /**
     * The reason of the model that the job names, else of the one that comes closest: the cheapest one above the budget, since only its
     * price is in the way, else the first one whose provider is set up.
     */
    private static Unroutable rejection(List<Exclusion> exclusions, @Nullable String named, RenderJob job) {
        if (named != null) {
            return exclusions.stream()
                    .filter(exclusion -> exclusion.model().id().equals(named))
                    .findFirst()
                    .orElseThrow()
                    .reason();
        }
        Comparator<Exclusion> closest =
                Comparator.comparingInt(exclusion -> switch (exclusion.reason().code()) {
                    case BUDGET_EXCEEDED -> 0;
                    case RETIRED_MODEL -> 3;
                    default -> "model".equals(exclusion.reason().field()) ? 2 : 1;
                });
        Comparator<Exclusion> cheapest =
                Comparator.comparingLong(exclusion -> exclusion.reason().code() == FailureCode.BUDGET_EXCEEDED
                                && exclusion.model().prices().known()
                        ? exclusion.model().worstJobUsdMicros(job)
                        : Long.MAX_VALUE);
        Exclusion first = exclusions.stream()
                .filter(exclusion -> !exclusion.model().onlyByName())
                .min(closest.thenComparing(cheapest))
                .orElse(null);
        if (first == null || first.reason().code() == FailureCode.RETIRED_MODEL) {
            return unsupported(
                    "model", "the catalogue has no model in service; name the model proof for a free dry run");
        }
        return "model".equals(first.reason().field())
                ? unsupported("model", first.reason().message() + "; or name the model proof for a free dry run")
                : first.reason();
    }

    private static Preference preference(RenderJob job) {
        Routing routing = job.routing();
        return routing == null || routing.preference() == null ? Preference.COST : routing.preference();
    }

    private Unroutable unknownModel(LocalDate today) {
        String known = catalogue.models().stream()
                .filter(card -> catalogue.retired(card) == null || today.isBefore(catalogue.retired(card)))
                .map(ModelCard::id)
                .sorted()
                .collect(Collectors.joining(", "));
        return new Unroutable(FailureCode.UNKNOWN_MODEL, "model", "no model of that name; known are " + known);
    }

    private static Unroutable budget(String message) {
        return new Unroutable(FailureCode.BUDGET_EXCEEDED, "budget.maxUsdMicros", message);
    }
}
