package dev.renderfleet.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.testbed.system.FleetSystem.RunningProcess;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A record of 300 kB that unpacks to 300 MiB, on a topic that keeps records compressed: a worker of 512 MiB cannot read it. */
@Tag("long")
class OversizedRecordIT {

    private static final int UNPACKED_BYTES = 300 << 20;
    private static final Duration LONG_ENOUGH = Duration.ofMinutes(2);

    @Test
    void theWorkerWarnsOfItAtTheStartAndNamesTheRecordWhenItEnds() throws Exception {
        try (TestFleet fleet = TestFleet.start("oversized")) {
            String servers = fleet.sandbox().bootstrapServers();
            keepCompressed(servers);
            RunningProcess worker = fleet.worker("worker-1", Map.of());

            publish(servers);

            Awaitility.await("the worker ends")
                    .atMost(LONG_ENOUGH)
                    .until(() -> !worker.part().alive());
            assertThat(Files.readString(worker.part().log(), UTF_8))
                    .contains("--entity-name render.jobs --add-config compression.type=uncompressed")
                    .contains("topic=render.jobs partition=0 offset=3");
        }
    }

    private static void keepCompressed(String servers) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
            var jobs = new ConfigResource(ConfigResource.Type.TOPIC, Topics.JOBS);
            var compressed = new ConfigEntry(TopicConfig.COMPRESSION_TYPE_CONFIG, "producer");
            admin.incrementalAlterConfigs(Map.of(jobs, List.of(new AlterConfigOp(compressed, OpType.SET))))
                    .all()
                    .get();
        }
    }

    private static void publish(String servers) throws Exception {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers",
                servers,
                "compression.type",
                "gzip",
                "max.request.size",
                UNPACKED_BYTES + (1 << 20),
                "buffer.memory",
                2L * UNPACKED_BYTES,
                "delivery.timeout.ms",
                120_000);
        try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < 3; i++) {
                producer.send(record("not a job".getBytes(UTF_8))).get();
            }
            producer.send(record(new byte[UNPACKED_BYTES])).get();
        }
    }

    private static ProducerRecord<byte[], byte[]> record(byte[] value) {
        return new ProducerRecord<>(Topics.JOBS, 0, null, value);
    }
}
