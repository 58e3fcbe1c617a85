package dev.renderfleet.scheduler.routing;

import dev.renderfleet.catalogue.Health;
import dev.renderfleet.catalogue.ModelCard;
import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.catalogue.Progress;
import dev.renderfleet.catalogue.ProviderCard;
import dev.renderfleet.catalogue.Quota;
import dev.renderfleet.catalogue.Ranking;
import dev.renderfleet.catalogue.Route;
import dev.renderfleet.catalogue.Router;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.signal.FleetSetup;
import dev.renderfleet.contracts.signal.Signal;
import dev.renderfleet.scheduler.money.Demand;
import dev.renderfleet.scheduler.queue.ModelLimits;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Routes jobs as the workers do, among the providers that they can call. Safe for use by many threads. */
public final class JobPricer {

    /** The line of jobs that no model can draw: a worker rejects them. */
    public static final String UNROUTABLE = "none";

    private static final double SECONDS_PER_MINUTE = 60;

    private final ModelCatalogue catalogue;
    private final int calls;
    private final InstantSource clock;
    private final Set<String> providers = new HashSet<>();
    private volatile @Nullable Router router;
    private volatile @Nullable String workersTable;

    /** @param calls for how many calls money is held, where there is room */
    public JobPricer(ModelCatalogue catalogue, int calls, InstantSource clock) {
        this.catalogue = catalogue;
        this.calls = calls;
        this.clock = clock;
    }

    /** Hears which providers the workers can call. */
    public synchronized void heard(Signal signal) {
        if (signal instanceof FleetSetup setup) {
            providers.addAll(setup.providers());
            setup.withdrawn().forEach(providers::remove);
            router = new Router(catalogue, providers);
        }
    }

    /** Whether a worker has said which providers there are. */
    public boolean isReady() {
        return router != null;
    }

    /** Hears by which price table a worker has billed a job. */
    public void billedBy(String priceTable) {
        workersTable = priceTable;
    }

    /** Whether workers bill by the prices by which money is held. */
    public String prices() {
        String other = workersTable;
        return other == null || other.equals(catalogue.version())
                ? "table " + catalogue.version()
                : "workers bill by table %s, and money is held by table %s: a worker rejects what costs more than was held; give all the same models.yaml"
                        .formatted(other, catalogue.version());
    }

    /** Why no model could draw the job whatever providers are set up; null: one can. */
    public Route.@Nullable Unroutable refusal(RenderJob job) {
        Set<String> all = catalogue.models().stream().map(ModelCard::provider).collect(Collectors.toSet());
        return new Router(catalogue, all).route(WorkerJob.of(job, job.budget()), today())
                        instanceof Route.Unroutable unroutable
                ? unroutable
                : null;
    }

    /** The id of the model whose line the job joins. */
    public String line(RenderJob job) {
        ModelCard named = job.model() == null ? null : catalogue.find(job.model());
        return named != null
                ? named.id()
                : rank(job).route() instanceof Route.Routed routed
                        ? routed.model().id()
                        : UNROUTABLE;
    }

    /** How long a job of the line takes until outcomes say better. */
    public Duration typical(String line) {
        ModelCard card = catalogue.find(line);
        return Duration.ofSeconds(card == null ? 1 : Math.max(1, card.typicalSeconds()));
    }

    /** The provider of the line's model. */
    public String provider(String line) {
        ModelCard card = catalogue.find(line);
        return card == null ? UNROUTABLE : card.provider();
    }

    /** What the fleet may use of the line's model. A quota of tokens is left to the workers. */
    public ModelLimits limits(String line) {
        ModelCard card = catalogue.find(line);
        if (card == null) {
            return new ModelLimits(null, null, null, ZoneOffset.UTC, null);
        }
        Quota quota = card.quota() == null ? Quota.NONE : card.quota();
        ProviderCard provider = Objects.requireNonNull(catalogue.provider(card.provider()));
        Integer perMinute = least(quota.requestsPerMinute(), quota.imagesPerMinute());
        return new ModelLimits(
                perMinute == null ? null : Double.valueOf(perMinute / SECONDS_PER_MINUTE),
                null,
                quota.requestsPerDay(),
                provider.dayZone(),
                least(quota.concurrentCalls(), provider.concurrentCalls()));
    }

    private static @Nullable Integer least(@Nullable Integer one, @Nullable Integer other) {
        return one == null ? other : other == null ? one : Integer.valueOf(Math.min(one, other));
    }

    /** What the job asks of its accounts. */
    public Demand demand(RenderJob job) {
        OptionalLong budget = job.budget() == null
                ? OptionalLong.empty()
                : OptionalLong.of(job.budget().maxUsdMicros());
        return Demand.of(rank(job).worstUsdMicros(job), calls, budget);
    }

    private Ranking rank(RenderJob job) {
        Router current = router;
        return (current == null ? new Router(catalogue, Set.of()) : current)
                .rank(WorkerJob.of(job, job.budget()), Health.GOOD, Progress.NONE, today());
    }

    private LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }
}
