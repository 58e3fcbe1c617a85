package dev.renderfleet.worker.ops;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.catalogue.Router;
import dev.renderfleet.contracts.wire.EventCodec;
import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.intake.GroupMembers;
import dev.renderfleet.worker.intake.JobChannel;
import dev.renderfleet.worker.intake.JobConsumers;
import dev.renderfleet.worker.intake.JobStream;
import dev.renderfleet.worker.intake.Lanes;
import dev.renderfleet.worker.ledger.JobLog;
import dev.renderfleet.worker.limits.ModelLimiter;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.settle.EventLookup;
import dev.renderfleet.worker.settle.JobTopicEnd;
import dev.renderfleet.worker.settle.KafkaClients;
import dev.renderfleet.worker.settle.OutcomeListener;
import dev.renderfleet.worker.settle.OutcomePublisher;
import dev.renderfleet.worker.settle.Settlement;
import dev.renderfleet.worker.settle.Settler;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.Map;

/** The parts that use Kafka: clients, group members, consumer, channel, settler. */
@Singleton
class KafkaWiring {

    private final WorkerProcess process;

    KafkaWiring(WorkerProcess process) {
        this.process = process;
    }

    @Produces
    @Singleton
    KafkaClients clients(@Identifier("default-kafka-broker") Map<String, Object> kafka) {
        return new KafkaClients(kafka, process.owner());
    }

    void close(@Disposes KafkaClients clients) {
        clients.close();
    }

    @Produces
    @Singleton
    GroupMembers members(KafkaClients clients, Spool spool) {
        return new GroupMembers(clients.admin(), process.owner(), spool.formerOwners());
    }

    @Produces
    @Singleton
    JobLog jobLog(KafkaClients clients) {
        return new JobTopicEnd(clients.admin());
    }

    @Produces
    @Singleton
    EventLookup events(KafkaClients clients) {
        return new EventLookup(clients::eventReader, process.clock());
    }

    void close(@Disposes EventLookup events) {
        events.close();
    }

    /** Closed by the settler. */
    @Produces
    @Singleton
    OutcomePublisher publisher(KafkaClients clients, Failpoints failpoints) {
        return clients.publisher(failpoints, WorkerProcess::sleep);
    }

    @Produces
    @Singleton
    Settler settler(KafkaClients clients, OutcomePublisher publisher, Failpoints failpoints) {
        return clients.settler(publisher, failpoints, WorkerProcess::sleep, WorkerProcess::giveUp, process.clock());
    }

    @Produces
    @Singleton
    Settlement settlement(Settler settler, OutcomeListener watch) {
        return new Settlement(settler, new EventCodec(), watch, process.clock(), "renderfleet/worker");
    }

    @Produces
    @Singleton
    JobChannel channel(Settlement settlement, WorkerSettings config) {
        return new JobChannel(settlement, config.worker().window(), JobChannel.BYTES_MAX, WorkerProcess::giveUp);
    }

    @Produces
    @Singleton
    Lanes lanes(JobChannel channel, Router router, ModelCatalogue catalogue) {
        return new Lanes(channel, router, catalogue, process.clock());
    }

    /** Created with the channels. The limiter sends on one of them, so it is looked up later. */
    @Produces
    @Singleton
    JobStream stream(
            KafkaClients clients, Settler settler, Lanes lanes, GroupMembers members, Instance<ModelLimiter> limiter) {
        return new JobStream(
                new JobConsumers(clients::consumer, clients::reader),
                settler,
                lanes,
                members,
                part -> limiter.get().share(part),
                process.clock());
    }
}
