package dev.renderfleet.worker.settle;

import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.settle.StableOffsets.Commits;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** For tests of what stands before the settler: a real one, of a group that has committed nothing, with nothing to settle. */
public final class QuietSettler {

    private QuietSettler() {}

    public static Settler make() {
        return make(new NoKafka());
    }

    /** The same with something to settle. */
    public static Settler make(OutcomePublisher publisher) {
        return make(publisher, Map.of(), QuietSettler::fail);
    }

    /** The same of a group with commits, which the test may change. */
    public static Settler make(Map<TopicPartition, OffsetAndMetadata> commits) {
        return make(new NoKafka(), commits, QuietSettler::fail);
    }

    /** Its thread ends as soon as there is something to settle. */
    public static Settler failing(Runnable giveUp) {
        return make(new NoKafka(), Map.of(), giveUp);
    }

    private static Settler make(
            OutcomePublisher publisher, Map<TopicPartition, OffsetAndMetadata> commits, Runnable giveUp) {
        return new Settler(
                publisher,
                new KnownOffsets(() -> Commits.of(commits)),
                Failpoints.NONE,
                _ -> true,
                giveUp,
                InstantSource.system());
    }

    private static void fail() {
        throw new AssertionError("nothing can fail where nothing is settled");
    }

    private static final class NoKafka implements OutcomePublisher {
        @Override
        public Result publish(
                List<ProducerRecord<byte[], byte[]>> outcomes,
                Map<TopicPartition, OffsetAndMetadata> after,
                ConsumerGroupMetadata member) {
            throw new AssertionError("nothing was to be settled");
        }

        @Override
        public void close() {}
    }
}
