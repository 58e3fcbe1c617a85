package dev.renderfleet.worker.ops;

import dev.renderfleet.contracts.wire.EventCodec;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.worker.assets.Backoff;
import dev.renderfleet.worker.assets.ConditionalPutProof;
import dev.renderfleet.worker.assets.MinioObjectStore;
import dev.renderfleet.worker.assets.S3Access;
import dev.renderfleet.worker.assets.S3Timeouts;
import dev.renderfleet.worker.intake.JobIntake;
import dev.renderfleet.worker.ledger.Ledger;
import dev.renderfleet.worker.ledger.LedgerCodec;
import dev.renderfleet.worker.models.ImageModel;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.references.HostPolicy;
import dev.renderfleet.worker.references.HttpsSource;
import dev.renderfleet.worker.references.HttpsTimeouts;
import dev.renderfleet.worker.references.ReferenceFetcher;
import dev.renderfleet.worker.references.ReferenceLimits;
import dev.renderfleet.worker.render.Drain;
import dev.renderfleet.worker.render.Pause;
import dev.renderfleet.worker.render.PictureShelf;
import dev.renderfleet.worker.render.RenderAttempt;
import dev.renderfleet.worker.render.RenderLine;
import dev.renderfleet.worker.render.RetryPolicy;
import dev.renderfleet.worker.render.Slots;
import dev.renderfleet.worker.routing.ModelCatalogue;
import dev.renderfleet.worker.routing.Router;
import dev.renderfleet.worker.settle.Settlement;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Quarkus;
import io.smallrye.mutiny.Multi;
import io.smallrye.reactive.messaging.MutinyEmitter;
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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import okhttp3.Dns;
import okhttp3.OkHttpClient;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.OnOverflow;

/** Puts the worker together from its settings. The one place where all parts meet; none of them knows of CDI. */
@Singleton
class WorkerWiring {

    private final FleetConfig config;
    private final Clock clock = Clock.systemUTC();
    private final RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();

    WorkerWiring(FleetConfig config) {
        if (config.worker().window() < config.worker().slots()) {
            throw new IllegalArgumentException(
                    "renderfleet.worker.window (" + config.worker().window()
                            + ") must be at least renderfleet.worker.slots ("
                            + config.worker().slots()
                            + "): a render is held while it runs");
        }
        this.config = config;
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
    Settlement settlement(
            @Channel("events") @OnOverflow(OnOverflow.Strategy.UNBOUNDED_BUFFER) MutinyEmitter<byte[]> events,
            @Channel("dead-letters") @OnOverflow(OnOverflow.Strategy.UNBOUNDED_BUFFER)
                    MutinyEmitter<byte[]> deadLetters,
            WorkerMetrics metrics) {
        // The window bounds what the two buffers can hold: each job's thread waits for its own event.
        return new Settlement(
                events, deadLetters, new EventCodec(), metrics, clock, WorkerWiring::sleep, "renderfleet/worker");
    }

    @Produces
    @Singleton
    WorkerLife life(
            @Channel("jobs") Multi<Message<byte[]>> records,
            MinioObjectStore store,
            Settlement settlement,
            WorkerMetrics metrics) {
        ModelCatalogue catalogue = catalogue();
        var spool = new Spool(config.worker().spool());
        Map<String, ImageModel> models = Providers.configured(config.providers(), spool, clock);
        var ledger = new Ledger(store, new LedgerCodec(new EventCodec()), owner());
        var slots = new Slots(config.worker().slots());
        var drain = new Drain();
        var attempt = new RenderAttempt(
                ledger,
                references(store, spool),
                models,
                new PictureShelf(store),
                new RetryPolicy(random),
                catalogue.version(),
                metrics,
                clock,
                WorkerWiring::sleep);
        var line = new RenderLine(ledger, new Router(catalogue, models.keySet()), attempt, slots, drain, clock);
        var intake = new JobIntake(
                records,
                new JobCodec(),
                line,
                settlement,
                clock,
                config.worker().window(),
                catalogue.version(),
                () -> Quarkus.asyncExit(1));
        metrics.watch(intake, slots);
        var proof = new ConditionalPutProof(store, () -> UUID.randomUUID().toString());
        return new WorkerLife(proof, intake, slots, drain, config.worker().drainGrace());
    }

    private ReferenceFetcher references(MinioObjectStore store, Spool spool) {
        HostPolicy policy = config.references().allowPrivateAddresses()
                ? HostPolicy.allowPrivateHttps(Set.of(443))
                : HostPolicy.STRICT;
        var https =
                new HttpsSource(new OkHttpClient(), Dns.SYSTEM, policy, HttpsTimeouts.DEFAULT, clock, Thread::sleep);
        return new ReferenceFetcher(store, List.of(), https, spool, ReferenceLimits.DEFAULT);
    }

    /** Unique for each start, so that a restarted worker does not take its predecessor's claims for its own. */
    private String owner() {
        String name = config.worker().name().orElse("worker");
        return name + "/" + UUID.randomUUID();
    }

    private ModelCatalogue catalogue() {
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
