package dev.renderfleet.scheduler.ops;

import dev.renderfleet.scheduler.leader.Leadership;
import dev.renderfleet.scheduler.leader.LoopStates;
import dev.renderfleet.scheduler.leader.LoopStates.LoopState;
import dev.renderfleet.scheduler.topics.FleetSignals;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.flywaydb.core.Flyway;
import org.jboss.logging.Logger;

/** Brings the schema up to date as soon as PostgreSQL answers, then starts what runs beside REST; ends it at shutdown. */
@ApplicationScoped
class SchedulerLife {

    private static final String LOOP = "schema";
    private static final Duration RETRY = Duration.ofSeconds(1);

    private static final Logger LOG = Logger.getLogger(SchedulerLife.class);

    private final Flyway schema;
    private final Leadership leadership;
    private final FleetSignals signals;
    private final LoopStates states;
    private volatile boolean stopped;

    SchedulerLife(Flyway schema, Leadership leadership, FleetSignals signals, LoopStates states) {
        this.schema = schema;
        this.leadership = leadership;
        this.signals = signals;
        this.states = states;
    }

    void start(@Observes StartupEvent start) {
        states.set(LOOP, new LoopState.Faulty("the schema is not up to date yet"));
        signals.start();
        Thread.ofVirtual().name(LOOP).start(() -> {
            while (!stopped && !migrated()) {
                LockSupport.parkNanos(RETRY.toNanos());
            }
            if (!stopped) {
                leadership.start();
            }
        });
    }

    private boolean migrated() {
        try {
            schema.migrate();
            states.set(LOOP, new LoopState.Running());
            return true;
        } catch (RuntimeException e) {
            LOG.warnf("schema not brought up to date, it is tried again, cause=%s", e.toString());
            states.set(LOOP, new LoopState.Faulty("the schema cannot be brought up to date: " + e));
            return false;
        }
    }

    void stop(@Observes ShutdownEvent stop) {
        stopped = true;
        leadership.close();
        signals.close();
    }
}
