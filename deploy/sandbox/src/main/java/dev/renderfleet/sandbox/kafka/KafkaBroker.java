package dev.renderfleet.sandbox.kafka;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import kafka.server.KafkaConfig;
import kafka.tools.StorageTool;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.TopicConfig;

/**
 * One Kafka node, broker and controller, with the topics of Renderfleet. {@link #start} returns when the topics are there;
 * a folder that was used before keeps its records, offsets and transactions, also if its last broker was killed. Can be
 * stopped and started again on the same port while clients are connected, which is what tests of a broker's restart do.
 */
public final class KafkaBroker implements AutoCloseable {
    private final BrokerSettings settings;
    private KafkaNode node;

    private KafkaBroker(BrokerSettings settings, KafkaNode node) {
        this.settings = settings;
        this.node = node;
    }

    public static KafkaBroker start(int port, int controllerPort, Path folder, int partitions) {
        return start(port, controllerPort, folder, partitions, false);
    }

    /**
     * The same with ACLs, or without.
     *
     * @param acls whether ACLs are checked; a resource without ACLs is open to all
     */
    public static KafkaBroker start(int port, int controllerPort, Path folder, int partitions, boolean acls) {
        var settings = new BrokerSettings(port, controllerPort, folder, acls);
        format(settings);
        var broker = new KafkaBroker(settings, run(settings));
        broker.createTopics(partitions);
        return broker;
    }

    public String bootstrapServers() {
        return "127.0.0.1:" + settings.port();
    }

    /** Stops the broker and starts it again: connections break, records and offsets stay. */
    public synchronized void restart() {
        close();
        node = run(settings);
    }

    @Override
    public synchronized void close() {
        node.stop();
    }

    private static KafkaNode run(BrokerSettings settings) {
        var node = new KafkaNode(KafkaConfig.fromProps(settings.toProperties()));
        node.start();
        return node;
    }

    /** Gives a new folder its identity; one that was used before has one, and Kafka would refuse another. */
    private static void format(BrokerSettings settings) {
        if (Files.exists(settings.folder().resolve("meta.properties"))) {
            return;
        }
        var said = new ByteArrayOutputStream();
        try {
            Files.createDirectories(settings.folder());
            Path file = Files.createTempFile("renderfleet-kafka", ".properties");
            try (var out = Files.newOutputStream(file)) {
                settings.toProperties().store(out, null);
            }
            String[] command = {
                "format",
                "--config",
                file.toString(),
                "--cluster-id",
                Uuid.randomUuid().toString()
            };
            int code = StorageTool.execute(command, new PrintStream(said, true, StandardCharsets.UTF_8));
            Files.deleteIfExists(file);
            if (code != 0) {
                throw new IllegalStateException(
                        "Kafka's folder cannot be formatted: " + said.toString(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Kafka's folder cannot be written", e);
        }
    }

    private void createTopics(int partitions) {
        var client = new Properties();
        client.setProperty(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers());
        try (var admin = Admin.create(client)) {
            var existing = admin.listTopics().names().get();
            var missing = new ArrayList<NewTopic>();
            for (String name : SandboxTopics.ALL) {
                if (!existing.contains(name)) {
                    missing.add(topic(name, partitions));
                }
            }
            admin.createTopics(missing).all().get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the topics cannot be created", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while creating the topics", e);
        }
    }

    private static NewTopic topic(String name, int partitions) {
        int bytes = List.of(SandboxTopics.JOBS, SandboxTopics.JOBS_DLQ).contains(name)
                ? BrokerSettings.RECORD_BYTES_MAX
                : 1024 * 1024;
        return new NewTopic(name, partitions, (short) 1)
                .configs(Map.of(
                        // The fleet's set-up is the last record of its key.
                        TopicConfig.CLEANUP_POLICY_CONFIG,
                        name.equals(SandboxTopics.SIGNALS) ? "compact" : "delete",
                        TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                        Integer.toString(bytes),
                        // The broker unpacks records, so that the bound is one of their real bytes.
                        TopicConfig.COMPRESSION_TYPE_CONFIG,
                        "uncompressed"));
    }
}
