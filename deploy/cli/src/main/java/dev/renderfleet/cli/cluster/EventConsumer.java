package dev.renderfleet.cli.cluster;

import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.wire.EventCodec;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.contracts.wire.UnreadableEventException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/** Reads {@code render.events} from all partitions without a group, committed events only. Not thread-safe. */
public final class EventConsumer implements AutoCloseable {

    /** The first event to read. */
    public enum From {
        BEGINNING,
        NOW
    }

    private final EventCodec codec = new EventCodec();
    private final KafkaConsumer<byte[], byte[]> consumer;

    public EventConsumer(KafkaCluster kafka, From from) {
        this.consumer = kafka.consumer(IsolationLevel.READ_COMMITTED);
        List<TopicPartition> partitions = consumer.partitionsFor(Topics.EVENTS).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
        consumer.assign(partitions);
        switch (from) {
            case BEGINNING -> consumer.seekToBeginning(partitions);
            case NOW -> {
                consumer.seekToEnd(partitions);
                // Seeking is lazy; only asking for the position fixes it before anything is published.
                partitions.forEach(consumer::position);
            }
        }
    }

    /** The next events; waits at most that long for the first. Throws {@link UnreadableEventException} for a record that is no event. */
    public List<RenderEvent> poll(Duration wait) {
        return poll(wait, (_, unreadable) -> {
            throw unreadable;
        });
    }

    /**
     * The same, for a topic that other programs may write too.
     *
     * @param unreadable receives each record that is no event, with its {@code topic/partition/offset}
     */
    public List<RenderEvent> poll(Duration wait, BiConsumer<String, UnreadableEventException> unreadable) {
        List<RenderEvent> events = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(wait)) {
            try {
                events.add(codec.decode(record.value() == null ? new byte[0] : record.value()));
            } catch (UnreadableEventException e) {
                unreadable.accept(record.topic() + "/" + record.partition() + "/" + record.offset(), e);
            }
        }
        return events;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
