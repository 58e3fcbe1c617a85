package dev.renderfleet.scheduler.topics;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.renderfleet.contracts.wire.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Topics of one partition in memory. For one thread. */
public final class FakeKafka implements KafkaParts {

    private static final Node NODE = new Node(0, "none", 0);

    private final Map<String, List<ProducerRecord<byte[], byte[]>>> topics = new HashMap<>();

    public FakeKafka() {
        List.of(Topics.JOBS, Topics.REQUESTS, Topics.EVENTS, Topics.SIGNALS, Topics.JOBS_DLQ)
                .forEach(topic -> topics.put(topic, new ArrayList<>()));
    }

    /** All records of a topic; its offset is a record's index. */
    public List<ProducerRecord<byte[], byte[]>> records(String topic) {
        return List.copyOf(of(topic));
    }

    public void append(String topic, String key, Map<String, String> headers, byte[] value) {
        var record = new ProducerRecord<>(topic, 0, key.getBytes(UTF_8), value);
        headers.forEach((name, text) -> record.headers().add(name, text.getBytes(UTF_8)));
        of(topic).add(record);
    }

    private List<ProducerRecord<byte[], byte[]>> of(String topic) {
        return Objects.requireNonNull(topics.get(topic), "no such topic");
    }

    @Override
    public Consumer<byte[], byte[]> reader() {
        var consumer = new MockConsumer<byte[], byte[]>("none") {
            private final Map<TopicPartition, Integer> added = new HashMap<>();

            @Override
            public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
                for (TopicPartition partition : assignment()) {
                    List<ProducerRecord<byte[], byte[]>> all = of(partition.topic());
                    int next = added.computeIfAbsent(partition, each -> Math.toIntExact(position(each)));
                    for (int offset = next; offset < all.size(); offset++) {
                        addRecord(read(all.get(offset), offset));
                    }
                    added.put(partition, all.size());
                }
                return super.poll(Duration.ZERO);
            }
        };
        topics.forEach((topic, records) -> {
            var partition = new TopicPartition(topic, 0);
            consumer.updatePartitions(topic, List.of(info(topic)));
            consumer.updateBeginningOffsets(Map.of(partition, 0L));
            consumer.updateEndOffsets(Map.of(partition, (long) records.size()));
        });
        return consumer;
    }

    private static PartitionInfo info(String topic) {
        return new PartitionInfo(topic, 0, NODE, new Node[] {NODE}, new Node[] {NODE});
    }

    private static ConsumerRecord<byte[], byte[]> read(ProducerRecord<byte[], byte[]> sent, int offset) {
        var record = new ConsumerRecord<>(sent.topic(), 0, offset, sent.key(), sent.value());
        sent.headers().forEach(header -> record.headers().add(header));
        return record;
    }

    @Override
    public Producer<byte[], byte[]> publisher() {
        var cluster = new Cluster("fake", List.of(NODE), List.of(info(Topics.JOBS)), Set.of(), Set.of());
        return new MockProducer<>(cluster, true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
            @Override
            public synchronized Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record, Callback callback) {
                List<ProducerRecord<byte[], byte[]>> all = of(record.topic());
                all.add(record);
                var place = new TopicPartition(record.topic(), 0);
                return CompletableFuture.completedFuture(new RecordMetadata(place, all.size() - 1L, 0, 0, 0, 0));
            }
        };
    }

    @Override
    public Consumer<byte[], byte[]> uncommittedReader() {
        return reader();
    }

    @Override
    public Producer<byte[], byte[]> transactional(String id) {
        throw new UnsupportedOperationException("has no transactions: OwnEvents needs a broker");
    }
}
