package dev.renderfleet.peers.parallel;

import com.sun.net.httpserver.HttpServer;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.peers.common.GeminiCaller;
import dev.renderfleet.peers.common.PeerSettings;
import dev.renderfleet.peers.common.PictureStore;
import io.confluent.parallelconsumer.ParallelConsumerOptions;
import io.confluent.parallelconsumer.ParallelConsumerOptions.CommitMode;
import io.confluent.parallelconsumer.ParallelConsumerOptions.ProcessingOrder;
import io.confluent.parallelconsumer.ParallelStreamProcessor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Renders jobs in no order, as many at a time as {@code RENDERFLEET_WORKER_SLOTS} says. Ready at {@code /q/health/ready} of the port in
 * the system property {@code quarkus.http.port}.
 */
public final class ParallelWorker {

    private static final String GROUP = "peer-parallel";
    private static final int PORT_DEFAULT = 8080;
    private static final int READY = 200;
    private static final int NOT_READY = 503;

    private ParallelWorker() {}

    /** No arguments; see {@link PeerSettings}. */
    public static void main(String[] args) throws IOException {
        PeerSettings settings = PeerSettings.ofEnvironment();
        // Not the library's default, but what it is advertised for beside its default: PEER_TRANSACTIONS=true shows it
        // at its best.
        boolean transactions = Boolean.parseBoolean(System.getenv("PEER_TRANSACTIONS"));
        var rendering = new Rendering(new GeminiCaller(settings), new PictureStore(settings), Clock.systemUTC());
        ParallelStreamProcessor<byte[], byte[]> processor =
                ParallelStreamProcessor.createEosStreamProcessor(options(settings, transactions));
        // Finishes what it has taken before it leaves, for as long as the library's default of 30 s allows.
        Runtime.getRuntime().addShutdownHook(new Thread(processor::closeDrainFirst, "leave"));
        processor.subscribe(List.of(Topics.JOBS));
        processor.pollAndProduceMany(rendering::render);
        serveHealth(processor);
    }

    private static ParallelConsumerOptions<byte[], byte[]> options(PeerSettings settings, boolean transactions) {
        var options = ParallelConsumerOptions.<byte[], byte[]>builder()
                .consumer(consumer(settings))
                .producer(producer(settings, transactions))
                // The default orders by key, which would do here as well: each job has a key of its own.
                .ordering(ProcessingOrder.UNORDERED);
        // Left at their defaults: commit mode (by the consumer, not waited for) and interval (5 s), retry of a record
        // whose function
        // throws (after 1 s, for ever), time-outs.
        if (transactions) {
            options.commitMode(CommitMode.PERIODIC_TRANSACTIONAL_PRODUCER);
        }
        String slots = System.getenv("RENDERFLEET_WORKER_SLOTS");
        if (slots != null) {
            options.maxConcurrency(Integer.parseInt(slots));
        }
        return options.build();
    }

    private static KafkaConsumer<byte[], byte[]> consumer(PeerSettings settings) {
        // Session time-out (45 s) and all else as Kafka has it.
        return new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        settings.kafka(),
                        ConsumerConfig.GROUP_ID_CONFIG,
                        GROUP,
                        // The library wants it so.
                        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                        false,
                        // Kafka's default, latest, would skip what was published before the first start.
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "earliest"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    private static KafkaProducer<byte[], byte[]> producer(PeerSettings settings, boolean transactions) {
        // Idempotent and acknowledged by all, as is Kafka's default.
        Map<String, Object> all = new HashMap<>();
        all.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, settings.kafka());
        if (transactions) {
            all.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, GROUP + "/" + UUID.randomUUID());
        }
        return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static void serveHealth(ParallelStreamProcessor<byte[], byte[]> processor) throws IOException {
        int port = Integer.getInteger("quarkus.http.port", PORT_DEFAULT);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/q/health/ready", exchange -> {
            exchange.sendResponseHeaders(processor.isClosedOrFailed() ? NOT_READY : READY, -1);
            exchange.close();
        });
        server.start();
    }
}
