package dev.renderfleet.worker.ops;

import dev.renderfleet.worker.settle.KafkaClients;
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
    private final String firstReason;
    private final Duration grace;

    StartAndStop(WorkerLife life, KafkaClients kafka, FleetConfig config) {
        this.life = life;
        this.firstReason = "no answer yet from Kafka at " + kafka.servers() + " or from S3 at "
                + config.s3().endpoint();
        this.grace = config.worker().drainGrace();
    }

    void start(@Observes StartupEvent event) {
        EnvironmentNames.refuseMisspelt(System.getenv().keySet());
        life.start(firstReason);
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
