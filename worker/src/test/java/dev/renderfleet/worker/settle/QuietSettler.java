package dev.renderfleet.worker.settle;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.wire.EventCodec;
import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.settle.StableOffsets.Commits;
import java.time.InstantSource;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** A real settler without outcomes, of a group without commits, for tests of the parts before it. */
public final class QuietSettler {

    private static final OutcomePublisher NO_KAFKA = (_, _, _) -> {
        throw new AssertionError("nothing was to be settled");
    };

    private QuietSettler() {}

    /** That counts nothing. */
    public static Settlement settlement(Settler settler, InstantSource clock) {
        var unwatched = new OutcomeListener() {
            @Override
            public void published(RenderEvent event) {}

            @Override
            public void unattributed(FailureCode code) {}
        };
        return new Settlement(settler, new EventCodec(), unwatched, clock, "test/worker");
    }

    public static Settler make() {
        return make(NO_KAFKA);
    }

    /** The same with something to settle. */
    public static Settler make(OutcomePublisher publisher) {
        return make(publisher, Map.of(), QuietSettler::fail);
    }

    /** The same of a group with commits, which the test may change. */
    public static Settler make(Map<TopicPartition, OffsetAndMetadata> commits) {
        return make(NO_KAFKA, commits, QuietSettler::fail);
    }

    /** Its thread ends as soon as there is something to settle. */
    public static Settler failing(Runnable giveUp) {
        return make(NO_KAFKA, Map.of(), giveUp);
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
}
