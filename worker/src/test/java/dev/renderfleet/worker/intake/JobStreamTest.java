package dev.renderfleet.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.catalogue.Router;
import dev.renderfleet.contracts.wire.ConsumerGroups;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.worker.CapturedLog;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.job.JobResult;
import dev.renderfleet.worker.settle.DeliverySamples;
import dev.renderfleet.worker.settle.QuietSettler;
import dev.renderfleet.worker.settle.Settler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.DescribeConsumerGroupsResult;
import org.apache.kafka.clients.admin.MemberAssignment;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.awaitility.Awaitility;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.Metadata;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How the thread of the consumer polls, and how it ends. The channel has no subscriber, so no record is taken. */
@Timeout(60)
class JobStreamTest {

    private static final String OWNER = "worker-a/1";
    private static final TopicPartition PARTITION = new TopicPartition(Topics.JOBS, 0);
    /** One poll a second; a worker with a window full of records polls a hundred times, if it does not wait elsewhere. */
    private static final Duration PATIENT = Duration.ofSeconds(1);

    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-23T12:00:00Z"));
    private final List<String> happened = new CopyOnWriteArrayList<>();
    private final ScriptedConsumer kafka = new ScriptedConsumer();
    private final Settler settler = QuietSettler.make();
    private final List<Double> shares = new CopyOnWriteArrayList<>();
    private final List<String> members = new CopyOnWriteArrayList<>(List.of(OWNER));

    /** Each poll blocks until the test gives it an answer. */
    private final class ScriptedConsumer extends MockConsumer<byte[], byte[]> {
        private final List<Duration> polls = new CopyOnWriteArrayList<>();
        private final BlockingQueue<Supplier<ConsumerRecords<byte[], byte[]>>> answers = new LinkedBlockingQueue<>();

        private @Nullable ConsumerRebalanceListener listener;

        ScriptedConsumer() {
            super("earliest");
        }

        @Override
        @SuppressWarnings("UnsynchronizedOverridesSynchronized") // The test looks at the consumer while a poll takes.
        public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
            polls.add(timeout);
            try {
                return answers.take().get();
            } catch (InterruptedException e) {
                throw new InterruptException(e);
            }
        }

        /** Nothing is assigned; the listener of the stream is called. */
        void rebalanced() {
            Objects.requireNonNull(listener).onPartitionsAssigned(List.of());
        }

        @Override
        public synchronized void subscribe(Collection<String> topics, ConsumerRebalanceListener to) {
            listener = to;
            super.subscribe(topics, to);
        }

        @Override
        public void close(CloseOptions options) {
            happened.add("closed, " + options.groupMembershipOperation());
        }
    }

    @AfterEach
    void ends() {
        assertThat(kafka.answers).as("what was scripted was asked for").isEmpty();
    }

    /** Its calls may still be out: others would take a member that has left for dead, and make them again. */
    @Test
    void aWorkerThatGivesUpForAFaultThatNobodyForesawStaysInTheGroup() {
        JobStream stream = stream();
        stream.start();
        kafka.answers.add(() -> {
            throw new IllegalStateException("unexpected");
        });

        Awaitility.await().until(() -> happened.size() == 2);

        assertThat(happened).containsExactly("gave up", "closed, REMAIN_IN_GROUP");
        Awaitility.await().until(() -> stream.thread().fault().isPresent());
        assertNotAlive(stream, settler, "consumer: the thread has ended");
        stream.close();
        assertThat(happened).hasSize(2);
    }

    /** It unpacks to more than the heap, and an operator has to skip it. */
    @Test
    void aRecordThatExceedsTheMemoryIsNamedInTheLastLine() {
        var reader = new MockConsumer<byte[], byte[]>("earliest") {
            @Override
            public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
                throw new OutOfMemoryError("Java heap space");
            }
        };
        kafka.answers.add(() -> {
            kafka.rebalance(List.of(PARTITION));
            kafka.seek(PARTITION, 7);
            throw new OutOfMemoryError("Java heap space");
        });

        try (var log = new CapturedLog(JobChannel.class);
                JobStream stream = stream(lanes(), _ -> reader)) {
            stream.start();
            Awaitility.await().until(() -> happened.size() == 2);

            assertThat(log.lines().getLast())
                    .startsWith("FATAL the consumer of jobs failed")
                    .contains("topic=render.jobs partition=0 offset=7");
        }
    }

    /** Deferred jobs would wait for ever while all else goes on. */
    @Test
    void aReaderOfDeferredJobsThatHasEndedIsNotAlive() {
        Lanes lanes = lanes();
        List<Message<IncomingJob>> messages = new CopyOnWriteArrayList<>();
        var _ = lanes.channel().messages().subscribe().with(messages::add);
        assertThat(lanes.take(DeliverySamples.of(new byte[0]))).isTrue();
        assertThat(lanes.take(DeliverySamples.of(new byte[0]))).as("deferred").isTrue();
        messages.getFirst().ack(Metadata.of(new JobResult.Released()));
        JobStream stream = stream(lanes, _ -> {
            throw new IllegalStateException("no reader");
        });
        stream.start();
        polled(1);

        Awaitility.await().until(() -> stream.deferredThread().fault().isPresent());
        assertNotAlive(stream, settler, "reader of deferred jobs: the thread has ended");
        assertThat(happened).containsExactly("gave up");
        happened.clear();
        letGo(stream);
    }

    @Test
    void aSettlerThatHasEndedIsNotAlive() {
        Settler ended = QuietSettler.failing(this::giveUp);
        ended.member(new ConsumerGroupMetadata(ConsumerGroups.WORKERS));
        ended.assigned(List.of(PARTITION));
        ended.start();
        assertThat(new JobConnector(channel(), stream(), ended).getLiveness().isOk())
                .isTrue();

        ended.reached(PARTITION, 7);

        Awaitility.await().until(() -> ended.fault().isPresent());
        assertThat(happened).containsExactly("gave up");
        assertNotAlive(stream(), ended, "settler: the thread has ended");
    }

    private void assertNotAlive(JobStream stream, Settler settler, String fault) {
        assertThat(new JobConnector(channel(), stream, settler).getLiveness().getChannels())
                .singleElement()
                .satisfies(channel -> {
                    assertThat(channel.isOk()).isFalse();
                    assertThat(channel.getMessage()).isEqualTo(fault);
                });
    }

    @Test
    void aWorkerThatIsToldToGoLeavesTheGroup() {
        JobStream stream = stream();
        stream.start();
        polled(1);

        Thread closing = Thread.ofPlatform().start(stream::close);
        Awaitility.await().until(() -> closing.getState() == Thread.State.TIMED_WAITING);
        nothingCame();

        Awaitility.await().until(() -> !closing.isAlive());
        assertThat(happened).containsExactly("closed, LEAVE_GROUP");
    }

    @Test
    void whatEndsAPollEarlyIsNoFault() {
        try (JobStream stream = stream()) {
            stream.start();
            polled(1);

            stream.stopConsuming();
            kafka.answers.add(() -> {
                throw new WakeupException();
            });
            polled(2);

            assertThat(stream.thread().fault()).isEmpty();
            assertThat(happened).isEmpty();
            letGo(stream);
        }
    }

    /** Its window is full of renders that it finishes, for minutes; a poll costs much. */
    @Test
    void aWorkerThatLeavesPollsWithPatienceThoughRecordsWait() {
        try (JobStream stream = stream()) {
            stream.start();
            polled(1);
            assertThat(kafka.polls).as("nothing waits").containsExactly(PATIENT);
            recordsCame();
            polled(2);
            assertThat(kafka.polls.getLast()).as("records wait for room").isLessThan(PATIENT);

            stream.stopConsuming();
            nothingCame();
            polled(3);
            nothingCame();
            polled(4);

            assertThat(kafka.polls.subList(2, 4)).containsOnly(PATIENT);
            assertThat(kafka.subscription())
                    .as("no other member could take them")
                    .containsExactly(Topics.JOBS);
            letGo(stream);
        }
    }

    @Test
    void aWorkerThatLeavesGivesItsPartitionsToOthersIfThereAreAny() {
        members.add("worker-b/1");
        try (JobStream stream = stream()) {
            stream.start();
            polled(1);

            stream.stopConsuming();
            nothingCame();
            polled(2);

            assertThat(kafka.subscription()).containsExactly(Topics.SIGNALS);
            assertThat(kafka.polls).containsOnly(PATIENT);
            letGo(stream);
        }
    }

    @Test
    void aWorkerThatCannotWorkReleasesItsPartitionsUntilItCan() {
        try (JobStream stream = stream()) {
            stream.start();
            polled(1);
            stream.suspend(true);
            nothingCame();
            polled(2);
            assertThat(kafka.subscription())
                    .as("no other member could take them")
                    .containsExactly(Topics.JOBS);

            members.add("worker-b/1");
            nothingCame();
            polled(3);
            assertThat(kafka.subscription())
                    .as("Kafka is not asked at each poll")
                    .containsExactly(Topics.JOBS);
            clock.advance(Duration.ofSeconds(3));
            nothingCame();
            polled(4);
            assertThat(kafka.subscription()).containsExactly(Topics.SIGNALS);

            stream.suspend(false);
            nothingCame();
            polled(5);
            assertThat(kafka.subscription()).containsExactly(Topics.JOBS);
            letGo(stream);
        }
    }

    /** Its share of nothing is nothing. */
    @Test
    void aTopicThatWasDeletedIsWaitedFor() {
        try (JobStream stream = stream()) {
            stream.start();
            polled(1);
            kafka.answers.add(() -> {
                kafka.updatePartitions(Topics.JOBS, List.of());
                kafka.rebalanced();
                return ConsumerRecords.empty();
            });
            polled(2);
            assertThat(shares).containsExactly(0.0);
            assertThat(stream.refused()).containsKey(Topics.JOBS);

            kafka.answers.add(() -> {
                kafka.updatePartitions(Topics.JOBS, List.of(new PartitionInfo(Topics.JOBS, 0, null, null, null)));
                kafka.rebalanced();
                return ConsumerRecords.empty();
            });
            polled(3);
            assertThat(stream.refused()).isEmpty();
            assertThat(happened).isEmpty();
            letGo(stream);
        }
    }

    /** It waits for a place, which is to be had at once, and not for Kafka. */
    @Test
    void aFullWorkerPollsTenTimesASecondAtMost() {
        try (JobStream stream = stream()) {
            stream.start();
            polled(1);
            long start = System.nanoTime();
            recordsCame();
            for (int i = 0; i < 5; i++) {
                nothingCame();
            }
            polled(7);

            // Five waits of a tenth of a second.
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(400));
            letGo(stream);
        }
    }

    private void polled(int times) {
        Awaitility.await().pollInterval(Duration.ofMillis(5)).until(() -> kafka.polls.size() == times);
    }

    private void nothingCame() {
        kafka.answers.add(ConsumerRecords::empty);
    }

    private void recordsCame() {
        kafka.answers.add(() -> new ConsumerRecords<>(
                Map.of(PARTITION, List.of(new ConsumerRecord<>(Topics.JOBS, 0, 7, new byte[0], new byte[0]))),
                Map.of()));
    }

    /** Answers the poll in progress after the stream was closed. */
    private void letGo(JobStream stream) {
        Thread closing = Thread.ofPlatform().start(stream::close);
        Awaitility.await().until(() -> closing.getState() == Thread.State.TIMED_WAITING);
        nothingCame();
        Awaitility.await().until(() -> !closing.isAlive());
        assertThat(happened).containsExactly("closed, LEAVE_GROUP");
    }

    private JobStream stream() {
        return stream(lanes(), _ -> new MockConsumer<>("earliest"));
    }

    private JobStream stream(Lanes lanes, Function<Map<String, Object>, Consumer<byte[], byte[]>> reader) {
        return new JobStream(
                new JobConsumers(_ -> kafka, reader),
                settler,
                lanes,
                new GroupMembers(admin(), OWNER, List.of()),
                shares::add,
                clock);
    }

    private JobChannel channel() {
        var settlement = QuietSettler.settlement(settler, clock);
        return new JobChannel(settlement, 2, 100, this::giveUp);
    }

    private Lanes lanes() {
        var catalogue = ModelCatalogue.builtIn();
        return new Lanes(channel(), new Router(catalogue, Set.of("proof")), catalogue, clock);
    }

    private void giveUp() {
        happened.add("gave up");
    }

    /** Answers with the group members only. */
    private Admin admin() {
        return (Admin) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Admin.class}, (_, method, _) -> {
                    assertThat(method.getName()).isEqualTo("describeConsumerGroups");
                    return new DescribeConsumerGroupsResult(
                            Map.of(ConsumerGroups.WORKERS, KafkaFuture.completedFuture(group())));
                });
    }

    private ConsumerGroupDescription group() {
        Stream<MemberDescription> all = members.stream()
                .map(owner -> new MemberDescription(
                        owner,
                        Optional.empty(),
                        owner,
                        "host",
                        new MemberAssignment(Set.of()),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()));
        return new ConsumerGroupDescription(
                ConsumerGroups.WORKERS,
                false,
                all.toList(),
                "uniform",
                GroupType.CONSUMER,
                GroupState.STABLE,
                Node.noNode(),
                Set.of(),
                Optional.empty(),
                Optional.empty());
    }
}
