package dev.renderfleet.sandbox.kafka;

import java.nio.file.Path;
import java.util.Properties;

/** The broker's properties, each with the reason why it differs from Kafka's default. */
record BrokerSettings(int port, int controllerPort, Path folder, boolean acls) {
    /** 64 MiB of value, and room for the batch around it: tests send a 50 MB poison record. */
    static final int RECORD_BYTES_MAX = 65 * 1024 * 1024;

    private static final int NODE_ID = 1;

    Properties toProperties() {
        var all = new Properties();
        identity(all);
        oneNode(all);
        groups(all);
        if (acls) {
            all.setProperty("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
            all.setProperty("allow.everyone.if.no.acl.found", "true");
        }
        all.setProperty("message.max.bytes", Integer.toString(RECORD_BYTES_MAX));
        // A producer's typo in a topic's name shall fail, not create a topic.
        all.setProperty("auto.create.topics.enable", "false");
        // Without it a restarted broker waits 9 s for the session of its former self to end.
        all.setProperty("controlled.shutdown.enable", "true");
        // After a kill -9 there was no orderly end, and the wait cannot be avoided, only be made short.
        all.setProperty("broker.session.timeout.ms", "2000");
        all.setProperty("broker.heartbeat.interval.ms", "400");
        // Otherwise two records a second, each with an fsync, that say nothing.
        all.setProperty("metadata.max.idle.interval.ms", "0");
        all.setProperty("log.segment.bytes", "268435456");
        all.setProperty("num.network.threads", "2");
        all.setProperty("num.io.threads", "4");
        all.setProperty("background.threads", "2");
        return all;
    }

    private void identity(Properties all) {
        all.setProperty("process.roles", "broker,controller");
        all.setProperty("node.id", Integer.toString(NODE_ID));
        all.setProperty(
                "listeners", "PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d".formatted(port, controllerPort));
        all.setProperty("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
        all.setProperty("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        all.setProperty("controller.listener.names", "CONTROLLER");
        all.setProperty("controller.quorum.voters", NODE_ID + "@127.0.0.1:" + controllerPort);
        all.setProperty("log.dirs", folder.toString());
    }

    private static void oneNode(Properties all) {
        all.setProperty("offsets.topic.replication.factor", "1");
        all.setProperty("offsets.topic.num.partitions", "4");
        all.setProperty("transaction.state.log.replication.factor", "1");
        all.setProperty("transaction.state.log.min.isr", "1");
        all.setProperty("transaction.state.log.num.partitions", "4");
        all.setProperty("share.coordinator.state.topic.replication.factor", "1");
        all.setProperty("share.coordinator.state.topic.min.isr", "1");
        all.setProperty("share.coordinator.state.topic.num.partitions", "1");
        // A dead worker's open transaction blocks its successor until this sweep finds it; Kafka's default is 10 s.
        all.setProperty("transaction.abort.timed.out.transaction.cleanup.interval.ms", "500");
    }

    private static void groups(Properties all) {
        all.setProperty("group.initial.rebalance.delay.ms", "0");
        // Tests kill workers and want to see the take-over soon, with either group protocol.
        all.setProperty("group.min.session.timeout.ms", "1000");
        all.setProperty("group.consumer.min.session.timeout.ms", "1000");
        all.setProperty("group.consumer.min.heartbeat.interval.ms", "200");
        all.setProperty("group.consumer.heartbeat.interval.ms", "500");
        all.setProperty("group.consumer.session.timeout.ms", "6000");
    }
}
