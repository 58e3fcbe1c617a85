package dev.renderfleet.testbed.planted;

import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.job.Drain;
import dev.renderfleet.worker.job.ImageStore;
import dev.renderfleet.worker.job.PaidPictures;
import dev.renderfleet.worker.ops.ChaosGuard;
import dev.renderfleet.worker.ops.Handover;
import dev.renderfleet.worker.ops.Providers;
import dev.renderfleet.worker.ops.WorkerProcess;
import dev.renderfleet.worker.ops.WorkerSettings;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.settle.KafkaClients;
import dev.renderfleet.worker.settle.OutcomePublisher;
import dev.renderfleet.worker.storage.ObjectStore;
import io.smallrye.common.annotation.Identifier;
import jakarta.annotation.Priority;
import jakarta.enterprise.inject.Alternative;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Replaces those parts of a worker in which the bug of the setting {@code testbed.bug} is planted. Refuses to start outside of a sandbox. */
@Singleton
class PlantedWiring {

    private final PlantedBug bug;

    PlantedWiring(
            @ConfigProperty(name = "testbed.bug") PlantedBug bug,
            WorkerSettings config,
            @ConfigProperty(name = "kafka.bootstrap.servers", defaultValue = "") String kafkaServers) {
        ChaosGuard.requireSandbox(config, kafkaServers);
        this.bug = bug;
    }

    @Produces
    @Alternative
    @Priority(1)
    @Singleton
    OutcomePublisher publisher(
            KafkaClients clients,
            Failpoints failpoints,
            @Identifier("default-kafka-broker") Map<String, Object> kafka) {
        OutcomePublisher publisher = clients.publisher(failpoints, WorkerProcess::sleep);
        return bug == PlantedBug.NO_TRANSACTION
                ? new NonTransactionalPublisher(kafka, publisher)
                : new FaultyPublisher(publisher, bug);
    }

    @Produces
    @Alternative
    @Priority(1)
    @Singleton
    Map<String, ImageProvider> models(Providers providers) {
        Map<String, ImageProvider> models = new HashMap<>();
        providers.models().forEach((name, model) -> models.put(name, new FaultyModel(model, bug)));
        return models;
    }

    @Produces
    @Alternative
    @Priority(1)
    @Singleton
    ImageStore images(ObjectStore store) {
        return new ImageStore(new FaultyStore(store, bug));
    }

    @Produces
    @Alternative
    @Priority(1)
    @Singleton
    Handover handover(Spool spool, PaidPictures paid, KafkaClients kafka, Drain drain, WorkerProcess process) {
        List<String> formerOwners = spool.formerOwners();
        return () -> {
            if (bug != PlantedBug.FORGET_SPOOL) {
                paid.storeFromSpool(drain);
            }
            kafka.fence(formerOwners);
            spool.sign(process.owner());
        };
    }
}
