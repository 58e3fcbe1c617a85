package dev.renderfleet.sandbox.kafka;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import kafka.server.BrokerServer;
import kafka.server.ControllerServer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.server.Server$;
import kafka.server.SharedServer;
import kafka.server.StandardFaultHandlerFactory;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.loader.LoaderManifest;
import org.apache.kafka.image.publisher.MetadataPublisher;
import org.apache.kafka.raft.QuorumConfig;
import org.apache.kafka.server.ServerSocketFactory;
import org.slf4j.LoggerFactory;

/**
 * Controller and broker of one node, put together as {@link KafkaRaftServer} does it, but for one thing: the broker starts
 * when the controller has put out the broker that was there before.
 *
 * <p>After a {@code kill -9} the old broker still counts as alive for a session. A new one that starts meanwhile takes itself
 * for it, leads its partitions, is put out, and leads them again; its group coordinator reads the log twice and may
 * take the end of the first reading for that of the second (Kafka 4.4.0, {@code CoordinatorRuntime}). Groups then have
 * old offsets, or do not answer any more. In a cluster of several nodes others lead meanwhile.
 */
final class KafkaNode {
    private static final Duration FORMER_SELF_GONE_MAX = Duration.ofSeconds(60);

    private final SharedServer shared;
    private final ControllerServer controller;
    private final BrokerServer broker;

    KafkaNode(KafkaConfig config) {
        var folders = KafkaRaftServer.initializeLogDirs(config, LoggerFactory.getLogger(KafkaNode.class), "");
        var identity = folders._1();
        var metrics = Server$.MODULE$.initializeMetrics(
                config, Time.SYSTEM, identity.clusterId().orElseThrow());
        shared = new SharedServer(
                config,
                identity,
                Time.SYSTEM,
                metrics,
                CompletableFuture.completedFuture(
                        QuorumConfig.parseVoterConnections(config.quorumConfig().voters())),
                QuorumConfig.parseBootstrapServers(config.quorumConfig().bootstrapServers()),
                new StandardFaultHandlerFactory(),
                ServerSocketFactory.INSTANCE);
        controller = new ControllerServer(shared, KafkaRaftServer.configSchema(), folders._2());
        broker = new BrokerServer(shared);
    }

    /** Returns when clients are served. */
    void start() {
        controller.startup();
        awaitFormerSelfGone();
        broker.startup();
    }

    /** Returns when broker and controller have ended in order. */
    void stop() {
        broker.shutdown();
        controller.shutdown();
        broker.awaitShutdown();
        controller.awaitShutdown();
    }

    private void awaitFormerSelfGone() {
        var gone = new FormerSelf(shared.nodeId());
        shared.loader().installPublishers(List.of(gone)).join();
        gone.seen
                .orTimeout(FORMER_SELF_GONE_MAX.toMillis(), TimeUnit.MILLISECONDS)
                .join();
        shared.loader().removeAndClosePublisher(gone).join();
    }

    /** Sees when the metadata have no living broker of this node. */
    private static final class FormerSelf implements MetadataPublisher {
        private final int nodeId;
        private final CompletableFuture<Boolean> seen = new CompletableFuture<>();

        private FormerSelf(int nodeId) {
            this.nodeId = nodeId;
        }

        @Override
        public String name() {
            return "FormerSelf";
        }

        @Override
        public void onMetadataUpdate(MetadataDelta delta, MetadataImage image, LoaderManifest manifest) {
            var registration = image.cluster().broker(nodeId);
            if (registration == null || registration.fenced()) {
                seen.complete(true);
            }
        }

        @Override
        public void close() {}
    }
}
