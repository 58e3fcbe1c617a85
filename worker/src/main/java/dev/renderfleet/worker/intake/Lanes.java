package dev.renderfleet.worker.intake;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.catalogue.Router;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.worker.intake.Backlog.Offer;
import dev.renderfleet.worker.intake.Window.Reservation;
import dev.renderfleet.worker.settle.Delivery;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * Shares the window between models, so that jobs that wait for one model never keep out those of another. The jobs of a model are a
 * lane; those with references at hosts of others have {@value LaneNames#HOST_LANES} more, by host, since a host may keep its jobs waiting for an
 * hour, and those with a parent another one. A record whose lane has no room is deferred: it stays open, its value is dropped, and {@link DeferredReader} reads it again once the
 * lane has room. Meanwhile its partition is read on. Safe for use by many threads.
 */
public final class Lanes {

    private static final Logger LOG = Logger.getLogger(Lanes.class);

    /** Of all partitions together: about 16 MB. Each partition may use its part of it. */
    static final int DEFERRED_RECORDS_MAX = 200_000;

    /** How many records are read again at a time. */
    static final int BATCH_RECORDS_MAX = 100;

    /** After no record of a partition could be read. Without it, its records would be the oldest of their lane again. */
    static final Duration UNREADABLE_PAUSE = Duration.ofSeconds(30);

    /** Lane of records that need no model, since they are refused. */
    public static final String NO_MODEL = "none";

    private final JobChannel channel;
    private final Window window;
    private final InstantSource clock;
    private final LaneNames names;
    private final JobDecoder decoder = new JobDecoder();

    private final ReentrantLock lock = new ReentrantLock();
    /** By lane, the one whose turn it is first; no backlog in it is empty. */
    private final Map<String, Backlog<DeferredRecord>> deferred = new LinkedHashMap<>();

    /** Until when no deferred record of these partitions is read. */
    private final Map<TopicPartition, Instant> unreadable = new HashMap<>();

    private int deferredOfPartitionMax = DEFERRED_RECORDS_MAX;

    public Lanes(JobChannel channel, Router router, ModelCatalogue catalogue, InstantSource clock) {
        this.channel = channel;
        this.window = channel.window();
        this.clock = clock;
        this.names = new LaneNames(router, catalogue, clock);
    }

    /**
     * Snapshot of the lanes of one model.
     *
     * @param model the model's id, or {@value #NO_MODEL}
     * @param inWindow records in progress
     * @param deferred records that wait for room in the window
     */
    public record LaneState(String model, int inWindow, int deferred) {
        private LaneState plus(LaneState other) {
            return new LaneState(model, inWindow + other.inWindow, deferred + other.deferred);
        }
    }

    /** Snapshots of all models that have records. */
    public List<LaneState> states() {
        Map<String, LaneState> states = new TreeMap<>();
        lock.lock();
        try {
            Map<String, Integer> held = window.heldByLane();
            held.forEach((lane, count) -> states.merge(
                    LaneNames.model(lane), new LaneState(LaneNames.model(lane), count, 0), LaneState::plus));
            deferred.forEach((lane, backlog) -> states.merge(
                    LaneNames.model(lane), new LaneState(LaneNames.model(lane), 0, backlog.size()), LaneState::plus));
        } finally {
            lock.unlock();
        }
        return List.copyOf(states.values());
    }

    /** The channel that emits the records. */
    JobChannel channel() {
        return channel;
    }

    /** Emits an accepted record, or defers it. False if neither is possible now, so that its partition must wait. */
    boolean take(Delivery delivery) {
        DecodedJob decoded = decoder.decode(delivery);
        var room = new Reservation(
                names.lane(decoded), Math.max(0, delivery.record().serializedValueSize()));
        lock.lock();
        try {
            if (deferred.containsKey(room.lane()) || !window.tryReserve(room)) {
                return defer(delivery, room);
            }
        } finally {
            lock.unlock();
        }
        channel.emit(new IncomingJob(delivery, decoded, room));
        return true;
    }

    private boolean defer(Delivery delivery, Reservation room) {
        int deferredOfPartition = deferred.values().stream()
                .mapToInt(backlog -> backlog.size(delivery.partition()))
                .sum();
        if (deferredOfPartition >= deferredOfPartitionMax) {
            return false;
        }
        long since = Backlog.since(delivery.record().timestamp(), clock.millis());
        deferred.computeIfAbsent(room.lane(), _ -> new Backlog<>())
                .add(new DeferredRecord(delivery.partition(), delivery.offset(), since, room, delivery.assignment()));
        return true;
    }

    /** Lets each of that many partitions defer its part of all. */
    void partitions(int owned) {
        lock.lock();
        try {
            deferredOfPartitionMax = DEFERRED_RECORDS_MAX / Math.max(1, owned);
        } finally {
            lock.unlock();
        }
    }

    /** Drops the deferred records of these partitions, which are not owned any more. */
    void remove(Collection<TopicPartition> partitions) {
        lock.lock();
        try {
            deferred.values().forEach(backlog -> backlog.remove(partitions));
            deferred.values().removeIf(Backlog::isEmpty);
            unreadable.keySet().removeAll(Set.copyOf(partitions));
        } finally {
            lock.unlock();
        }
    }

    /** Records that are deferred. */
    int deferred() {
        lock.lock();
        try {
            return deferred.values().stream().mapToInt(Backlog::size).sum();
        } finally {
            lock.unlock();
        }
    }

    /** Takes the oldest deferred records of one lane, as many as it has room for, and reserves that room. The lanes take turns. */
    List<DeferredRecord> next() {
        lock.lock();
        try {
            Instant now = clock.instant();
            unreadable.values().removeIf(until -> !now.isBefore(until));
            for (var lane : List.copyOf(deferred.entrySet())) {
                List<DeferredRecord> batch = next(lane.getKey(), lane.getValue());
                if (!batch.isEmpty()) {
                    return batch;
                }
            }
            return List.of();
        } finally {
            lock.unlock();
        }
    }

    private List<DeferredRecord> next(String lane, Backlog<DeferredRecord> backlog) {
        deferred.remove(lane);
        List<DeferredRecord> batch = new ArrayList<>();
        backlog.offerAll(record -> {
            if (unreadable.containsKey(record.partition())) {
                return Offer.PARTITION_FULL;
            }
            if (batch.size() == BATCH_RECORDS_MAX || !window.tryReserve(record.room())) {
                return Offer.FULL;
            }
            batch.add(record);
            return Offer.ACCEPTED;
        });
        if (!backlog.isEmpty()) {
            deferred.put(lane, backlog);
        }
        return batch;
    }

    /** Emits a record of {@link #next} that was read again, unless its partition was revoked. */
    void emit(DeferredRecord record, ConsumerRecord<byte[], byte[]> read) {
        if (record.assignment().isRevoked()) {
            window.release(record.room());
            return;
        }
        Delivery delivery = Deliveries.of(read, record.assignment());
        channel.emit(new IncomingJob(delivery, decoder.decode(delivery), record.room()));
    }

    /** Ends a record of {@link #next} that Kafka has deleted. It has no outcome, as if it had been deleted before it was consumed. */
    void deleted(DeferredRecord record) {
        LOG.warnf("a record was deleted before its model had room, record=%s/%d", record.partition(), record.offset());
        record.assignment().deleted(record.offset());
        window.release(record.room());
    }

    /** Leaves these partitions out of {@link #next} for a while, so that each lane goes on with the others. */
    void unreadable(Set<TopicPartition> partitions) {
        LOG.warnf("deferred jobs cannot be read, partitions=%s pause=%s", partitions, UNREADABLE_PAUSE);
        Instant until = clock.instant().plus(UNREADABLE_PAUSE);
        lock.lock();
        try {
            partitions.forEach(partition -> unreadable.put(partition, until));
        } finally {
            lock.unlock();
        }
    }

    /** Returns records of {@link #next} that were not read, to be read later. */
    void putBack(List<DeferredRecord> records) {
        lock.lock();
        try {
            for (DeferredRecord record : records.reversed()) {
                if (!record.assignment().isRevoked()) {
                    deferred.computeIfAbsent(record.room().lane(), _ -> new Backlog<>())
                            .putBack(record);
                }
            }
        } finally {
            lock.unlock();
        }
        records.forEach(record -> window.release(record.room()));
    }
}
