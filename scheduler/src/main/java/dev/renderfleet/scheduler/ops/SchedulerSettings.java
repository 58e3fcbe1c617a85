package dev.renderfleet.scheduler.ops;

import dev.renderfleet.scheduler.failpoint.Crashpoint;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Optional;

/** All settings of a scheduler. An unknown key below {@code renderfleet.} in a file or system property stops the start. */
@ConfigMapping(prefix = "renderfleet")
public interface SchedulerSettings {

    /** Bounds of the scheduler. */
    Scheduler scheduler();

    /** The model catalogue of the workers, where it is not the built-in one. */
    Optional<Path> modelsFile();

    /** Bounds of the scheduler. */
    interface Scheduler {

        /** Caps of spending, in US dollars; none if absent. */
        Caps caps();

        /** For how many calls of a job money is held where there is room; 1 suffices for a release. */
        @WithDefault("2")
        int calls();

        /** Lets others than this machine use the REST API, which asks for no key. For networks without others. */
        @WithDefault("false")
        boolean open();

        /** For tests. */
        Chaos chaos();
    }

    /** Caps of spending. A cap that exists is not changed by a setting. */
    interface Caps {
        /** Of all tenants in a day of UTC. */
        Optional<BigDecimal> fleetDay();

        /** Of each tenant for ever. */
        Optional<BigDecimal> tenant();

        /** Of each tenant in a day of UTC. */
        Optional<BigDecimal> tenantDay();
    }

    /** How tests kill a scheduler. */
    interface Chaos {
        /** Ends the process, as kill -9 does, when it reaches this point. */
        Optional<Crashpoint> killAt();

        /** At which hit of that point; from 1. */
        @WithDefault("1")
        int killHit();
    }
}
