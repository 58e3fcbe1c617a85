package dev.renderfleet.worker.settle;

import dev.renderfleet.sandbox.SandboxProcess;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A broker process of a test, and clients of it. */
record TestBroker(SandboxProcess sandbox, Admin admin) implements AutoCloseable {

    static TestBroker start(int partitions, String... options) {
        var all = Stream.concat(
                Stream.of("--without", "postgres,s3,simulators", "--partitions", Integer.toString(partitions)),
                List.of(options).stream());
        var sandbox = SandboxProcess.start(all.toArray(String[]::new));
        return new TestBroker(
                sandbox,
                Admin.create(Map.of("bootstrap.servers", sandbox.endpoints().bootstrapServers())));
    }

    String servers() {
        return sandbox.endpoints().bootstrapServers();
    }

    Producer<byte[], byte[]> producer(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put("bootstrap.servers", servers());
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public void close() {
        admin.close();
        sandbox.close();
    }
}
