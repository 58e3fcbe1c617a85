package dev.renderfleet.worker.intake;

import dev.renderfleet.worker.settle.Settler;
import io.smallrye.reactive.messaging.connector.InboundConnector;
import io.smallrye.reactive.messaging.health.HealthReport;
import io.smallrye.reactive.messaging.health.HealthReporter;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Flow;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.spi.Connector;

/**
 * Connects the channel {@code jobs} to {@code render.jobs}, for one channel. Attributes that are settings of a Kafka consumer go to the
 * consumer; those that the delivery promise needs are fixed. Nothing is consumed before the start checks have passed.
 */
@ApplicationScoped
@Connector("renderfleet-jobs")
class JobConnector implements InboundConnector, HealthReporter {

    static final String CHANNEL = "jobs";

    private final JobChannel channel;
    private final JobStream stream;
    private final Settler settler;

    JobConnector(JobChannel channel, JobStream stream, Settler settler) {
        this.channel = channel;
        this.stream = stream;
        this.settler = settler;
    }

    @Override
    public Flow.Publisher<? extends Message<?>> getPublisher(Config attributes) {
        Map<String, Object> settings = new HashMap<>();
        for (String name : ConsumerConfig.configNames()) {
            if (!name.equals(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG)) {
                attributes.getOptionalValue(name, String.class).ifPresent(value -> settings.put(name, value));
            }
        }
        stream.consumerSettings(settings);
        return channel.messages();
    }

    /** Partitions that are not processed, with the reason. */
    @Override
    public HealthReport getReadiness() {
        Map<String, String> refused = stream.refused();
        return HealthReport.builder()
                .add(CHANNEL, refused.isEmpty(), refused.isEmpty() ? null : "not processed: " + refused)
                .build();
    }

    /** Whether the threads of the consumers and the settler run; only a restart brings one back. */
    @Override
    public HealthReport getLiveness() {
        String fault = stream.thread()
                .fault()
                .map(text -> "consumer: " + text)
                .or(() -> stream.deferredThread().fault().map(text -> "reader of deferred jobs: " + text))
                .or(() -> settler.fault().map(text -> "settler: " + text))
                .orElse(null);
        return HealthReport.builder().add(CHANNEL, fault == null, fault).build();
    }
}
