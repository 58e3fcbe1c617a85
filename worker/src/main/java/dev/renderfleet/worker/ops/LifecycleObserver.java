package dev.renderfleet.worker.ops;

import dev.renderfleet.worker.settle.KafkaClients;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * Starts and shuts down the worker with the application. The shutdown runs before Quarkus closes the HTTP server, so that health and
 * metrics answer meanwhile, and before it closes the channels.
 */
@Singleton
class LifecycleObserver {

    private static final Logger LOG = Logger.getLogger(LifecycleObserver.class);

    private final WorkerLife life;
    private final IntakeWatch intake;
    private final FleetTie fleet;
    private final ShutdownWatch shutdowns;
    private final String firstReason;
    private final Duration grace;
    private boolean stopped;

    LifecycleObserver(
            WorkerLife life,
            IntakeWatch intake,
            FleetTie fleet,
            ShutdownWatch shutdowns,
            KafkaClients kafka,
            WorkerSettings config) {
        this.life = life;
        this.intake = intake;
        this.fleet = fleet;
        this.shutdowns = shutdowns;
        this.firstReason = "no answer yet from Kafka at " + kafka.servers() + " or from S3 at "
                + config.s3().endpoint();
        this.grace = config.worker().drainGrace();
    }

    void start(@Observes StartupEvent event) {
        Thread.setDefaultUncaughtExceptionHandler(new UncaughtFaults(WorkerProcess::giveUp));
        EnvironmentNames.refuseMisspelt(System.getenv().keySet());
        life.start(firstReason);
        Thread.ofVirtual().name("intake-watch").start(this::watchIntake);
        Thread.ofVirtual().name("fleet-refresh").start(this::refreshFleet);
        Thread.ofVirtual().name("shutdown-watch").start(this::watchShutdowns);
    }

    private void watchShutdowns() {
        do {
            shutdowns.refresh();
        } while (WorkerProcess.sleep(ShutdownWatch.INTERVAL));
    }

    private void refreshFleet() {
        while (WorkerProcess.sleep(FleetTie.REFRESH)) {
            fleet.refresh();
        }
    }

    private void watchIntake() {
        do {
            intake.check();
        } while (WorkerProcess.sleep(IntakeWatch.INTERVAL));
    }

    void drain(@Observes ShutdownDelayInitiatedEvent event) {
        stop();
    }

    /** Where Quarkus knows no delay, as in dev mode. */
    void stop(@Observes ShutdownEvent event) {
        stop();
    }

    private synchronized void stop() {
        if (stopped) {
            return;
        }
        stopped = true;
        try {
            life.shutDown(grace);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.warn("interrupted during shutdown, the claims of renders in progress expire");
        }
    }
}
