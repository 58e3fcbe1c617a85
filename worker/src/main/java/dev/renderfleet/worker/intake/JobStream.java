package dev.renderfleet.worker.intake;

import static org.apache.kafka.clients.consumer.CloseOptions.GroupMembershipOperation.LEAVE_GROUP;
import static org.apache.kafka.clients.consumer.CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP;

import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.worker.intake.Backlog.Offer;
import dev.renderfleet.worker.settle.Acceptance;
import dev.renderfleet.worker.settle.Settler;
import dev.renderfleet.worker.settle.WatchedThread;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleConsumer;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Owns the Kafka consumer on a thread of its own: emits records to the channel while the window has room, pauses the other partitions,
 * and settles partitions before they are revoked.
 */
public final class JobStream implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(JobStream.class);
    /** Each turn of an idle worker costs a tenth of a millisecond of processor time; a record or {@link #wake} ends a poll. */
    private static final Duration POLL_TIMEOUT = Duration.ofSeconds(1);
    /** While the window is full a poll only serves the group protocol, and costs a busy worker much. */
    private static final Duration POLL_TIMEOUT_WHEN_FULL = Duration.ofMillis(10);

    private static final Duration BETWEEN_POLLS_WHEN_FULL = Duration.ofMillis(100);

    /** While this worker cannot work and knows of no other. */
    private static final Duration MEMBERS_READ_INTERVAL = Duration.ofSeconds(3);

    private static final Duration LEAVE_MAX = Duration.ofSeconds(30);

    private final JobConsumers consumers;
    private final Settler settler;
    private final JobChannel channel;
    private final Window window;
    private final Lanes lanes;
    private final DeferredReader deferred;
    private final GroupMembers members;
    private final InstantSource clock;
    /** At most one poll of each partition; its partitions are paused. */
    private final Backlog<PolledRecord> backlog = new Backlog<>();

    private final JobPartitions partitions;
    private final ConsumerLag lag;
    private final WatchedThread thread;
    private volatile Map<String, Object> consumerSettings = Map.of();
    private volatile @Nullable Consumer<byte[], byte[]> member;
    private volatile boolean consuming = true;
    private volatile boolean suspended;
    /** Whether other workers have the partitions since this one cannot work. Used by the consumer's thread only. */
    private boolean handedOver;

    private Instant membersReadAt = Instant.MIN;

    private volatile boolean closed;

    /**
     * @param share receives the part of all partitions that this worker owns, 0 to 1
     */
    public JobStream(
            JobConsumers consumers,
            Settler settler,
            Lanes lanes,
            GroupMembers members,
            DoubleConsumer share,
            InstantSource clock) {
        this.consumers = consumers;
        this.settler = settler;
        this.lanes = lanes;
        this.channel = lanes.channel();
        this.window = channel.window();
        this.deferred = new DeferredReader(lanes, clock);
        this.members = members;
        this.clock = clock;
        this.partitions = new JobPartitions(settler, lanes, backlog, share, clock);
        this.lag = new ConsumerLag(clock);
        this.thread = new WatchedThread("jobs", clock);
    }

    /** Settings of the consumer, beside those of all Kafka clients. Called before {@link #start}. */
    void consumerSettings(Map<String, Object> settings) {
        consumerSettings = Map.copyOf(settings);
    }

    /** Joins the group and begins to consume, on a thread of its own. Called once. */
    public void start() {
        settler.start();
        deferred.start(() -> consumers.reader().apply(consumerSettings));
        thread.start(this::run);
    }

    /** The thread of the consumer. */
    public WatchedThread thread() {
        return thread;
    }

    /** The thread that reads deferred records. */
    WatchedThread deferredThread() {
        return deferred.thread();
    }

    /** Records of this worker's partitions that are not in progress yet, measured every 15 seconds. */
    public long lag() {
        return lag.records();
    }

    /**
     * Emits nothing more. If the group has other members, they get all partitions, and with them the records that are not in progress;
     * they publish the outcomes of those that are. This worker stays a member, so that its claims stay valid. Without other members it
     * keeps its partitions and publishes the outcomes itself.
     */
    public void stopConsuming() {
        consuming = false;
        deferred.stop();
        wake();
    }

    /**
     * While suspended, other workers get the partitions, if there are others; this worker stays a member and finishes the renders in
     * progress. Alone it keeps its partitions, and its jobs wait.
     */
    public void suspend(boolean cannotWork) {
        suspended = cannotWork;
    }

    /** Partitions, as {@code topic-number}, or the topic, that are not processed, with the reason. */
    public Map<String, String> refused() {
        return partitions.refused();
    }

    /** Settles what has finished and leaves the group, within half a minute. Without Kafka the session time-out does the latter. */
    @Override
    public void close() {
        closed = true;
        wake();
        deferred.close();
        try {
            if (thread.join(LEAVE_MAX)) {
                settler.close();
            } else {
                LOG.warnf("not left the group in time, timeout=%s", LEAVE_MAX);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        Consumer<byte[], byte[]> consumer = null;
        try {
            consumer = consumers.member().apply(consumerSettings);
            member = consumer;
            consumer.subscribe(List.of(Topics.JOBS), partitions.rebalances(consumer));
            while (consuming && !closed) {
                handOverWhileSuspended(consumer);
                turn(consumer);
            }
            if (!closed && !handedOver && members.hasOthers()) {
                // A member must subscribe to something; nothing of this topic is read.
                consumer.subscribe(List.of(Topics.SIGNALS), partitions.rebalances(consumer));
            }
            while (!closed) {
                turn(consumer);
            }
            // A static member does not leave by closing; without this others would wait for the session time-out.
            close(consumer, LEAVE_GROUP);
        } catch (Throwable fault) {
            String where = fault instanceof OutOfMemoryError && consumer != null ? oversizedRecord(consumer) : "";
            channel.fail("the consumer of jobs failed" + where, fault);
            if (consumer != null) {
                // Calls are in progress; a member that leaves counts as expired at once.
                close(consumer, REMAIN_IN_GROUP);
            }
        }
    }

    private String oversizedRecord(Consumer<byte[], byte[]> consumer) {
        Map<String, Object> settings = new HashMap<>(consumerSettings);
        settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
        try (Consumer<byte[], byte[]> reader = consumers.reader().apply(settings)) {
            Map<TopicPartition, Long> offsets = new HashMap<>();
            for (TopicPartition partition : consumer.assignment()) {
                offsets.put(partition, consumer.position(partition, Duration.ZERO));
            }
            return OversizedRecord.find(reader, offsets)
                    .map(record -> ", a record unpacks to more than the memory of this process: " + record
                            + "; docs/operations.md says how to skip it")
                    .orElse("");
        } catch (KafkaException e) {
            return ", the record is not known: " + e.getMessage();
        }
    }

    private void handOverWhileSuspended(Consumer<byte[], byte[]> consumer) {
        if (suspended != handedOver && (handedOver || othersFound())) {
            handedOver = suspended;
            LOG.info(
                    handedOver
                            ? "partitions released to other workers, since this one cannot work"
                            : "subscribed again, since this worker can work");
            // A member must subscribe to something; nothing of that topic is emitted.
            consumer.subscribe(List.of(handedOver ? Topics.SIGNALS : Topics.JOBS), partitions.rebalances(consumer));
        }
    }

    private boolean othersFound() {
        Instant now = clock.instant();
        if (now.isBefore(membersReadAt.plus(MEMBERS_READ_INTERVAL))) {
            return false;
        }
        membersReadAt = now;
        return members.hasOthers();
    }

    private static void close(Consumer<byte[], byte[]> consumer, GroupMembershipOperation how) {
        consumer.close(CloseOptions.groupMembershipOperation(how).withTimeout(LEAVE_MAX.dividedBy(2)));
    }

    /** Ends the poll in progress, or the next call that would block. */
    private void wake() {
        Consumer<byte[], byte[]> polling = member;
        if (polling != null) {
            polling.wakeup();
        }
    }

    private void turn(Consumer<byte[], byte[]> consumer) throws InterruptedException {
        try {
            pollOnce(consumer);
        } catch (WakeupException e) {
            LOG.debugf("poll ended early, consuming=%s closed=%s", consuming, closed);
        }
    }

    private void pollOnce(Consumer<byte[], byte[]> from) throws InterruptedException {
        var polled = from.poll(consuming && !backlog.isEmpty() ? POLL_TIMEOUT_WHEN_FULL : POLL_TIMEOUT);
        long now = clock.millis();
        polled.forEach(record -> backlog.add(PolledRecord.of(record, now)));
        settler.member(from.groupMetadata());
        partitions.retryRefused(from);
        long seen = window.releases();
        emitBacklog();
        long nextPoll = System.nanoTime() + BETWEEN_POLLS_WHEN_FULL.toNanos();
        long left = BETWEEN_POLLS_WHEN_FULL.toNanos();
        while (polled.isEmpty()
                && consuming
                && left > 0
                && !backlog.isEmpty()
                && window.awaitRelease(seen, Duration.ofNanos(left))) {
            seen = window.releases();
            emitBacklog();
            left = nextPoll - System.nanoTime();
        }
        if (polled.isEmpty() && consuming && !handedOver) {
            stepOverMarkers(from);
        }
        partitions.updatePaused(from, !consuming || handedOver);
        lag.measure(from, settler.owned(), backlog.size() + lanes.deferred());
        thread.beat();
    }

    /** Where the backlog has nothing, all records before the consumer's position have been offered to the settler. */
    private void stepOverMarkers(Consumer<byte[], byte[]> from) {
        Set<TopicPartition> idle = new HashSet<>(settler.owned());
        idle.retainAll(from.assignment());
        idle.removeAll(backlog.partitions());
        for (TopicPartition partition : idle) {
            try {
                settler.reached(partition, from.position(partition, Duration.ZERO));
            } catch (TimeoutException e) {
                LOG.debugf("position not known yet, partition=%s", partition);
            }
        }
    }

    private void emitBacklog() {
        if (consuming && !handedOver && channel.isSubscribed()) {
            backlog.offerAll(this::offer);
        }
    }

    private Offer offer(PolledRecord polled) {
        return switch (settler.accept(polled.partition(), polled.record().offset())) {
            case Acceptance.Accepted(var assignment) ->
                lanes.take(Deliveries.of(polled.record(), assignment)) ? Offer.ACCEPTED : Offer.PARTITION_FULL;
            case Acceptance.AlreadySettled() -> Offer.ACCEPTED;
            case Acceptance.PartitionFull() -> Offer.PARTITION_FULL;
        };
    }
}
