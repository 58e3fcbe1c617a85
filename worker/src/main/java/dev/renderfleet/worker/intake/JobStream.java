package dev.renderfleet.worker.intake;

import static org.apache.kafka.clients.consumer.CloseOptions.GroupMembershipOperation.LEAVE_GROUP;
import static org.apache.kafka.clients.consumer.CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP;

import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.worker.intake.Backlog.Offer;
import dev.renderfleet.worker.settle.Settler;
import dev.renderfleet.worker.settle.Settler.Acceptance;
import dev.renderfleet.worker.settle.WatchedThread;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * The one thread that owns the Kafka consumer: emits records to the channel as long as the window has room, pauses what cannot be
 * taken, and follows the group's rebalances. Partitions are settled before they go.
 */
public final class JobStream implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(JobStream.class);
    private static final Duration POLL_TIMEOUT = Duration.ofMillis(200);
    /** While records wait for room nothing is to be had from Kafka but news of the group; a poll costs a busy worker much. */
    private static final Duration POLL_TIMEOUT_WHEN_FULL = Duration.ofMillis(10);

    private static final Duration BETWEEN_POLLS_WHEN_FULL = Duration.ofMillis(100);

    /** Whether what was refused can be read by now. */
    private static final Duration REFUSED_LOOKED_AT_EVERY = Duration.ofSeconds(30);

    private static final Duration LEAVE_MAX = Duration.ofSeconds(30);

    private final Function<Map<String, Object>, Consumer<byte[], byte[]>> consumers;
    private final Settler settler;
    private final JobChannel channel;
    private final Window window;
    private final GroupMembers members;
    private final DoubleConsumer share;
    private final InstantSource clock;
    /** Polled and not taken yet, at most one poll's worth for each partition: those are paused meanwhile. */
    private final Backlog waiting;

    private final Map<TopicPartition, String> refused = new ConcurrentHashMap<>();
    private Instant refusedLookedAt = Instant.MIN;
    private final ConsumerLag lag;
    private final WatchedThread thread;
    private volatile Map<String, Object> consumerSettings = Map.of();
    private volatile boolean taking = true;
    private volatile boolean closed;

    /**
     * @param consumers makes the consumer with these settings, of this worker's group and without auto-commit
     * @param share told which part of all partitions this worker owns, from 0 to 1
     */
    public JobStream(
            Function<Map<String, Object>, Consumer<byte[], byte[]>> consumers,
            Settler settler,
            JobChannel channel,
            GroupMembers members,
            DoubleConsumer share,
            InstantSource clock) {
        this.consumers = consumers;
        this.settler = settler;
        this.channel = channel;
        this.window = channel.window();
        this.members = members;
        this.share = share;
        this.waiting = new Backlog(clock);
        this.clock = clock;
        this.lag = new ConsumerLag(clock);
        this.thread = new WatchedThread("jobs", clock);
    }

    /** Settings of the consumer, beside those of all Kafka clients. Called before {@link #start}. */
    void consumerSettings(Map<String, Object> settings) {
        consumerSettings = Map.copyOf(settings);
    }

    /** Joins the group and begins to take, on a thread of its own. Called once. */
    public void start() {
        settler.start();
        thread.start(this::run);
    }

    /** The thread of the consumer. */
    public WatchedThread thread() {
        return thread;
    }

    /** Records of this worker's partitions that it has not taken yet, as of a quarter of a minute ago. */
    public long lag() {
        return lag.records();
    }

    /**
     * Takes nothing more. If other workers are there, all partitions go to them soon, and with them what has not been started; this
     * worker stays a member meanwhile, by which others know that it still is at what it has begun, and they tell what comes of it. If
     * there is nobody else it keeps its partitions, to tell that itself.
     */
    public void stopTaking() {
        taking = false;
    }

    /** Partitions, as {@code topic-number}, whose committed state is not ours to read, with the reason. Nothing of them is processed. */
    public Map<String, String> refused() {
        return refused.entrySet().stream()
                .collect(Collectors.toMap(entry -> entry.getKey().toString(), Map.Entry::getValue));
    }

    /** Settles what has finished and leaves the group, within half a minute; without Kafka that fails, and others take over in time. */
    @Override
    public void close() {
        closed = true;
        try {
            if (thread.join(LEAVE_MAX)) {
                settler.close();
            } else {
                LOG.warnf("Kafka did not let this worker leave within %s", LEAVE_MAX);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        Consumer<byte[], byte[]> consumer = null;
        try {
            consumer = consumers.apply(consumerSettings);
            consumer.subscribe(List.of(Topics.JOBS), new Rebalances(consumer));
            while (taking && !closed) {
                turn(consumer);
            }
            if (!closed && members.hasOthers()) {
                // Another topic, for a member must subscribe to something; nothing of it is read.
                consumer.subscribe(List.of(Topics.SIGNALS), new Rebalances(consumer));
            }
            while (!closed) {
                turn(consumer);
            }
            // A member with an instance id does not leave by itself; others need not wait for a time-out.
            close(consumer, LEAVE_GROUP);
        } catch (Throwable fault) {
            channel.fail("the consumer of jobs failed", fault);
            if (consumer != null) {
                // Calls are still out, and who leaves is taken for dead at once.
                close(consumer, REMAIN_IN_GROUP);
            }
        }
    }

    private static void close(Consumer<byte[], byte[]> consumer, GroupMembershipOperation how) {
        consumer.close(CloseOptions.groupMembershipOperation(how).withTimeout(LEAVE_MAX.dividedBy(2)));
    }

    private void turn(Consumer<byte[], byte[]> from) throws InterruptedException {
        for (var record : from.poll(taking && !waiting.isEmpty() ? POLL_TIMEOUT_WHEN_FULL : POLL_TIMEOUT)) {
            waiting.add(record);
        }
        settler.member(from.groupMetadata());
        lookAtRefused(from);
        handOut();
        long nextPoll = System.nanoTime() + BETWEEN_POLLS_WHEN_FULL.toNanos();
        long left = BETWEEN_POLLS_WHEN_FULL.toNanos();
        while (taking && left > 0 && !waiting.isEmpty() && window.awaitLeaving(Duration.ofNanos(left))) {
            handOut();
            left = nextPoll - System.nanoTime();
        }
        pauseWhatWaits(from);
        lag.measure(from, settler.owned(), waiting.size());
        thread.beat();
    }

    private void handOut() {
        if (taking) {
            waiting.handOut(this::offer);
        }
    }

    private Offer offer(ConsumerRecord<byte[], byte[]> record) {
        int bytes = record.serializedValueSize();
        if (!channel.isSubscribed() || !window.enter(bytes)) {
            return Offer.FULL;
        }
        return switch (settler.accept(new TopicPartition(record.topic(), record.partition()), record.offset())) {
            case Acceptance.Accepted(var assignment) -> {
                channel.emit(Deliveries.of(record, assignment), bytes);
                yield Offer.TAKEN;
            }
            case Acceptance.AlreadySettled() -> {
                window.leave(bytes);
                yield Offer.TAKEN;
            }
            case Acceptance.PartitionFull() -> {
                window.cancel(bytes);
                yield Offer.PARTITION_FULL;
            }
        };
    }

    /** A transaction that held a partition's offsets may have ended, or a person may have put the offsets right. */
    private void lookAtRefused(Consumer<byte[], byte[]> of) {
        if (refused.isEmpty() || clock.instant().isBefore(refusedLookedAt.plus(REFUSED_LOOKED_AT_EVERY))) {
            return;
        }
        refusedLookedAt = clock.instant();
        Map<TopicPartition, String> still = settler.assignedAgain(Set.copyOf(refused.keySet()));
        Set<TopicPartition> begun = new HashSet<>(refused.keySet());
        begun.removeAll(still.keySet());
        if (!begun.isEmpty()) {
            // What was polled of them before they were paused has been passed over.
            of.committed(begun).forEach((partition, committed) -> {
                if (committed == null) {
                    of.seekToBeginning(List.of(partition));
                } else {
                    of.seek(partition, committed);
                }
            });
            waiting.forget(begun);
            refused.keySet().removeAll(begun);
            LOG.infof("%s are processed now", begun);
            tellShare(of);
        }
    }

    private void tellShare(Consumer<byte[], byte[]> of) {
        try {
            int all = of.partitionsFor(Topics.JOBS).size();
            // Partitions that were added may be ours before the client knows of them.
            share.accept(Math.min(1, (double) settler.owned().size() / all));
        } catch (KafkaException e) {
            LOG.warnf("the share of quota stays as it was until the next rebalance: %s", e.toString());
        }
    }

    private void pauseWhatWaits(Consumer<byte[], byte[]> of) {
        Set<TopicPartition> toPause = new HashSet<>(taking ? waiting.partitions() : of.assignment());
        toPause.addAll(refused.keySet());
        toPause.retainAll(of.assignment());
        Set<TopicPartition> paused = of.paused();
        if (!paused.equals(toPause)) {
            of.resume(paused.stream().filter(each -> !toPause.contains(each)).toList());
            of.pause(toPause);
        }
    }

    private final class Rebalances implements ConsumerRebalanceListener {
        private final Consumer<byte[], byte[]> of;

        private Rebalances(Consumer<byte[], byte[]> of) {
            this.of = of;
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            List<TopicPartition> jobs = partitions.stream()
                    .filter(each -> each.topic().equals(Topics.JOBS))
                    .toList();
            if (!jobs.isEmpty()) {
                settler.member(of.groupMetadata());
                settler.assigned(jobs).forEach((partition, reason) -> {
                    LOG.errorf("%s is not processed: %s; docs/operations.md says what to do", partition, reason);
                    refused.put(partition, reason);
                });
                refusedLookedAt = clock.instant();
            }
            tellShare(of);
            LOG.infof(
                    "partitions of this worker: %s",
                    settler.owned().stream()
                            .map(TopicPartition::partition)
                            .sorted()
                            .toList());
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            settler.member(of.groupMetadata());
            settler.revoked(partitions);
            gone(partitions);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            LOG.warnf("the group has taken %d partitions from this worker", partitions.size());
            settler.lost(partitions);
            gone(partitions);
        }

        private void gone(Collection<TopicPartition> partitions) {
            waiting.forget(partitions);
            refused.keySet().removeAll(Set.copyOf(partitions));
            tellShare(of);
        }
    }
}
