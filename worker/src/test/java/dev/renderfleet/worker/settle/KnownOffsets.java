package dev.renderfleet.worker.settle;

import java.util.Collection;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/** Commits that a test decides on; nothing is ever waited for. */
record KnownOffsets(Supplier<Commits> commits) implements StableOffsets {

    @Override
    public Commits stable(Collection<TopicPartition> partitions) {
        return commits.get();
    }

    @Override
    public Commits now(Collection<TopicPartition> partitions) {
        return commits.get();
    }
}
