package dev.renderfleet.worker.ops;

import dev.renderfleet.worker.intake.JobChannel;
import dev.renderfleet.worker.intake.JobStream;
import dev.renderfleet.worker.job.Capacity;
import dev.renderfleet.worker.job.Drain;
import dev.renderfleet.worker.job.PaidPictures;
import dev.renderfleet.worker.ledger.BucketOwner;
import dev.renderfleet.worker.limits.Slots;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.settle.KafkaClients;
import dev.renderfleet.worker.settle.TopicChecks;
import dev.renderfleet.worker.storage.ConditionalPutProbe;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.List;

/** Start and shutdown. */
@Singleton
class LifeWiring {

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
    StartChecks checks(ConditionalPutProbe probe, BucketOwner bucketOwner, KafkaClients kafka) {
        var topics = new TopicChecks(kafka.admin(), kafka.servers());
        return new StartChecks(probe, bucketOwner, topics::clusterId, topics::faults, topics::warnings);
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
    SpoolWatch spoolWatch(Spool spool, Slots slots, JobStream stream) {
        return new SpoolWatch(() -> spool.recheck(Math.max(1, slots.used())), stream::suspend);
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
