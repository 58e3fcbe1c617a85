package dev.renderfleet.worker.intake;

import dev.renderfleet.catalogue.ModelCard;
import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.catalogue.Route;
import dev.renderfleet.catalogue.Router;
import dev.renderfleet.contracts.job.Reference;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.wire.DecodedJob;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/** Names the lane of a job: its model's, or one more of that model. Safe for use by many threads. */
final class LaneNames {

    private static final Logger LOG = Logger.getLogger(LaneNames.class);

    /** Lanes of a model for jobs with references by HTTPS. */
    static final int HOST_LANES = 8;

    private static final char HOST_LANE = '#';

    private final Router router;
    private final ModelCatalogue catalogue;
    private final InstantSource clock;

    LaneNames(Router router, ModelCatalogue catalogue, InstantSource clock) {
        this.router = router;
        this.catalogue = catalogue;
        this.clock = clock;
    }

    /** The model that the job names, or that is chosen for it: also if it cannot be called here now. */
    String lane(DecodedJob decoded) {
        return switch (decoded) {
            case DecodedJob.Refused _ -> Lanes.NO_MODEL;
            case DecodedJob.Accepted accepted -> model(accepted.job()) + hostLane(accepted.job());
        };
    }

    /** The model of a lane. */
    static String model(String lane) {
        int end = lane.indexOf(HOST_LANE);
        return end < 0 ? lane : lane.substring(0, end);
    }

    /** The fleet's own bucket makes no lane: without it no job can run. Edits have one, since they wait for jobs that may be behind them. */
    private static String hostLane(RenderJob job) {
        if (job.parent() != null) {
            return HOST_LANE + "parent";
        }
        Set<String> hosts = job.references().stream()
                .map(Reference::uri)
                .filter(uri -> "https".equals(uri.getScheme()))
                .map(uri -> String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
        return hosts.isEmpty() ? "" : "" + HOST_LANE + Math.floorMod(hosts.hashCode(), HOST_LANES);
    }

    private String model(RenderJob job) {
        ModelCard named = job.model() == null ? null : catalogue.find(job.model());
        if (named != null) {
            return named.id();
        }
        try {
            LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
            return router.route(job, today) instanceof Route.Routed routed
                    ? routed.model().id()
                    : Lanes.NO_MODEL;
        } catch (RuntimeException bug) {
            // Processing meets it again and ends the job; here it would end the consumer.
            LOG.debugf(bug, "no lane found");
            return Lanes.NO_MODEL;
        }
    }
}
