package dev.renderfleet.testbed;

import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.PortBinding;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.sandbox.SandboxEndpoints;
import dev.renderfleet.sandbox.process.Ports;
import dev.renderfleet.testbed.TestParts.Part;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.lifecycle.Startable;
import org.testcontainers.lifecycle.Startables;

/** The parts as containers, from the images of docker-compose.yml. */
final class ContainerParts implements TestParts {

    private static final int KAFKA_PORT = 9092;
    private static final int S3_PORT = 8333;
    private static final Duration START_MAX = Duration.ofMinutes(3);
    private static final String BUCKET = "renderfleet";
    private static final String ACCESS_KEY = "container";
    private static final String SECRET_KEY = "container-secret";

    /** As the sandbox's broker has them, so that tests see expired members and transactions soon. */
    private static final Map<String, String> QUICK = Map.of(
            "KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false",
            "KAFKA_TRANSACTION_ABORT_TIMED_OUT_TRANSACTION_CLEANUP_INTERVAL_MS", "500",
            "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS", "1000",
            "KAFKA_GROUP_CONSUMER_MIN_SESSION_TIMEOUT_MS", "1000",
            "KAFKA_GROUP_CONSUMER_MIN_HEARTBEAT_INTERVAL_MS", "200",
            "KAFKA_GROUP_CONSUMER_HEARTBEAT_INTERVAL_MS", "500",
            "KAFKA_GROUP_CONSUMER_SESSION_TIMEOUT_MS", "6000");

    private final Optional<KafkaContainer> kafka;
    private final Optional<GenericContainer<?>> s3;
    private final SandboxEndpoints endpoints;

    private ContainerParts(Optional<KafkaContainer> kafka, Optional<GenericContainer<?>> s3) {
        this.kafka = kafka;
        this.s3 = s3;
        this.endpoints = new SandboxEndpoints(
                true,
                0,
                "",
                kafka.map(KafkaContainer::getBootstrapServers).orElse(null),
                null,
                s3.map(ContainerParts::describe).orElse(null),
                Map.of(),
                "");
    }

    static ContainerParts start(int partitions, Set<Part> parts) {
        Optional<KafkaContainer> kafka = parts.contains(Part.KAFKA) ? Optional.of(kafka()) : Optional.empty();
        Optional<GenericContainer<?>> s3 = parts.contains(Part.S3) ? Optional.of(s3()) : Optional.empty();
        List<Startable> all = new ArrayList<>();
        kafka.ifPresent(all::add);
        s3.ifPresent(all::add);
        Startables.deepStart(all).join();
        kafka.ifPresent(broker -> createTopics(broker.getBootstrapServers(), partitions));
        return new ContainerParts(kafka, s3);
    }

    @Override
    public SandboxEndpoints endpoints() {
        return endpoints;
    }

    @Override
    public void restartKafka() {
        KafkaContainer broker = kafka.orElseThrow();
        broker.getDockerClient().restartContainerCmd(broker.getContainerId()).exec();
        awaitAnswer(broker.getBootstrapServers());
    }

    @Override
    public void close() {
        kafka.ifPresent(GenericContainer::close);
        s3.ifPresent(GenericContainer::close);
    }

    /** On a port that stays the same after a restart. */
    private static KafkaContainer kafka() {
        int port = Ports.choose("", 0);
        return new KafkaContainer(image("apache/kafka"))
                .withEnv(QUICK)
                .withStartupTimeout(START_MAX)
                .withCreateContainerCmdModifier(
                        command -> Objects.requireNonNullElseGet(command.getHostConfig(), HostConfig::newHostConfig)
                                .withPortBindings(PortBinding.parse("127.0.0.1:" + port + ":" + KAFKA_PORT)));
    }

    private static GenericContainer<?> s3() {
        return new GenericContainer<>(image("chrislusf/seaweedfs"))
                .withCommand("mini", "-dir=/data", "-ip=127.0.0.1", "-ip.bind=0.0.0.0", "-master.telemetry=false")
                .withEnv(Map.of(
                        "AWS_ACCESS_KEY_ID", ACCESS_KEY, "AWS_SECRET_ACCESS_KEY", SECRET_KEY, "S3_BUCKET", BUCKET))
                .withExposedPorts(S3_PORT)
                // The bucket comes last: then it is refused without a signature, and not unknown.
                .waitingFor(Wait.forHttp("/" + BUCKET)
                        .forPort(S3_PORT)
                        .forStatusCode(403)
                        .withStartupTimeout(START_MAX));
    }

    private static SandboxEndpoints.S3 describe(GenericContainer<?> s3) {
        String endpoint = "http://127.0.0.1:" + s3.getMappedPort(S3_PORT);
        return new SandboxEndpoints.S3(endpoint, endpoint, "us-east-1", BUCKET, ACCESS_KEY, SECRET_KEY);
    }

    private static void createTopics(String servers, int partitions) {
        List<NewTopic> topics = Stream.of(Topics.JOBS, Topics.REQUESTS, Topics.EVENTS, Topics.SIGNALS, Topics.JOBS_DLQ)
                .map(name -> new NewTopic(name, partitions, (short) 1)
                        .configs(Map.of(
                                "compression.type",
                                "uncompressed",
                                "cleanup.policy",
                                name.equals(Topics.SIGNALS) ? "compact" : "delete")))
                .toList();
        try (Admin admin = admin(servers)) {
            admin.createTopics(topics).all().get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the topics cannot be created", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while creating the topics", e);
        }
    }

    /** Returns when the broker answers. */
    private static void awaitAnswer(String servers) {
        try (Admin admin = admin(servers)) {
            admin.listTopics().names().get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the broker does not answer", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the broker starts", e);
        }
    }

    private static Admin admin(String servers) {
        return Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, (Object) servers));
    }

    /** Name and tag as docker-compose.yml has them. */
    private static String image(String name) {
        try {
            var found = Pattern.compile("image: (" + Pattern.quote(name) + ":\\S+)")
                    .matcher(Files.readString(Path.of("..", "..", "docker-compose.yml")));
            if (found.find()) {
                return found.group(1);
            }
            throw new IllegalStateException("docker-compose.yml has no image " + name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
