package dev.renderfleet.worker.ops;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.catalogue.Router;
import dev.renderfleet.worker.failpoint.ArmedFailpoint;
import dev.renderfleet.worker.failpoint.Failpoint;
import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.inputs.InputLoader;
import dev.renderfleet.worker.job.AttemptListener;
import dev.renderfleet.worker.job.Cancellations;
import dev.renderfleet.worker.job.Capacity;
import dev.renderfleet.worker.job.Drain;
import dev.renderfleet.worker.job.DurableWriter;
import dev.renderfleet.worker.job.Finisher;
import dev.renderfleet.worker.job.ImageStore;
import dev.renderfleet.worker.job.JobRunner;
import dev.renderfleet.worker.job.ModelCaller;
import dev.renderfleet.worker.job.PaidPictures;
import dev.renderfleet.worker.job.RenderAttempt;
import dev.renderfleet.worker.job.RetryPolicy;
import dev.renderfleet.worker.job.RoutePlanner;
import dev.renderfleet.worker.ledger.Ledger;
import dev.renderfleet.worker.limits.ModelLimiter;
import dev.renderfleet.worker.limits.Slots;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.ImageProvider;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** The parts that process a job. */
@Singleton
class JobWiring {

    /** Exit code of a process after kill -9. */
    private static final int KILLED = 137;

    private final WorkerSettings config;
    private final WorkerProcess process;

    JobWiring(WorkerSettings config, WorkerProcess process) {
        if (config.worker().window() < 2 * config.worker().slots()) {
            throw new IllegalArgumentException(
                    "renderfleet.worker.window (" + config.worker().window()
                            + ") must be at least twice renderfleet.worker.slots ("
                            + config.worker().slots()
                            + "): the jobs of one model take half of it at most, and a render is in it while it runs");
        }
        this.config = config;
        this.process = process;
    }

    @Produces
    @Singleton
    DurableWriter writes(Ledger ledger, ImageStore images, PaidPictures paid, Failpoints failpoints) {
        return new DurableWriter(ledger, images, paid, WorkerProcess::sleep, process.clock(), failpoints);
    }

    @Produces
    @Singleton
    RoutePlanner routes(Router router, ModelLimiter limiter, ShutdownWatch shutdowns) {
        return new RoutePlanner(router, limiter, shutdowns::days, new RetryPolicy(process.random()), process.clock());
    }

    @Produces
    @Singleton
    Finisher finisher(
            DurableWriter writes,
            ImageStore images,
            RoutePlanner routes,
            ModelCatalogue catalogue,
            AttemptListener listener) {
        return new Finisher(writes, images, routes, catalogue, listener, process.clock());
    }

    @Produces
    @Singleton
    RenderAttempt attempt(
            Ledger ledger,
            Map<String, ImageProvider> models,
            Finisher finisher,
            DurableWriter writes,
            Failpoints failpoints) {
        return new RenderAttempt(
                ledger, new ModelCaller(models, failpoints), finisher, writes, process.clock(), failpoints);
    }

    @Produces
    @Singleton
    Cancellations cancellations() {
        return new Cancellations(process.clock());
    }

    @Produces
    @Singleton
    Capacity capacity(
            ModelLimiter limiter,
            Slots slots,
            InputLoader inputs,
            Spool spool,
            FleetTie fleet,
            Cancellations cancellations) {
        return new Capacity(limiter, slots, inputs, spool::hasRoomFor, () -> fleet.fault() != null, cancellations);
    }

    @Produces
    @Singleton
    JobRunner runner(Ledger ledger, RoutePlanner routes, Capacity capacity, RenderAttempt attempt, Drain drain) {
        return new JobRunner(ledger, routes, capacity, attempt, drain, process.clock());
    }

    @Produces
    @Singleton
    InstantSource clock() {
        return process.clock();
    }

    /** Kills this process where a test asks for it; only where nothing can be lost or paid. */
    @Produces
    @Singleton
    Failpoints failpoints(@ConfigProperty(name = "kafka.bootstrap.servers", defaultValue = "") String kafkaServers) {
        Failpoint killAt = config.chaos().killAt().orElse(null);
        if (killAt == null) {
            return Failpoints.NONE;
        }
        ChaosGuard.requireSandbox(config, kafkaServers);
        return new ArmedFailpoint(
                killAt, config.chaos().killAtHit(), () -> Runtime.getRuntime().halt(KILLED));
    }
}
