package dev.renderfleet.scheduler.topics;

import dev.renderfleet.contracts.signal.Signal;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.DecodedSignal;
import dev.renderfleet.contracts.wire.SignalCodec;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.scheduler.leader.LoopStates;
import dev.renderfleet.scheduler.leader.LoopStates.LoopState;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/** Reads all signals of workers, those from before its start included, in a thread of its own. */
public final class FleetSignals implements AutoCloseable {

    private static final String LOOP = "signals";
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration RETRY = Duration.ofSeconds(1);

    private static final Logger LOG = Logger.getLogger(FleetSignals.class);

    private final KafkaParts kafka;
    private final Listener listener;
    private final LoopStates states;
    private final SignalCodec codec = new SignalCodec();
    private volatile boolean closed;

    public FleetSignals(KafkaParts kafka, Listener listener, LoopStates states) {
        this.kafka = kafka;
        this.listener = listener;
        this.states = states;
    }

    /** Receives signals in their order; after a fault all of them once more. */
    @FunctionalInterface
    public interface Listener {
        void heard(Signal signal);
    }

    public void start() {
        states.set(LOOP, new LoopState.Idle());
        Thread.ofVirtual().name(LOOP).start(() -> {
            while (!closed) {
                try (Consumer<byte[], byte[]> consumer = kafka.reader()) {
                    read(consumer);
                } catch (RuntimeException e) {
                    LOG.warnf("signals not read, they are read again, cause=%s", e.toString());
                    states.set(LOOP, new LoopState.Faulty(e.toString()));
                    LockSupport.parkNanos(RETRY.toNanos());
                }
            }
        });
    }

    private void read(Consumer<byte[], byte[]> consumer) {
        List<TopicPartition> all = consumer.partitionsFor(Topics.SIGNALS).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
        consumer.assign(all);
        consumer.seekToBeginning(all);
        states.set(LOOP, new LoopState.Running());
        while (!closed) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                String type = RecordHeaders.texts(record.headers()).get(CloudEvents.TYPE);
                if (codec.decode(record.value(), type) instanceof DecodedSignal.Understood(Signal signal)) {
                    listener.heard(signal);
                }
            }
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
