package dev.renderfleet.worker.ops;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.worker.intake.JobChannel;
import dev.renderfleet.worker.intake.JobStream;
import dev.renderfleet.worker.job.Cancellations;
import dev.renderfleet.worker.job.Capacity;
import dev.renderfleet.worker.job.Drain;
import dev.renderfleet.worker.job.PaidPictures;
import dev.renderfleet.worker.ledger.BucketOwner;
import dev.renderfleet.worker.limits.ModelLimiter;
import dev.renderfleet.worker.limits.Slots;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.settle.KafkaClients;
import dev.renderfleet.worker.settle.TopicChecks;
import dev.renderfleet.worker.signals.FleetLog;
import dev.renderfleet.worker.storage.ConditionalPutProbe;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/** Start and shutdown. */
@Singleton
class LifeWiring {

    private static final Logger LOG = Logger.getLogger(LifeWiring.class);

    private final WorkerProcess process;

    LifeWiring(WorkerProcess process) {
        this.process = process;
    }

    @Produces
    @Singleton
    Drain drain() {
        return new Drain();
    }

    @Produces
    @Singleton
    StartChecks checks(ConditionalPutProbe probe, BucketOwner bucketOwner, KafkaClients kafka, FleetTie fleet) {
        var topics = new TopicChecks(kafka.admin(), kafka.servers());
        return new StartChecks(probe, bucketOwner, topics::clusterId, topics::faults, topics::warnings, fleet::check);
    }

    /** For the former process on the same spool folder. */
    @Produces
    @Singleton
    Handover handover(Spool spool, PaidPictures paid, KafkaClients kafka, Drain drain) {
        List<String> formerOwners = spool.formerOwners();
        return () -> {
            paid.storeFromSpool(drain);
            // Not sooner: its partitions would be assigned to others, and some again to this worker.
            kafka.fence(formerOwners);
            spool.sign(process.owner());
        };
    }

    @Produces
    @Singleton
    FleetTie fleet(
            @Identifier("default-kafka-broker") Map<String, Object> kafka,
            Providers providers,
            ModelCatalogue catalogue,
            WorkerSettings config,
            ModelLimiter limiter,
            Cancellations cancellations,
            Drain drain) {
        Set<String> withdrawn = config.providers().entrySet().stream()
                .filter(provider -> !provider.getValue().enabled())
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        var member = new FleetTie.Member(
                address(config.s3()),
                config.s3().movedFrom().orElse(null),
                providers.accounts().byProvider().keySet(),
                withdrawn,
                Providers.accessSettings(catalogue),
                process.owner());
        var records = new FleetLog(kafka, process.clock(), providers.accounts());
        return new FleetTie(records, limiter::startAfter, cancellations::add, member, drain, WorkerProcess::giveUp);
    }

    private static String address(WorkerSettings.S3 s3) {
        String endpoint = s3.endpoint().toString().toLowerCase(Locale.ROOT);
        return (endpoint.endsWith("/") ? endpoint : endpoint + "/") + s3.bucket();
    }

    @Produces
    @Singleton
    IntakeWatch intakeWatch(FleetTie fleet, Spool spool, Slots slots, JobStream stream, WorkerSettings config) {
        if (!spool.hasRoomFor(config.worker().slots())) {
            LOG.warnf(
                    "the spool has no room for an image of each slot, fewer calls are made at once, folder=%s slots=%d",
                    spool.folder(), config.worker().slots());
        }
        var watch = new IntakeWatch(
                () -> fleet.fault() != null ? fleet.fault() : spool.recheck(Math.max(1, slots.used())),
                stream::suspend);
        fleet.onChange(watch::check);
        return watch;
    }

    @Produces
    @Singleton
    WorkerLife life(
            StartChecks checks,
            Handover handover,
            JobStream stream,
            JobChannel channel,
            Capacity capacity,
            Drain drain) {
        return new WorkerLife(checks, handover, stream, channel, capacity, drain);
    }
}
