package dev.renderfleet.worker.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.catalogue.Router;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.worker.egress.HostPolicy;
import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.inputs.InputLoader;
import dev.renderfleet.worker.inputs.SessionStore;
import dev.renderfleet.worker.ledger.JobLog;
import dev.renderfleet.worker.ledger.Ledger;
import dev.renderfleet.worker.ledger.LedgerCodec;
import dev.renderfleet.worker.ledger.LedgerEntry;
import dev.renderfleet.worker.ledger.Membership;
import dev.renderfleet.worker.ledger.PublishedOutcomes;
import dev.renderfleet.worker.ledger.Submission;
import dev.renderfleet.worker.limits.FleetQuotas;
import dev.renderfleet.worker.limits.IgnoredHolds;
import dev.renderfleet.worker.limits.ModelLimiter;
import dev.renderfleet.worker.limits.Slots;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.references.HttpsSource;
import dev.renderfleet.worker.references.HttpsTimeouts;
import dev.renderfleet.worker.references.ReferenceFetcher;
import dev.renderfleet.worker.references.ReferenceLimits;
import dev.renderfleet.worker.references.ReferencePrefetcher;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import dev.renderfleet.worker.storage.Pause;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;
import okhttp3.Dns;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/** Builds job runners from real parts except for model, storage and time. */
public final class RunnerFixture {

    /** Used by all runners unless another one is set. */
    public static final ModelCatalogue CATALOGUE = ModelCatalogue.builtIn();

    private static final RandomGenerator ALWAYS_HALF = new RandomGenerator() {
        @Override
        public long nextLong() {
            return 0;
        }

        @Override
        public double nextDouble() {
            return 0.5;
        }
    };

    private final InMemoryObjectStore store;
    private final InstantSource clock;
    private final Slots slots;
    private final Cancellations cancellations;
    private final LedgerCodec codec = new LedgerCodec();
    private @Nullable ModelLimiter limiter;
    private Membership membership = Membership.UNKNOWN;
    private JobLog log = JobLog.UNKNOWN;
    private PublishedOutcomes published = PublishedOutcomes.UNKNOWN;
    private AttemptListener watch = (_, _) -> {};
    private Pause storePause = _ -> false;
    private IntPredicate room = _ -> true;
    private BooleanSupplier lacksProvider = () -> false;
    private Failpoints failpoints = Failpoints.NONE;
    private FleetQuotas quotas = FleetQuotas.NONE;
    private ModelCatalogue catalogue = CATALOGUE;
    private Map<String, LocalDate> shutdowns = Map.of();

    /** By default: no membership is known, unavailable storage ends the run, and no fault is injected. */
    public RunnerFixture(InMemoryObjectStore store, InstantSource clock, Slots slots) {
        this.store = store;
        this.clock = clock;
        this.slots = slots;
        this.cancellations = new Cancellations(clock);
    }

    public RunnerFixture membership(Membership known) {
        membership = known;
        return this;
    }

    RunnerFixture log(JobLog jobs) {
        log = jobs;
        return this;
    }

    RunnerFixture published(PublishedOutcomes known) {
        published = known;
        return this;
    }

    RunnerFixture watch(AttemptListener listener) {
        watch = listener;
        return this;
    }

    RunnerFixture storePause(Pause between) {
        storePause = between;
        return this;
    }

    RunnerFixture room(IntPredicate forCalls) {
        room = forCalls;
        return this;
    }

    RunnerFixture lacksProvider(BooleanSupplier ofTheFleet) {
        lacksProvider = ofTheFleet;
        return this;
    }

    RunnerFixture failpoints(Failpoints planned) {
        failpoints = planned;
        return this;
    }

    RunnerFixture catalogue(ModelCatalogue models) {
        catalogue = models;
        return this;
    }

    /** The built-in catalogue with that field, such as {@code ratio-tolerance: 0.01}, of the model that jobs name. */
    RunnerFixture modelHas(String field) {
        String entry = "- id: gemini-nano-banana-2.1\n";
        try (InputStream builtIn = Objects.requireNonNull(ModelCatalogue.class.getResourceAsStream("/models.yaml"))) {
            String yaml = new String(builtIn.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(yaml).contains(entry);
            return catalogue(ModelCatalogue.read(new ByteArrayInputStream(
                    yaml.replace(entry, entry + "    " + field + "\n").getBytes(StandardCharsets.UTF_8))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    RunnerFixture shutdowns(Map<String, LocalDate> days) {
        shutdowns = days;
        return this;
    }

    RunnerFixture quotas(FleetQuotas granted) {
        quotas = granted;
        return this;
    }

    /** A runner of that process. All share storage and slots. */
    public JobRunner runner(String owner, Spool spool, ImageProvider model, Pause pause) {
        return runner(owner, spool, Map.of("gemini", model), pause);
    }

    /** As above, with providers by name. */
    JobRunner runner(String owner, Spool spool, Map<String, ImageProvider> models, Pause pause) {
        Ledger ledger = ledger(owner);
        var https = new HttpsSource(new OkHttpClient(), Dns.SYSTEM, HostPolicy.STRICT, HttpsTimeouts.DEFAULT, clock);
        var fetcher = new ReferenceFetcher(store, List.of(), https, spool, ReferenceLimits.DEFAULT);
        var images = new ImageStore(store);
        var writes = new DurableWriter(ledger, images, paid(owner, spool), storePause, clock, failpoints);
        limiter = new ModelLimiter(quotas, slots, new IgnoredHolds(), owner, clock, () -> 0L);
        limiter.share(1);
        var routes = new RoutePlanner(
                new Router(catalogue, models.keySet()), limiter, () -> shutdowns, new RetryPolicy(ALWAYS_HALF), clock);
        var attempt = new RenderAttempt(
                ledger,
                new ModelCaller(models, failpoints),
                new Finisher(writes, images, routes, catalogue, watch, clock),
                writes,
                clock,
                failpoints);
        return new JobRunner(
                ledger,
                routes,
                new Capacity(
                        limiter(),
                        slots,
                        new InputLoader(
                                ledger,
                                new ReferencePrefetcher(fetcher, 4, _ -> true, clock),
                                new SessionStore(store),
                                clock),
                        room,
                        lacksProvider,
                        cancellations),
                attempt,
                pause,
                clock);
    }

    /** Of all runners. */
    Cancellations cancellations() {
        return cancellations;
    }

    /** Of the last runner. */
    public ModelLimiter limiter() {
        return Objects.requireNonNull(limiter);
    }

    Ledger ledger(String owner) {
        return new Ledger(store, codec, owner, membership, log, published);
    }

    PaidPictures paid(String owner, Spool spool) {
        return new PaidPictures(spool, new ImageStore(store), ledger(owner));
    }

    /** A job received now and published two seconds ago. Apostrophes stand for quotes. */
    AcceptedJob job(String fields, String record) {
        String key = fields.contains("idempotencyKey") ? "" : "'idempotencyKey':'k',";
        String model = fields.contains("'model'") || fields.contains("'routing'") ? "" : "'model':'nano-banana',";
        String tenant = fields.contains("'tenant'") ? "" : "'tenant':'acme',";
        String json =
                "{" + tenant + key + model + "'prompt':'A red vase'" + (fields.isEmpty() ? "" : "," + fields) + "}";
        DecodedJob decoded = new JobCodec().decode(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), Map.of());
        if (decoded instanceof DecodedJob.Accepted accepted) {
            Instant now = clock.instant();
            return new AcceptedJob(
                    accepted.job(),
                    accepted.id(),
                    accepted.fingerprint(),
                    new Submission(record, now.minusSeconds(2), now),
                    () -> false);
        }
        return fail("not a job: " + decoded);
    }

    static String key(AcceptedJob job) {
        return "ledger/" + job.id() + ".json";
    }

    LedgerEntry entry(AcceptedJob job) {
        byte[] json = Objects.requireNonNull(store.bytes(key(job)), "no ledger entry");
        return codec.decode(new String(json, StandardCharsets.UTF_8));
    }
}
