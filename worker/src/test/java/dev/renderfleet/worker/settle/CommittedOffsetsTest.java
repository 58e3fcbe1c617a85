package dev.renderfleet.worker.settle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.renderfleet.contracts.wire.ConsumerGroups;
import dev.renderfleet.worker.settle.StableOffsets.Commits;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.CoordinatorLoadInProgressException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.InvalidGroupIdException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownServerException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.internals.KafkaFutureImpl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is made of the coordinator's answers. */
@Timeout(30)
class CommittedOffsetsTest {

    private static final TopicPartition PARTITION = new TopicPartition("render.jobs", 0);
    private static final TopicPartition NEW = new TopicPartition("render.jobs", 1);
    private static final TopicPartition HELD = new TopicPartition("render.jobs", 2);
    private static final List<TopicPartition> ALL = List.of(PARTITION, NEW, HELD);
    private static final OffsetAndMetadata COMMITTED = new OffsetAndMetadata(7, "");

    /** What is heard in place of an answer, one for each question. */
    private final Deque<KafkaException> errors = new ArrayDeque<>();

    private final List<Duration> waits = new ArrayList<>();
    private int questions;
    private final CommittedOffsets offsets = new CommittedOffsets(this::answer, ConsumerGroups.WORKERS, waits::add);

    /** A coordinator that fails answers at once, and may do so until its broker is restarted: it is not asked in a tight circle. */
    @ParameterizedTest
    @MethodSource("passing")
    void anErrorThatMayPassIsAskedAboutAgain(KafkaException error) {
        errors.addAll(Collections.nCopies(3, error));

        Commits now = offsets.now(ALL);

        assertThat(now.commits()).containsExactly(entry(PARTITION, COMMITTED));
        assertThat(now.undecided()).containsExactly(HELD);
        assertThat(questions).isEqualTo(4);
        assertThat(waits).hasSize(3).allSatisfy(wait -> assertThat(wait).isPositive());
    }

    static List<KafkaException> passing() {
        return List.of(
                new UnknownServerException("The server experienced an unexpected error"),
                new CoordinatorLoadInProgressException("it reads its log"),
                new TimeoutException("no broker"));
    }

    /** A hanging transaction would hold its partitions for ever. */
    @Test
    void whatStaysUndecidedIsWaitedForInBounds() {
        Commits now = offsets.stable(ALL);

        assertThat(now.undecided()).containsExactly(HELD);
        assertThat(questions).isEqualTo(150);
        assertThat(waits).hasSize(149);
    }

    /** Only an operator can repair that: the worker ends. */
    @ParameterizedTest
    @MethodSource("lasting")
    void anyOtherErrorEndsTheWorker(KafkaException error) {
        errors.add(error);

        assertThatThrownBy(() -> offsets.stable(ALL))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(ConsumerGroups.WORKERS)
                .hasCause(error);
        assertThat(questions).isEqualTo(1);
        assertThat(waits).isEmpty();
    }

    static List<KafkaException> lasting() {
        return List.of(
                new GroupAuthorizationException("not yours"),
                new SaslAuthenticationException("who are you"),
                new InvalidGroupIdException("no such name"),
                new UnsupportedVersionException("a broker of long ago"));
    }

    private KafkaFuture<Map<TopicPartition, OffsetAndMetadata>> answer(Collection<TopicPartition> partitions) {
        questions++;
        assertThat(partitions).isEqualTo(ALL);
        var answer = new KafkaFutureImpl<Map<TopicPartition, OffsetAndMetadata>>();
        if (errors.isEmpty()) {
            Map<TopicPartition, OffsetAndMetadata> commits = new HashMap<>();
            commits.put(PARTITION, COMMITTED);
            commits.put(NEW, null);
            answer.complete(commits);
        } else {
            answer.completeExceptionally(errors.remove());
        }
        return answer;
    }
}
