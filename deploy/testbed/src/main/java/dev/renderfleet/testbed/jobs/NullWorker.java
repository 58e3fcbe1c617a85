package dev.renderfleet.testbed.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.EventParts.Latency;
import dev.renderfleet.contracts.event.EventParts.ModelChoice;
import dev.renderfleet.contracts.event.EventParts.Provenance;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.job.Budget;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.signal.FleetSetup;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.EventCodec;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.contracts.wire.SignalCodec;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.sandbox.SandboxEndpoints;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Answers each record of {@code render.jobs} with a completed event, in the order of their release, without a model, storage or
 * transactions: what is left is the scheduler's own speed. A job's second record gets a replay of its outcome, as from a worker.
 */
public final class NullWorker implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration PAUSE_CHECK = Duration.ofMillis(10);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(5);
    private static final double SECOND_NANOS = 1e9;
    private static final String NAME = "null-worker";

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Listener listener;
    private final long pauseNanos;
    private final JobCodec jobs = new JobCodec();
    private final EventCodec events = new EventCodec();
    private final Map<String, String> records = new HashMap<>();
    private final Thread thread;
    private volatile boolean paused;
    private volatile boolean closed;

    /** Receives each record when its answer is sent, in the worker's thread. */
    @FunctionalInterface
    public interface Listener {
        /**
         * A record was read.
         *
         * @param again whether the job had a record before
         * @param released the record's time
         * @param nanoTime when it was read, by {@link System#nanoTime()}
         */
        void answered(RenderJob job, boolean again, Instant released, long nanoTime);
    }

    private NullWorker(SandboxEndpoints sandbox, double perSecond, Listener listener) {
        this.listener = listener;
        this.pauseNanos = (long) (SECOND_NANOS / perSecond);
        Map<String, Object> kafka =
                Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, (Object) sandbox.bootstrapServers());
        consumer = new KafkaConsumer<>(kafka, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        producer = new KafkaProducer<>(kafka, new ByteArraySerializer(), new ByteArraySerializer());
        List<TopicPartition> all = consumer.partitionsFor(Topics.JOBS).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
        consumer.assign(all);
        consumer.seekToBeginning(all);
        thread = Thread.ofPlatform().name(NAME).unstarted(this::work);
    }

    /**
     * Starts one, and tells the fleet that it can call this provider.
     *
     * @param perSecond answers a second; infinite: at once
     */
    public static NullWorker start(SandboxEndpoints sandbox, String provider, double perSecond, Listener listener) {
        var worker = new NullWorker(sandbox, perSecond, listener);
        var setup = new FleetSetup("http://127.0.0.1/" + NAME, null, List.of(provider), List.of(), NAME);
        worker.send(
                Topics.SIGNALS,
                setup.key(),
                new SignalCodec().encode(setup),
                CloudEvents.ofSignal(setup, NAME, Instant.now()));
        worker.thread.start();
        return worker;
    }

    /** Reads nothing until it is resumed. */
    public void pause() {
        paused = true;
    }

    public void resume() {
        paused = false;
    }

    private void work() {
        var waiting = new PriorityQueue<ConsumerRecord<byte[], byte[]>>(
                Comparator.<ConsumerRecord<byte[], byte[]>>comparingLong(ConsumerRecord::timestamp)
                        .thenComparingLong(ConsumerRecord::offset));
        long next = System.nanoTime();
        while (!closed) {
            if (paused) {
                LockSupport.parkNanos(PAUSE_CHECK.toNanos());
                continue;
            }
            Duration wait = waiting.isEmpty() ? POLL : Duration.ofNanos(Math.max(0, next - System.nanoTime()));
            consumer.poll(wait).forEach(waiting::add);
            while (!waiting.isEmpty() && System.nanoTime() >= next) {
                next = Math.max(next, System.nanoTime() - POLL.toNanos()) + pauseNanos;
                answer(waiting.remove());
            }
        }
    }

    private void answer(ConsumerRecord<byte[], byte[]> record) {
        long readAt = System.nanoTime();
        if (!(jobs.decode(record.value()) instanceof DecodedJob.Accepted job)) {
            throw new IllegalStateException("the scheduler released something that is no job: " + record);
        }
        String id = job.id().value();
        String place = record.topic() + "/" + record.partition() + "/" + record.offset();
        String first = records.putIfAbsent(id, place);
        Instant released = Instant.ofEpochMilli(record.timestamp());
        RenderCompleted event = completed(job, first != null, released);
        send(
                Topics.EVENTS,
                id,
                events.encode(event),
                CloudEvents.ofEvent(event, first == null ? place : first, NAME, Instant.now(), null));
        listener.answered(job.job(), first != null, released, readAt);
    }

    private static RenderCompleted completed(DecodedJob.Accepted accepted, boolean replay, Instant released) {
        RenderJob job = accepted.job();
        Budget budget = job.budget();
        // Two calls are reserved; one was made.
        long cost = budget == null ? 0 : budget.maxUsdMicros() / 2;
        String model = String.valueOf(job.model());
        long waited = Math.max(0, Duration.between(released, Instant.now()).toMillis());
        return new RenderCompleted(
                new JobRef(
                        accepted.id().value(),
                        job.tenant(),
                        job.idempotencyKey(),
                        accepted.fingerprint(),
                        null,
                        Map.of()),
                replay,
                List.of(),
                new ModelChoice(model, model, NAME, "named by the job"),
                List.of(new Attempt(1, model, "drawn", released, 1, null, null, cost)),
                Usage.NONE,
                new Cost(cost, "1"),
                new Latency(waited, 0, 1, 0, waited + 1),
                new Provenance("trainedAlgorithmicMedia", NAME, null, null, false));
    }

    private void send(String topic, String key, byte[] value, Map<String, String> headers) {
        var record = new ProducerRecord<>(topic, key.getBytes(UTF_8), value);
        headers.forEach((name, text) -> record.headers().add(name, text.getBytes(UTF_8)));
        var _ = producer.send(record);
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join(CLOSE_MAX);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        consumer.close();
        producer.close(CLOSE_MAX);
    }
}
