package dev.renderfleet.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.worker.intake.Backlog.Offer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class BacklogTest {

    private static final long WEEK = 7L * 24 * 60 * 60 * 1_000;
    private static final long NOW = WEEK;

    private final Backlog<PolledRecord> backlog = new Backlog<>();
    private final List<String> taken = new ArrayList<>();

    @Test
    void thePublishedFirstGoesFirstWhateverItsPartition() {
        add(1, 100, 5);
        add(1, 101, 7);
        add(0, 3, 6);
        add(2, 9, 4);

        handOut(9);

        assertThat(taken).containsExactly("2/9", "1/100", "0/3", "1/101");
        assertThat(backlog.isEmpty()).isTrue();
    }

    /** Offsets of a partition must come in their order, also where a producer's clock was set back. */
    @Test
    void recordsOfAPartitionKeepTheirOrder() {
        add(0, 1, 50);
        add(0, 2, 10);
        add(1, 7, 60);

        handOut(9);

        assertThat(taken).containsExactly("0/1", "0/2", "1/7");
    }

    @Test
    void aRecordFromTheFutureCountsAsOneOfNow() {
        add(0, 1, Long.MAX_VALUE);
        add(1, 1, NOW + 1);
        add(2, 1, NOW - 1);

        handOut(9);

        assertThat(taken).containsExactly("2/1", "0/1", "1/1");
    }

    /** Its producer has no clock, and would be first for ever. */
    @Test
    void aRecordOlderThanAWeekCountsAsOneOfNow() {
        add(0, 1, NOW - WEEK - 1);
        add(1, 1, NOW - 1);
        add(2, 1, NOW - WEEK);

        handOut(9);

        assertThat(taken).containsExactly("2/1", "1/1", "0/1");
    }

    @Test
    void whatFindsNoRoomWaits() {
        add(0, 1, 1);
        add(1, 1, 2);
        add(1, 2, 3);

        handOut(2);
        assertThat(taken).containsExactly("0/1", "1/1");
        assertThat(backlog.partitions()).containsExactly(new TopicPartition("jobs", 1));
        handOut(1);
        assertThat(taken).containsExactly("0/1", "1/1", "1/2");
    }

    @Test
    void aPartitionThatIsFullDoesNotHoldUpTheOthers() {
        add(0, 1, 1);
        add(1, 1, 2);

        backlog.offerAll(record -> record.partition().partition() == 0 ? Offer.PARTITION_FULL : take(record));

        assertThat(taken).containsExactly("1/1");
        assertThat(backlog.partitions()).containsExactly(new TopicPartition("jobs", 0));
    }

    @Test
    void whatIsForgottenIsNotOffered() {
        add(0, 1, 1);
        add(1, 1, 2);

        backlog.remove(List.of(new TopicPartition("jobs", 0), new TopicPartition("jobs", 5)));
        handOut(9);

        assertThat(taken).containsExactly("1/1");
    }

    @Test
    void whatIsPutBackIsOfferedFirst() {
        add(0, 3, 5);
        backlog.putBack(polled(0, 2, 4));
        backlog.putBack(polled(0, 1, 3));

        assertThat(backlog.size(new TopicPartition("jobs", 0))).isEqualTo(3);
        handOut(9);

        assertThat(taken).containsExactly("0/1", "0/2", "0/3");
    }

    private void handOut(int room) {
        int until = taken.size() + room;
        backlog.offerAll(record -> taken.size() < until ? take(record) : Offer.FULL);
    }

    private Offer take(PolledRecord polled) {
        taken.add(polled.record().partition() + "/" + polled.record().offset());
        return Offer.ACCEPTED;
    }

    private void add(int partition, long offset, long published) {
        backlog.add(polled(partition, offset, published));
    }

    private static PolledRecord polled(int partition, long offset, long published) {
        return PolledRecord.of(
                new ConsumerRecord<>(
                        "jobs",
                        partition,
                        offset,
                        published,
                        TimestampType.CREATE_TIME,
                        0,
                        0,
                        new byte[0],
                        new byte[0],
                        new RecordHeaders(),
                        Optional.empty()),
                NOW);
    }
}
