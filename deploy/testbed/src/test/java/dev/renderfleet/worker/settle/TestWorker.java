package dev.renderfleet.worker.settle;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.catalogue.Router;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.intake.GroupMembers;
import dev.renderfleet.worker.intake.JobChannel;
import dev.renderfleet.worker.intake.JobConsumers;
import dev.renderfleet.worker.intake.JobProcessor;
import dev.renderfleet.worker.intake.JobStream;
import dev.renderfleet.worker.intake.Lanes;
import dev.renderfleet.worker.job.Drain;
import dev.renderfleet.worker.job.RunnerFixture;
import dev.renderfleet.worker.limits.ModelLimiter;
import dev.renderfleet.worker.limits.Slots;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.TaskLog;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import dev.renderfleet.worker.storage.Pause;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.consumer.Consumer;

/**
 * A worker in this JVM: all its real parts between Kafka and the model. The model refuses each call in the end, which is as good an
 * outcome as any.
 */
final class TestWorker implements AutoCloseable {

    static final int WINDOW = 64;

    private static final int SLOTS = 16;
    private static final Duration GRACE = Duration.ofSeconds(30);
    private static final long CALL_MILLIS = 200;
    private static final long LONG_CALL_MILLIS = 3_000;

    final String owner;
    final GroupMembers members;
    final JobStream stream;
    final Settler settler;
    final TopicChecks topics;
    private final KafkaClients kafka;
    final Lanes lanes;
    private final JobChannel channel;
    private final ModelLimiter limiter;
    private final Slots slots = new Slots(SLOTS);
    private final Drain drain = new Drain();
    private volatile CountDownLatch frozen = new CountDownLatch(0);
    private volatile boolean gaveUp;
    private volatile Duration ahead = Duration.ZERO;
    /** The share of all partitions that it was last assigned. */
    private volatile double share = Double.NaN;

    /** With a window that is bounded by number only. */
    TestWorker(
            String name,
            Map<String, Object> settings,
            int window,
            InMemoryObjectStore store,
            Path spool,
            ImageProvider model) {
        this(name, settings, new WindowBounds(window, JobChannel.BYTES_MAX), store, spool, model);
    }

    /** How many jobs it takes at a time. */
    record WindowBounds(int records, long bytes) {}

    /**
     * @param settings of its Kafka clients
     * @param store shared with the others
     * @param model answers its calls
     */
    TestWorker(
            String name,
            Map<String, Object> settings,
            WindowBounds window,
            InMemoryObjectStore store,
            Path spool,
            ImageProvider model) {
        owner = name + "/" + UUID.randomUUID();
        kafka = new KafkaClients(settings, owner);
        members = new GroupMembers(kafka.admin(), owner, List.of());
        InstantSource clock = () -> Instant.now().plus(ahead);
        var fixture = new RunnerFixture(store, clock, slots).membership(members);
        var line = fixture.runner(owner, Spool.open(spool), model, drain);
        limiter = fixture.limiter();
        Pause pause = wait -> {
            LockSupport.parkNanos(wait.toNanos());
            return true;
        };
        topics = new TopicChecks(kafka.admin(), kafka.servers());
        settler = kafka.settler(
                kafka.publisher(Failpoints.NONE, pause), Failpoints.NONE, pause, () -> gaveUp = true, clock);
        var settlement = QuietSettler.settlement(settler, clock);
        channel = new JobChannel(settlement, window.records(), window.bytes(), () -> gaveUp = true);
        var catalogue = ModelCatalogue.builtIn();
        lanes = new Lanes(channel, new Router(catalogue, Set.of("gemini")), catalogue, clock);
        var processor = new JobProcessor(line, catalogue, clock, Failpoints.NONE);
        channel.messages().subscribe().with(processor::process);
        stream = new JobStream(
                new JobConsumers(this::freezable, kafka::reader), settler, lanes, members, part -> share = part, clock);
    }

    TestWorker start() {
        stream.start();
        return this;
    }

    /** Stops polling and does all else: an expired member after {@code max.poll.interval.ms}, without noticing. */
    void freeze() {
        frozen = new CountDownLatch(1);
    }

    void thaw() {
        frozen.countDown();
    }

    /** Its clock is ahead by so much from now on. */
    void ahead(Duration time) {
        ahead = time;
    }

    double share() {
        return share;
    }

    boolean gaveUp() {
        return gaveUp;
    }

    /** Stops in an orderly way. */
    @Override
    public void close() {
        thaw();
        drain.begin();
        stream.stopConsuming();
        limiter.shutdown();
        slots.close();
        try {
            channel.awaitEmpty(GRACE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        stream.close();
        kafka.close();
    }

    @SuppressWarnings("unchecked")
    private Consumer<byte[], byte[]> freezable(Map<String, Object> more) {
        Consumer<byte[], byte[]> real = kafka.consumer(more);
        return (Consumer<byte[], byte[]>) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Consumer.class}, (_, method, arguments) -> {
                    if (method.getName().equals("poll")) {
                        frozen.await();
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** Takes a random time for each call, at times a long one. */
    record SlowModel(RandomGenerator random) implements ImageProvider {
        @Override
        public ModelAnswer draw(DrawRequest request, TaskLog tasks) {
            long millis = random.nextInt(20) == 0 ? LONG_CALL_MILLIS : random.nextLong(CALL_MILLIS);
            LockSupport.parkNanos(Duration.ofMillis(millis).toNanos());
            return refusal();
        }
    }

    /** Answers nothing until it is released, and then at once. */
    record StuckModel(CountDownLatch released) implements ImageProvider {
        @Override
        public ModelAnswer draw(DrawRequest request, TaskLog tasks) {
            try {
                released.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return refusal();
        }
    }

    /** Refuses these models for a long time, until they are repaired. */
    record LimitedModel(Set<String> limited) implements ImageProvider {
        @Override
        public ModelAnswer draw(DrawRequest request, TaskLog tasks) {
            return limited.contains(request.model())
                    ? new ModelAnswer.NotDrawn(
                            FailureKind.RATE_LIMITED, "TEST", null, Duration.ofSeconds(150), Usage.NONE, null)
                    : refusal();
        }
    }

    private static ModelAnswer refusal() {
        return new ModelAnswer.NotDrawn(FailureKind.INPUT_REFUSED, "TEST", null, null, Usage.NONE, null);
    }
}
