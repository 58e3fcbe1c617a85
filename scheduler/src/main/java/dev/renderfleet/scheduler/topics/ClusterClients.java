package dev.renderfleet.scheduler.topics;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Real clients, with the settings that the scheduler's promises need. */
public final class ClusterClients implements KafkaParts {

    static final int RECORDS_PER_POLL_MAX = 2_000;

    private static final int ANSWER_MILLIS_MAX = 10_000;
    private static final int LINGER_MILLIS = 2;

    private final Map<String, Object> kafka;
    private final String owner;

    /**
     * @param kafka settings of all Kafka clients, such as {@code bootstrap.servers}
     * @param owner this process, unique for each start
     */
    public ClusterClients(Map<String, Object> kafka, String owner) {
        this.kafka = Map.copyOf(kafka);
        this.owner = owner;
    }

    @Override
    public Consumer<byte[], byte[]> reader() {
        return reader("read_committed");
    }

    @Override
    public Consumer<byte[], byte[]> uncommittedReader() {
        return reader("read_uncommitted");
    }

    private Consumer<byte[], byte[]> reader(String isolation) {
        Map<String, Object> settings = settings();
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        // An offset that Kafka no longer has is a fault, not a reason to skip.
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation);
        settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, RECORDS_PER_POLL_MAX);
        settings.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, ANSWER_MILLIS_MAX);
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @Override
    public Producer<byte[], byte[]> transactional(String id) {
        Map<String, Object> settings = settings();
        settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, id);
        settings.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, ANSWER_MILLIS_MAX);
        return producer(settings);
    }

    @Override
    public Producer<byte[], byte[]> publisher() {
        return producer(settings());
    }

    private static Producer<byte[], byte[]> producer(Map<String, Object> settings) {
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        settings.put(ProducerConfig.LINGER_MS_CONFIG, LINGER_MILLIS);
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, ANSWER_MILLIS_MAX);
        settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, ANSWER_MILLIS_MAX);
        settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, ANSWER_MILLIS_MAX / 2);
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private Map<String, Object> settings() {
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.keySet().removeIf(name -> name.startsWith("group."));
        settings.put(ConsumerConfig.CLIENT_ID_CONFIG, owner);
        return settings;
    }
}
