package dev.renderfleet.worker.ops;

import dev.renderfleet.catalogue.ModelCard;
import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.catalogue.Router;
import dev.renderfleet.contracts.wire.EventCodec;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.worker.chaos.ArmedChaos;
import dev.renderfleet.worker.chaos.Chaos;
import dev.renderfleet.worker.chaos.PlantedBug;
import dev.renderfleet.worker.intake.GroupMembers;
import dev.renderfleet.worker.intake.JobIntake;
import dev.renderfleet.worker.intake.JobStream;
import dev.renderfleet.worker.job.Drain;
import dev.renderfleet.worker.job.ImageStore;
import dev.renderfleet.worker.job.JobRunner;
import dev.renderfleet.worker.job.PaidPictures;
import dev.renderfleet.worker.job.Pause;
import dev.renderfleet.worker.job.RenderAttempt;
import dev.renderfleet.worker.job.RetryPolicy;
import dev.renderfleet.worker.job.Slots;
import dev.renderfleet.worker.ledger.FleetMark;
import dev.renderfleet.worker.ledger.Ledger;
import dev.renderfleet.worker.ledger.LedgerCodec;
import dev.renderfleet.worker.limits.Pacing;
import dev.renderfleet.worker.limits.Quota;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.ImageModel;
import dev.renderfleet.worker.references.HostPolicy;
import dev.renderfleet.worker.references.HttpsSource;
import dev.renderfleet.worker.references.HttpsTimeouts;
import dev.renderfleet.worker.references.ReferenceFetcher;
import dev.renderfleet.worker.references.ReferenceLimits;
import dev.renderfleet.worker.settle.KafkaClients;
import dev.renderfleet.worker.settle.Settlement;
import dev.renderfleet.worker.signals.SignalSender;
import dev.renderfleet.worker.storage.Backoff;
import dev.renderfleet.worker.storage.ConditionalPutProof;
import dev.renderfleet.worker.storage.MinioObjectStore;
import dev.renderfleet.worker.storage.S3Access;
import dev.renderfleet.worker.storage.S3Timeouts;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Quarkus;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import okhttp3.Dns;
import okhttp3.OkHttpClient;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Puts the worker together from its settings. The one place where all parts meet; none of them knows of CDI. */
@Singleton
class WorkerWiring {

    /** The exit code of a process that was killed with -9. */
    private static final int KILLED = 137;

    private final FleetConfig config;
    private final String kafkaServers;
    /** Unique for each start, so that a restarted worker does not take its predecessor's claims for its own. */
    private final String owner;

    private final Clock clock = Clock.systemUTC();
    private final RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();

    WorkerWiring(
            FleetConfig config,
            @ConfigProperty(name = "kafka.bootstrap.servers", defaultValue = "") String kafkaServers) {
        if (config.worker().window() < config.worker().slots()) {
            throw new IllegalArgumentException(
                    "renderfleet.worker.window (" + config.worker().window()
                            + ") must be at least renderfleet.worker.slots ("
                            + config.worker().slots()
                            + "): a render is held while it runs");
        }
        this.config = config;
        this.kafkaServers = kafkaServers;
        this.owner = config.worker().name().orElse("worker") + "/" + UUID.randomUUID();
    }

    @Produces
    @Singleton
    MinioObjectStore store() {
        FleetConfig.S3 s3 = config.s3();
        return new MinioObjectStore(
                new S3Access(s3.endpoint(), s3.region(), s3.bucket(), s3.accessKey(), s3.secretKey()),
                S3Timeouts.DEFAULT,
                new Backoff(Thread::sleep, random::nextDouble));
    }

    void closeStore(@Disposes MinioObjectStore store) {
        store.close();
    }

    @Produces
    @Singleton
    WorkerMetrics metrics(MeterRegistry registry) {
        return new WorkerMetrics(registry);
    }

    @Produces
    @Singleton
    KafkaClients kafkaClients(@Identifier("default-kafka-broker") Map<String, Object> kafka) {
        return new KafkaClients(kafka, owner);
    }

    void closeKafkaClients(@Disposes KafkaClients clients) {
        clients.close();
    }

    @Produces
    @Singleton
    ModelCatalogue catalogue() {
        Path file = config.modelsFile().orElse(null);
        if (file == null) {
            return ModelCatalogue.builtIn();
        }
        try (InputStream yaml = Files.newInputStream(file)) {
            return ModelCatalogue.read(yaml);
        } catch (IOException e) {
            throw new UncheckedIOException("renderfleet.models-file " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    @Produces
    @Singleton
    Slots slots() {
        return new Slots(config.worker().slots());
    }

    @Produces
    @Singleton
    Pacing pacing(ModelCatalogue catalogue, Slots slots, SignalSender siblings) {
        Map<String, Quota> quotas = new HashMap<>();
        for (ModelCard model : catalogue.models()) {
            ModelCard.Quota quota = model.quota();
            if (quota != null) {
                quotas.put(
                        model.id(),
                        new Quota(
                                quota.requestsPerMinute(),
                                quota.imagesPerMinute(),
                                quota.tokensPerMinute(),
                                quota.requestsPerDay()));
            }
        }
        return new Pacing(quotas, slots, hold -> siblings.send(hold, clock.instant()), owner, clock, random);
    }

    @Produces
    @Singleton
    WorkerLife life(
            MinioObjectStore store,
            KafkaClients kafka,
            ModelCatalogue catalogue,
            Slots slots,
            Pacing pacing,
            WorkerMetrics metrics) {
        Chaos chaos = chaos();
        var spool = Spool.open(config.worker().spool());
        Map<String, ImageModel> models = Providers.configured(config.providers(), spool, clock);
        List<String> dead = spool.formerOwners();
        var members = new GroupMembers(kafka.admin(), owner, dead);
        var ledger = new Ledger(store, new LedgerCodec(new EventCodec()), owner, members);
        var shelf = new ImageStore(store);
        var paid = new PaidPictures(spool, shelf, ledger);
        var drain = new Drain();
        var attempt = new RenderAttempt(
                ledger,
                references(store, spool),
                models,
                shelf,
                paid,
                new RetryPolicy(random),
                catalogue.version(),
                metrics,
                clock,
                WorkerWiring::sleep,
                chaos);
        var line = new JobRunner(
                ledger,
                new Router(catalogue, models.keySet()),
                pacing,
                attempt,
                slots,
                spool::hasRoomFor,
                drain,
                clock);
        var settler = kafka.settler(chaos, WorkerWiring::sleep, WorkerWiring::giveUp);
        var settlement = new Settlement(settler, new EventCodec(), metrics, clock, chaos, "renderfleet/worker");
        var intake = new JobIntake(
                new JobCodec(),
                line,
                settlement,
                clock,
                chaos,
                config.worker().window(),
                catalogue.version(),
                WorkerWiring::giveUp);
        var stream =
                new JobStream(kafka::consumer, settler, intake, members, pacing::share, clock, WorkerWiring::giveUp);
        metrics.watch(intake::held, slots::used);
        var proof = new ConditionalPutProof(store, () -> UUID.randomUUID().toString());
        return new WorkerLife(
                new StartChecks(proof, new FleetMark(store), kafka::clusterId, kafka::missingTopics),
                () -> {
                    if (!chaos.has(PlantedBug.FORGET_SPOOL)) {
                        paid.finishLeftBehind(drain);
                    }
                    // Not sooner: its partitions would go to others, and partly come back when this worker joins.
                    kafka.fence(dead);
                    spool.sign(owner);
                },
                stream,
                intake,
                slots,
                pacing,
                drain,
                config.worker().drainGrace());
    }

    private static void giveUp() {
        Quarkus.asyncExit(1);
    }

    private ReferenceFetcher references(MinioObjectStore store, Spool spool) {
        HostPolicy policy = config.references().allowPrivateAddresses()
                ? HostPolicy.allowPrivateHttps(Set.of(443))
                : HostPolicy.STRICT;
        var https =
                new HttpsSource(new OkHttpClient(), Dns.SYSTEM, policy, HttpsTimeouts.DEFAULT, clock, Thread::sleep);
        return new ReferenceFetcher(store, List.of(), https, spool, ReferenceLimits.DEFAULT);
    }

    /** What the fault harness asks for; only in a world where nothing can be lost or paid. */
    private Chaos chaos() {
        FleetConfig.Chaos asked = config.chaos();
        if (asked.killAt().isEmpty() && asked.bug().isEmpty()) {
            return Chaos.NONE;
        }
        ChaosGuard.refuseOutsideOfSandboxes(config, kafkaServers);
        return new ArmedChaos(
                asked.killAt().orElse(null),
                asked.killAtHit(),
                asked.bug().orElse(null),
                () -> Runtime.getRuntime().halt(KILLED));
    }

    /** A {@link Pause} that only the end of the process ends. */
    private static boolean sleep(Duration wait) {
        try {
            Thread.sleep(wait);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
