package dev.renderfleet.worker.settle;

import dev.renderfleet.testbed.TestParts;
import dev.renderfleet.testbed.TestParts.Part;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A broker of a test, and clients of it. */
record TestBroker(TestParts parts, Admin admin) implements AutoCloseable {

    static TestBroker start(int partitions) {
        return of(TestParts.start(partitions, Part.KAFKA));
    }

    /** One that checks ACLs, always of the sandbox; what has none is open to all. */
    static TestBroker withAcls(int partitions) {
        return of(TestParts.withAcls(partitions));
    }

    private static TestBroker of(TestParts parts) {
        return new TestBroker(
                parts,
                Admin.create(Map.of("bootstrap.servers", parts.endpoints().bootstrapServers())));
    }

    String servers() {
        return parts.endpoints().bootstrapServers();
    }

    Producer<byte[], byte[]> producer(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put("bootstrap.servers", servers());
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public void close() {
        admin.close();
        parts.close();
    }
}
