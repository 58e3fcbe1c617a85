package dev.renderfleet.worker.ops;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.catalogue.Router;
import dev.renderfleet.worker.egress.HostPolicy;
import dev.renderfleet.worker.inputs.InputLoader;
import dev.renderfleet.worker.inputs.SessionStore;
import dev.renderfleet.worker.job.Drain;
import dev.renderfleet.worker.ledger.Ledger;
import dev.renderfleet.worker.limits.FleetQuotas;
import dev.renderfleet.worker.limits.ModelLimiter;
import dev.renderfleet.worker.limits.Slots;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.Accounts;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.wire.PictureLender;
import dev.renderfleet.worker.references.HttpsSource;
import dev.renderfleet.worker.references.HttpsTimeouts;
import dev.renderfleet.worker.references.ReferenceFetcher;
import dev.renderfleet.worker.references.ReferenceLimits;
import dev.renderfleet.worker.references.ReferencePrefetcher;
import dev.renderfleet.worker.signals.SignalSender;
import dev.renderfleet.worker.storage.ObjectStore;
import dev.renderfleet.worker.storage.S3UrlSigner;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import okhttp3.Dns;
import okhttp3.OkHttpClient;

/** The parts that a call of a model needs: catalogue, router, adapters, references, slots and quota. */
@Singleton
class ProviderWiring {

    private final WorkerSettings config;
    private final WorkerProcess process;

    ProviderWiring(WorkerSettings config, WorkerProcess process) {
        this.config = config;
        this.process = process;
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
    Providers providers(ModelCatalogue catalogue, Spool spool, ObjectStore store, Drain drain) {
        WorkerSettings.S3 s3 = config.s3();
        PictureLender lender = s3.publicEndpoint()
                .map(address -> new PictureLender(store, new S3UrlSigner(StorageWiring.access(s3, address))))
                .orElse(null);
        return Providers.configured(config.providers(), catalogue, spool, process.clock(), drain, lender);
    }

    @Produces
    @Singleton
    Accounts accounts(Providers providers) {
        return providers.accounts();
    }

    /** By provider name. */
    @Produces
    @Singleton
    Map<String, ImageProvider> models(Providers providers) {
        return providers.models();
    }

    @Produces
    @Singleton
    Router router(ModelCatalogue catalogue, Map<String, ImageProvider> models) {
        return new Router(catalogue, models.keySet());
    }

    @Produces
    @Singleton
    ShutdownWatch shutdowns(ModelCatalogue catalogue, Map<String, ImageProvider> models) {
        return new ShutdownWatch(catalogue, models, process.clock());
    }

    @Produces
    @Singleton
    InputLoader inputs(ObjectStore store, Spool spool, Slots slots, Ledger ledger) {
        HostPolicy policy = config.references().allowPrivateAddresses()
                ? HostPolicy.allowPrivateHttps(Set.of(443))
                : HostPolicy.STRICT;
        var https = new HttpsSource(new OkHttpClient(), Dns.SYSTEM, policy, HttpsTimeouts.DEFAULT, process.clock());
        var prefetcher = new ReferencePrefetcher(
                new ReferenceFetcher(store, List.of(), https, spool, ReferenceLimits.DEFAULT),
                2 * config.worker().slots(),
                bytes -> spool.hasRoomFor(slots.used(), bytes),
                process.clock());
        return new InputLoader(ledger, prefetcher, new SessionStore(store), process.clock());
    }

    @Produces
    @Singleton
    Slots slots() {
        return new Slots(config.worker().slots());
    }

    @Produces
    @Singleton
    ModelLimiter limiter(ModelCatalogue catalogue, Slots slots, SignalSender signals, Accounts accounts) {
        return new ModelLimiter(
                FleetQuotas.of(catalogue),
                slots,
                new HoldSignals(signals, accounts, process),
                process.owner(),
                process.clock(),
                process.random());
    }
}
