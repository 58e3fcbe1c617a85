package dev.renderfleet.testbed.chaos;

import dev.renderfleet.contracts.job.Budget;
import dev.renderfleet.contracts.job.OnUnknown;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.job.Routing;
import dev.renderfleet.contracts.job.Routing.Fallback;
import dev.renderfleet.contracts.job.Routing.Preference;
import dev.renderfleet.testbed.jobs.PlainJob;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The jobs of a run, by its seed. A provider fault is a directive in the prompt, so the plan decides which calls meet one. A valid job
 * survives it, but for jobs that their provider always refuses: some edits name them as parents. Not thread-safe.
 */
final class RandomJobs {

    private static final String PROMPT = "Catalogue picture ";

    private static final int PERCENT = 100;
    /** Of the jobs; with {@code onUnknown: hold}. */
    private static final int HOLD_PERCENT = 5;
    /** One job in so many is always refused, if jobs are edited. */
    private static final int REFUSED_ONE_IN = 25;

    /** In USD micros; for one call at least of all models but OpenAI's. */
    private static final Budget TIGHT = new Budget(130_000);
    /** For all calls that a job may make. */
    private static final Budget ROOMY = new Budget(3_000_000);

    private final ChaosPlan plan;
    private final List<ChaosModel> editors;
    private final boolean hasRouted;
    private final boolean hasCheap;
    private final RandomGenerator random;
    private final RandomGenerator holds;
    private final RandomGenerator models;
    private final RandomGenerator mix;
    private final List<RenderJob> jobs = new ArrayList<>();
    private final List<RenderJob> refused = new ArrayList<>();
    private final Set<String> afterParent = new HashSet<>();

    RandomJobs(ChaosPlan plan) {
        this.plan = plan;
        this.editors = plan.models().stream().filter(ChaosModel::edits).toList();
        List<ChaosModel> routed =
                editors.stream().filter(ChaosModel::isChosenByRouter).toList();
        this.hasRouted = !routed.isEmpty();
        this.hasCheap = !routed.equals(List.of(ChaosModel.OPENAI));
        this.random = plan.random("workload");
        this.holds = plan.random("holds");
        this.models = plan.random("models");
        this.mix = plan.random("mix");
    }

    /** A job of its own key and prompt. */
    RenderJob next() {
        int number = jobs.size();
        OnUnknown onUnknown = holds.nextInt(PERCENT) < HOLD_PERCENT ? OnUnknown.HOLD : null;
        ChaosModel model = any(plan.models(), models);
        String fault = fault(model, TenantTerms.of(number));
        int kind = mix.nextInt(PERCENT);
        RenderJob job;
        if (kind < plan.editPercent() && number > 0 && !editors.isEmpty()) {
            job = edit(number, onUnknown);
        } else if (kind >= PERCENT - plan.fallbackPercent()) {
            job = withFallback(number, model, onUnknown);
        } else {
            boolean fails = plan.editPercent() > 0 && number % REFUSED_ONE_IN == 1;
            String refusal = fails ? model.refusedAlways() : null;
            job = job(number, model.id(), null, refusal == null ? fault : refusal, null, null, onUnknown);
            if (refusal != null) {
                refused.add(job);
            }
        }
        jobs.add(job);
        return job;
    }

    /** The job's prompt in what a provider was sent: before it, workers say what the references are. */
    static String promptIn(String sent) {
        return sent.substring(Math.max(0, sent.lastIndexOf(PROMPT)));
    }

    /** Whether the job is published after its parent's event. */
    boolean isAfterItsParent(RenderJob job) {
        return afterParent.contains(job.idempotencyKey());
    }

    /** Whether the job may be published twice: after a failure another record asks for another call. */
    boolean mayBeRepeated(RenderJob job) {
        return job.onUnknown() != OnUnknown.HOLD && job.parent() == null && !refused.contains(job);
    }

    /** Of any earlier job, also of one that fails or is an edit itself. One in four is published before its parent's event. */
    private RenderJob edit(int number, @Nullable OnUnknown onUnknown) {
        RenderJob parent = !refused.isEmpty() && mix.nextInt(5) == 0
                ? any(refused, mix)
                : jobs.get(mix.nextInt(1 + mix.nextInt(number)));
        String editor = any(editors, mix).id();
        boolean again = editors.stream().anyMatch(model -> model.id().equals(parent.model()));
        String model = switch (mix.nextInt(4)) {
            case 0 -> hasRouted ? null : editor;
            case 1 -> editor;
            default -> again ? parent.model() : editor;
        };
        Routing routing = mix.nextInt(3) == 0 ? routing() : null;
        RenderJob job = job(number, model, routing, "", parent, null, onUnknown);
        if (mix.nextInt(4) > 0) {
            afterParent.add(job.idempotencyKey());
        }
        return job;
    }

    private RenderJob withFallback(int number, ChaosModel model, @Nullable OnUnknown onUnknown) {
        boolean named = !hasRouted || mix.nextBoolean();
        Budget budget = switch (mix.nextInt(3)) {
            case 0 -> null;
            case 1 -> hasCheap && !(named && model == ChaosModel.OPENAI) ? TIGHT : ROOMY;
            default -> ROOMY;
        };
        String faults = plan.providerFaultPercent() == 0 || plan.models().size() == 1
                ? ""
                : named ? faultOfNamed(model) : faultsOfRouted();
        return job(number, named ? model.id() : null, routing(), faults, null, budget, onUnknown);
    }

    /** In half of the jobs a free one. */
    private String faultOfNamed(ChaosModel model) {
        ProviderFault kind = any(plan.providerFaults(), mix);
        return switch (mix.nextInt(4)) {
            case 0 -> "";
            case 1 -> kind.isWithinBudget() ? kind.directive(model, plan.modelTimeout()) : "";
            default -> model.busyOnce();
        };
    }

    /** Free ones of half of the models, since the router may choose any. */
    private String faultsOfRouted() {
        return plan.models().stream()
                .filter(model -> model.isChosenByRouter() && mix.nextBoolean())
                .map(ChaosModel::busyOnce)
                .collect(Collectors.joining());
    }

    private Routing routing() {
        return new Routing(
                List.of(),
                any(List.of(Preference.values()), mix),
                mix.nextBoolean() ? Fallback.UNBILLED : Fallback.ANY);
    }

    /** Not one that is billed beyond the price, or without an answer, where a cap is judged by the bills. */
    private String fault(ChaosModel model, TenantTerms tenant) {
        if (random.nextInt(PERCENT) >= plan.providerFaultPercent()) {
            return "";
        }
        ProviderFault kind = any(plan.providerFaults(), random);
        boolean isJudged = plan.scheduler() != null && tenant.cap() != TenantTerms.Cap.NONE;
        return kind.isKnownTo(model) && (!isJudged || kind.isWithinBudget()) ? kind.directive(plan.modelTimeout()) : "";
    }

    private RenderJob job(
            int number,
            @Nullable String model,
            @Nullable Routing routing,
            String directives,
            @Nullable RenderJob parent,
            @Nullable Budget budget,
            @Nullable OnUnknown onUnknown) {
        return PlainJob.of(
                parent == null ? TenantTerms.of(number).tenant() : parent.tenant(),
                "chaos-" + plan.seed() + "-" + number,
                model,
                routing,
                PROMPT + number + " of seed " + plan.seed() + directives,
                parent == null ? null : Workload.id(parent),
                OutputSize.K1,
                budget,
                onUnknown);
    }

    private static <T> T any(List<T> choices, RandomGenerator random) {
        return choices.get(random.nextInt(choices.size()));
    }
}
