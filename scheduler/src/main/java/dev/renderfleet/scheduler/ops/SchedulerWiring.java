package dev.renderfleet.scheduler.ops;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.scheduler.api.WaitExplainer;
import dev.renderfleet.scheduler.failpoint.Crashpoints;
import dev.renderfleet.scheduler.intake.JobCanceler;
import dev.renderfleet.scheduler.intake.JobIntake;
import dev.renderfleet.scheduler.intake.Refusals;
import dev.renderfleet.scheduler.intake.RequestReader;
import dev.renderfleet.scheduler.leader.Leadership;
import dev.renderfleet.scheduler.leader.LoopStates;
import dev.renderfleet.scheduler.leader.MoneyAudit;
import dev.renderfleet.scheduler.money.Caps;
import dev.renderfleet.scheduler.release.Dispatcher;
import dev.renderfleet.scheduler.release.HeldModels;
import dev.renderfleet.scheduler.release.ReleaseRules;
import dev.renderfleet.scheduler.routing.JobPricer;
import dev.renderfleet.scheduler.store.CancelStore;
import dev.renderfleet.scheduler.store.Database;
import dev.renderfleet.scheduler.store.IntakeStore;
import dev.renderfleet.scheduler.store.JobStore;
import dev.renderfleet.scheduler.store.LeaseTable;
import dev.renderfleet.scheduler.store.MoneyStore;
import dev.renderfleet.scheduler.store.OffsetStore;
import dev.renderfleet.scheduler.store.OutboxStore;
import dev.renderfleet.scheduler.store.QueueStore;
import dev.renderfleet.scheduler.store.ReleaseStore;
import dev.renderfleet.scheduler.store.SettleStore;
import dev.renderfleet.scheduler.store.TenantDirectory;
import dev.renderfleet.scheduler.store.UnknownStore;
import dev.renderfleet.scheduler.store.WaitStore;
import dev.renderfleet.scheduler.topics.CancelSignals;
import dev.renderfleet.scheduler.topics.ClusterClients;
import dev.renderfleet.scheduler.topics.FleetSignals;
import dev.renderfleet.scheduler.topics.KafkaParts;
import dev.renderfleet.scheduler.topics.OwnEvents;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The parts of a scheduler. */
@Singleton
class SchedulerWiring {

    private static final BigDecimal MICROS = BigDecimal.valueOf(1_000_000);

    private final SchedulerSettings.Scheduler settings;
    private final Optional<Path> modelsFile;
    private final InstantSource clock = InstantSource.system();
    private final HeldModels holds = new HeldModels();
    private final String owner = "scheduler-" + UUID.randomUUID();

    SchedulerWiring(SchedulerSettings settings) {
        this.settings = settings.scheduler();
        this.modelsFile = settings.modelsFile();
    }

    @Produces
    @Singleton
    Database database(DataSource connections) {
        return new Database(connections);
    }

    @Produces
    @Singleton
    TenantDirectory tenants(Database database) {
        return new TenantDirectory(database);
    }

    @Produces
    @Singleton
    IntakeStore intakeStore(Database database, TenantDirectory tenants) {
        return new IntakeStore(database, tenants);
    }

    @Produces
    @Singleton
    JobStore jobStore(Database database) {
        return new JobStore(database);
    }

    @Produces
    @Singleton
    KafkaParts kafka(@Identifier("default-kafka-broker") Map<String, Object> kafka) {
        return new ClusterClients(kafka, owner);
    }

    @Produces
    @Singleton
    JobPricer pricer() {
        return new JobPricer(catalogue(), settings.calls(), clock);
    }

    @Produces
    @Singleton
    JobIntake intake(JobPricer pricer) {
        return new JobIntake(pricer);
    }

    @Produces
    @Singleton
    LoopStates states() {
        return new LoopStates();
    }

    @Produces
    @Singleton
    FleetSignals signals(KafkaParts kafka, JobPricer pricer, LoopStates states) {
        FleetSignals.Listener listener = signal -> {
            pricer.heard(signal);
            holds.heard(signal);
        };
        return new FleetSignals(kafka, listener, states);
    }

    @Produces
    @Singleton
    MoneyStore money(Database database, TenantDirectory tenants) {
        return new MoneyStore(database, tenants);
    }

    @Produces
    @Singleton
    QueueStore queueStore(Database database) {
        return new QueueStore(database, caps());
    }

    @Produces
    @Singleton
    UnknownStore unknownStore(Database database) {
        return new UnknownStore(database);
    }

    @Produces
    @Singleton
    WaitExplainer explainer(QueueStore store, JobPricer pricer) {
        return new WaitExplainer(store, pricer, clock);
    }

    @Produces
    @Singleton
    CancelStore cancels(Database database) {
        return new CancelStore(database);
    }

    @Produces
    @Singleton
    JobCanceler canceler(CancelStore store) {
        return new JobCanceler(store, clock);
    }

    @Produces
    @Singleton
    CancelSignals cancelSignals(KafkaParts kafka, CancelStore store) {
        return new CancelSignals(kafka, store, owner, clock);
    }

    @Produces
    @Singleton
    InstantSource clock() {
        return clock;
    }

    @Produces
    @Singleton
    MoneyAudit audit(MoneyStore money) {
        return new MoneyAudit(money);
    }

    @Produces
    @Singleton
    Dispatcher dispatcher(
            Database database, TenantDirectory tenants, KafkaParts kafka, JobPricer pricer, MoneyAudit audit) {
        Caps caps = caps();
        var stores = new Dispatcher.Stores(
                database,
                new ReleaseStore(database, caps),
                new SettleStore(database, tenants, caps),
                new OffsetStore(database),
                new WaitStore(database, new Refusals(clock)::unstarted));
        return new Dispatcher(stores, kafka, pricer, new ReleaseRules(holds, audit::isBalanced), crashpoints(), clock);
    }

    @Produces
    @Singleton
    RequestReader requests(Database database, KafkaParts kafka, IntakeStore store, JobIntake intake) {
        return new RequestReader(kafka, new OffsetStore(database), store, intake, crashpoints(), clock);
    }

    @Produces
    @Singleton
    OwnEvents ownEvents(Database database, KafkaParts kafka) {
        return new OwnEvents(kafka, new OutboxStore(database), new OffsetStore(database));
    }

    @Produces
    @Singleton
    SchedulerMetrics metrics(MeterRegistry registry, QueueStore store, MoneyAudit audit) {
        return new SchedulerMetrics(registry, store, audit);
    }

    @Produces
    @Singleton
    Leadership leadership(
            Database database,
            Dispatcher dispatcher,
            RequestReader requests,
            OwnEvents events,
            CancelSignals cancels,
            MoneyAudit audit,
            SchedulerMetrics metrics,
            LoopStates states) {
        return new Leadership(
                new LeaseTable(database),
                owner,
                List.of(requests, dispatcher, events, cancels, audit, metrics),
                states,
                System::nanoTime);
    }

    private Caps caps() {
        SchedulerSettings.Caps caps = settings.caps();
        return new Caps(micros(caps.fleetDay()), micros(caps.tenant()), micros(caps.tenantDay()));
    }

    private static @Nullable Long micros(Optional<BigDecimal> usd) {
        if (usd.isEmpty()) {
            return null;
        }
        if (usd.get().signum() < 0) {
            throw new IllegalArgumentException(
                    "renderfleet.scheduler.caps: a cap is 0 or more dollars, not " + usd.get());
        }
        return usd.get().multiply(MICROS).longValueExact();
    }

    private Crashpoints crashpoints() {
        return settings.chaos()
                .killAt()
                .map(point -> {
                    var hits = new AtomicInteger();
                    return (Crashpoints) reached -> {
                        if (reached == point
                                && hits.incrementAndGet() == settings.chaos().killHit()) {
                            Runtime.getRuntime().halt(137);
                        }
                    };
                })
                .orElse(Crashpoints.NONE);
    }

    private ModelCatalogue catalogue() {
        if (modelsFile.isEmpty()) {
            return ModelCatalogue.builtIn();
        }
        try (InputStream yaml = Files.newInputStream(modelsFile.get())) {
            return ModelCatalogue.read(yaml);
        } catch (IOException e) {
            throw new UncheckedIOException("renderfleet.models-file cannot be read", e);
        }
    }
}
