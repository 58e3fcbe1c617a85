package dev.renderfleet.cli.cluster;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Opens clients of one Kafka cluster. Immutable. */
public final class KafkaCluster {

    /** The setting that is required: host:port. */
    public static final String BOOTSTRAP_SERVERS = CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG;

    private static final Duration ANSWER_MAX = Duration.ofSeconds(5);

    private final Map<String, Object> settings;

    /**
     * @param settings of all clients; {@code bootstrap.servers} is required, names that Kafka does not know are ignored
     */
    public KafkaCluster(Map<String, String> settings) {
        Map<String, Object> known = new HashMap<>(settings);
        known.keySet().retainAll(AdminClientConfig.configNames());
        this.settings = Map.copyOf(known);
    }

    /** A cluster that asks for no credentials. */
    public static KafkaCluster at(String bootstrapServers) {
        return new KafkaCluster(Map.of(BOOTSTRAP_SERVERS, bootstrapServers));
    }

    /** Fails with a {@link UserError} unless the cluster answers within 10 s. */
    public void requireAnswer() {
        String address = String.valueOf(settings.get(BOOTSTRAP_SERVERS));
        Admin admin;
        try {
            admin = Admin.create(settings);
        } catch (KafkaException e) {
            throw refused(address, e);
        }
        try {
            admin.describeCluster().clusterId().get(ANSWER_MAX.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new UserError(
                    "No Kafka answers at " + address + ": check --bootstrap-servers or KAFKA_BOOTSTRAP_SERVERS");
        } catch (ExecutionException e) {
            throw refused(address, e.getCause() == null ? e : e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UserError("interrupted while connecting to Kafka");
        } finally {
            // Without a limit it would wait for the request that is not answered.
            admin.close(Duration.ZERO);
        }
    }

    private static UserError refused(String address, Throwable why) {
        Throwable first = why.getCause() == null ? why : why.getCause();
        return new UserError(
                "Kafka at " + address + " cannot be used (--bootstrap-servers, KAFKA_*): " + first.getMessage());
    }

    KafkaConsumer<byte[], byte[]> consumer(IsolationLevel isolation) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation.toString());
        return new KafkaConsumer<>(all, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    KafkaProducer<byte[], byte[]> producer() {
        Map<String, Object> all = new HashMap<>(settings);
        all.put(ProducerConfig.ACKS_CONFIG, "all");
        // A command waits for each record; waiting 5 ms for a larger batch gains nothing.
        all.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
    }
}
