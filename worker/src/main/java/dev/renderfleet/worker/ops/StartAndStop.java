package dev.renderfleet.worker.ops;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.jboss.logging.Logger;

/** Ties the worker's life to the application's. The drain runs before Quarkus closes the channels to Kafka. */
@Singleton
class StartAndStop {

    private static final Logger LOG = Logger.getLogger(StartAndStop.class);

    private final WorkerLife life;
    private final Duration grace;

    StartAndStop(WorkerLife life, FleetConfig config) {
        this.life = life;
        this.grace = config.worker().drainGrace();
    }

    void start(@Observes StartupEvent event) {
        EnvironmentNames.refuseMisspelt(System.getenv().keySet());
        life.start();
    }

    void stop(@Observes ShutdownEvent event) {
        try {
            life.leave(grace);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.warn("interrupted while leaving; the claims of running renders expire");
        }
    }
}
