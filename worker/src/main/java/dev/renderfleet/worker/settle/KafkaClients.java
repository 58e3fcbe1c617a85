package dev.renderfleet.worker.settle;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;

import dev.renderfleet.contracts.wire.ConsumerGroups;
import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.storage.Pause;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FenceProducersOptions;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jboss.logging.Logger;

/** Makes the Kafka clients that consume and settle jobs, with the settings that the delivery promise needs. Safe for use by many threads. */
public final class KafkaClients implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(KafkaClients.class);

    /** The next owner of a crashed worker's partitions waits so long for its open transaction. A transaction takes milliseconds. */
    private static final int TRANSACTION_MILLIS_MAX = 5_000;

    /** Time-out of one attempt to reach Kafka; attempts are repeated without bound. */
    private static final int BLOCKED_MILLIS_MAX = 10_000;

    private static final int RECORDS_PER_POLL_MAX = 100;
    private static final int FETCH_BYTES_MAX = 8 << 20;
    /** Of each partition. What is read beyond the wanted records is read again; a larger record comes all the same. */
    private static final int READER_FETCH_BYTES_MAX = 64 << 10;

    /** The client fetches ahead; at the end of a partition the next seek would wait for that fetch, half a second by default. */
    private static final int READER_WAIT_MILLIS = 5;
    /** With the classic protocol only; with {@code consumer} the broker decides. */
    private static final int SESSION_MILLIS = 10_000;

    private static final int HEARTBEAT_MILLIS = 2_000;
    private static final Duration CLOSE_MAX = Duration.ofSeconds(5);
    private static final int END_MILLIS_MAX = 3_000;
    private static final int INSTANCE_ID_CHARS_MAX = 249;

    private final Map<String, Object> kafka;
    private final String owner;
    private final Admin admin;

    /**
     * @param kafka settings of all Kafka clients, such as {@code bootstrap.servers}; {@code group.protocol} included
     * @param owner this process, unique for each start; its name in the group and in claims of the ledger
     */
    public KafkaClients(Map<String, Object> kafka, String owner) {
        this.kafka = Map.copyOf(kafka);
        this.owner = owner;
        this.admin = Admin.create(new HashMap<>(this.kafka));
    }

    /** Makes the consumer of jobs: without auto-commit, {@code read_committed}. */
    public Consumer<byte[], byte[]> consumer(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.putAll(more);
        settings.putIfAbsent(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "consumer");
        if (settings.get(ConsumerConfig.GROUP_PROTOCOL_CONFIG).toString().equalsIgnoreCase("classic")) {
            settings.putIfAbsent(
                    ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, CooperativeStickyAssignor.class.getName());
            settings.putIfAbsent(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_MILLIS);
            settings.putIfAbsent(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, HEARTBEAT_MILLIS);
        }
        settings.put(ConsumerConfig.GROUP_ID_CONFIG, ConsumerGroups.WORKERS);
        settings.put(ConsumerConfig.CLIENT_ID_CONFIG, owner);
        // Lets a successor on the same disk remove this process from the group; see fence.
        settings.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, instanceId(owner));
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        // Also makes a fetch of committed offsets wait for open transactions.
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, RECORDS_PER_POLL_MAX);
        settings.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES_MAX);
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Makes a consumer that reads given offsets of jobs, without a group: {@code read_committed}. */
    public Consumer<byte[], byte[]> reader(Map<String, Object> more) {
        return reader("deferred", more);
    }

    /** The same for events. */
    public Consumer<byte[], byte[]> eventReader() {
        return reader("events", Map.of());
    }

    private Consumer<byte[], byte[]> reader(String purpose, Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.putAll(more);
        settings.keySet().removeIf(name -> name.startsWith("group."));
        settings.put(ConsumerConfig.CLIENT_ID_CONFIG, owner + "/" + purpose);
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        // After records were deleted, the next one shows it.
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, READER_FETCH_BYTES_MAX);
        settings.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, READER_WAIT_MILLIS);
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Makes the publisher of outcomes and offsets; {@code pause} waits between its attempts. */
    public OutcomePublisher publisher(Failpoints failpoints, Pause pause) {
        var committed = new CommittedOffsets(admin, ConsumerGroups.WORKERS, pause);
        return new Transactions(() -> transactional(transactionalId(owner)), committed, pause, failpoints);
    }

    /** Makes the settler; {@code pause} waits between its attempts, {@code giveUp} ends the process when settling fails permanently. */
    public Settler settler(
            OutcomePublisher publisher, Failpoints failpoints, Pause pause, Runnable giveUp, InstantSource clock) {
        var committed = new CommittedOffsets(admin, ConsumerGroups.WORKERS, pause);
        return new Settler(publisher, committed, failpoints, pause, giveUp, clock);
    }

    /** Addresses of brokers, as they are set. */
    public String servers() {
        return String.valueOf(kafka.get(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG));
    }

    /**
     * Fences the last of these processes, which aborts its open transaction, and removes them all from the group, so that their partitions
     * are assigned again without waiting for the session time-out. Takes some seconds at most; what Kafka does not do by then its time-outs do.
     *
     * @param formerOwners processes that have ended for certain, the last one first: a running one would lose its partitions and its calls
     */
    public void fence(List<String> formerOwners) {
        if (formerOwners.isEmpty()) {
            return;
        }
        String last = formerOwners.getFirst();
        var fencing = new FenceProducersOptions().timeoutMs(END_MILLIS_MAX);
        done(
                "fencing of former owner",
                last,
                admin.fenceProducers(List.of(transactionalId(last)), fencing).all());
        var members = formerOwners.stream().collect(toMap(identity(), owner -> new MemberToRemove(instanceId(owner))));
        var removal = new RemoveMembersFromConsumerGroupOptions(members.values());
        removal.timeoutMs(END_MILLIS_MAX);
        removal.reason("its process has ended");
        var removed = admin.removeMembersFromConsumerGroup(ConsumerGroups.WORKERS, removal);
        members.forEach(
                (owner, member) -> done("removal of former owner from group", owner, removed.memberResult(member)));
    }

    private static void done(String what, String owner, KafkaFuture<Void> result) {
        try {
            result.get();
            LOG.infof("%s done, owner=%s", what, owner);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownMemberIdException) {
                LOG.debugf("%s not needed, owner=%s", what, owner);
            } else {
                LOG.warnf("%s failed, left to time-outs, owner=%s cause=%s", what, owner, e.getCause());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** For questions about the group. */
    public Admin admin() {
        return admin;
    }

    @Override
    public void close() {
        admin.close(CLOSE_MAX);
    }

    private static String transactionalId(String owner) {
        return "renderfleet/" + owner;
    }

    /** Kafka allows letters, digits, dots, dashes and underscores, at most 249. The end of an owner is unique. */
    private static String instanceId(String owner) {
        String legal = owner.replaceAll("[^A-Za-z0-9._-]", "_");
        return legal.substring(Math.max(0, legal.length() - INSTANCE_ID_CHARS_MAX));
    }

    private Producer<byte[], byte[]> transactional(String id) {
        return producer(Map.of(
                ProducerConfig.TRANSACTIONAL_ID_CONFIG, id,
                ProducerConfig.CLIENT_ID_CONFIG, id,
                ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_MILLIS_MAX));
    }

    private Producer<byte[], byte[]> producer(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.put(ProducerConfig.CLIENT_ID_CONFIG, owner);
        settings.putAll(more);
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        // The settler batches already.
        settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, BLOCKED_MILLIS_MAX);
        settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, BLOCKED_MILLIS_MAX);
        settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, BLOCKED_MILLIS_MAX / 2);
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }
}
